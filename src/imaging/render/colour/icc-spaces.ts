/** A colour space with three primaries (relative to D50, as in profiles) and one curve. */
export interface RgbSpace {
  readonly name: string;
  /** X, Y, Z of red, of green, of blue. */
  readonly primaries: readonly [Xyz, Xyz, Xyz];
  /** Maps samples from 0 to 1 to light from 0 to 1. */
  readonly toLinear: (sample: number) => number;
  /** The entries of the curve in the profile. A single entry is an exponent. */
  readonly curve: readonly number[];
}

/** A colour in CIE XYZ. */
export type Xyz = readonly [number, number, number];

/** The number of entries of a curve that is not a plain exponent. */
const SAMPLED = 1024;

function power(exponent: number): Pick<RgbSpace, 'toLinear' | 'curve'> {
  // The number format of profiles: u8Fixed8Number.
  const fixed = Math.round(exponent * 256);
  return { toLinear: (sample) => sample ** (fixed / 256), curve: [fixed] };
}

/** The transfer curve of sRGB (IEC 61966-2-1). */
function srgbToLinear(sample: number): number {
  return sample <= 0.04045 ? sample / 12.92 : ((sample + 0.055) / 1.055) ** 2.4;
}

/** sRGB (IEC 61966-2-1). */
export const SRGB: RgbSpace = {
  name: 'sRGB',
  primaries: [
    [0.43607, 0.22249, 0.01392],
    [0.38515, 0.71687, 0.09708],
    [0.14307, 0.06061, 0.7141],
  ],
  toLinear: srgbToLinear,
  curve: Array.from({ length: SAMPLED }, (_, at) => Math.round(srgbToLinear(at / (SAMPLED - 1)) * 0xffff)),
};

/** Adobe RGB (1998). */
export const ADOBE_RGB: RgbSpace = {
  name: 'Adobe RGB (1998) compatible',
  primaries: [
    [0.60974, 0.31111, 0.01947],
    [0.20528, 0.62567, 0.06087],
    [0.14919, 0.06322, 0.74457],
  ],
  ...power(2.19921875),
};

/** ISO 22028-2. */
export const ROMM_RGB: RgbSpace = {
  name: 'ROMM RGB',
  primaries: [
    [0.79767, 0.28804, 0],
    [0.13519, 0.71188, 0],
    [0.03134, 0.00009, 0.82491],
  ],
  ...power(1.8),
};
