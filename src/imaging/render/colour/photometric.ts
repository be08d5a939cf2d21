/** Converts `count` pixels with three 8-bit samples to RGB, in place. */
export type ToRgb = (pixels: Uint8Array, count: number) => void;

/** The contribution to a colour of one step of each chrominance sample (from 128) and of the luminance. */
interface Matrix {
  readonly black: number;
  readonly luminance: number;
  readonly crToRed: number;
  readonly crToGreen: number;
  readonly cbToGreen: number;
  readonly cbToBlue: number;
}

/** The inverse of the equations in PS3.3 C.7.6.3.1.2 for YBR_FULL, YBR_FULL_422 and YBR_ICT (CCIR 601-2). */
const FULL: Matrix = { ...chrominance(1), black: 0, luminance: 1 };

/** For YBR_PARTIAL_422 and YBR_PARTIAL_420: luminance from 16 to 235, chrominance from 16 to 240. */
const PARTIAL: Matrix = { ...chrominance(255 / 224), black: 16, luminance: 255 / 219 };

function chrominance(gain: number) {
  return {
    crToRed: 1.402 * gain,
    crToGreen: (-0.299 * 1.402 * gain) / 0.587,
    cbToGreen: (-0.114 * 1.772 * gain) / 0.587,
    cbToBlue: 1.772 * gain,
  };
}

function fromMatrix(matrix: Matrix): ToRgb {
  const table = (of: (value: number) => number) => Float32Array.from({ length: 256 }, (_, value) => of(value));
  const luminance = table((value) => (value - matrix.black) * matrix.luminance);
  const red = table((value) => (value - 128) * matrix.crToRed);
  const greenOfCr = table((value) => (value - 128) * matrix.crToGreen);
  const greenOfCb = table((value) => (value - 128) * matrix.cbToGreen);
  const blue = table((value) => (value - 128) * matrix.cbToBlue);
  return (pixels, count) => {
    for (let at = 0; at < count * 3; at += 3) {
      const y = luminance[pixels[at]!]! + 0.5;
      const cb = pixels[at + 1]!;
      const cr = pixels[at + 2]!;
      pixels[at] = clamp(y + red[cr]!);
      pixels[at + 1] = clamp(y + greenOfCb[cb]! + greenOfCr[cr]!);
      pixels[at + 2] = clamp(y + blue[cb]!);
    }
  };
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}

/** The inverse of the reversible transformation (YBR_RCT), whose differences are centred in their range. */
const fromReversible: ToRgb = (pixels, count) => {
  for (let at = 0; at < count * 3; at += 3) {
    const cb = pixels[at + 1]! - 128;
    const cr = pixels[at + 2]! - 128;
    const green = pixels[at]! - Math.floor((cb + cr) / 4);
    pixels[at] = clamp(cr + green);
    pixels[at + 1] = clamp(green);
    pixels[at + 2] = clamp(cb + green);
  }
};

/**
 * The conversion of pixels with three samples to RGB (PS3.3 C.7.6.3.1.2).
 * @returns undefined for unknown colour spaces; null when the samples are RGB already
 */
export function toRgb(photometricInterpretation: string): ToRgb | null | undefined {
  switch (photometricInterpretation) {
    case 'RGB':
    case 'MONOCHROME1':
    case 'MONOCHROME2':
    case 'PALETTE COLOR':
      // A grey image or an index has one sample, so the name is wrong.
      return null;
    case 'YBR_FULL':
    case 'YBR_FULL_422':
    case 'YBR_ICT':
      return fromMatrix(FULL);
    case 'YBR_PARTIAL_422':
    case 'YBR_PARTIAL_420':
      return fromMatrix(PARTIAL);
    case 'YBR_RCT':
      return fromReversible;
    default:
      return undefined;
  }
}
