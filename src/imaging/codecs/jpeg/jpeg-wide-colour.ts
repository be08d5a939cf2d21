import type { CodedSamples } from '../samples';
import type { RowReader } from './jpeg-upsampling';

/** The equations of T.871 clause 7, times 2^16. */
const SCALE = 16;
const HALF = 1 << (SCALE - 1);
const CR_TO_RED = Math.round(1.402 * 2 ** SCALE);
const CB_TO_BLUE = Math.round(1.772 * 2 ** SCALE);
const CR_TO_GREEN = Math.round(0.71414 * 2 ** SCALE);
const CB_TO_GREEN = Math.round(0.34414 * 2 ** SCALE);

/**
 * Interleaves the samples of each pixel.
 * @param readers one for each component
 * @param transformed the components are YCbCr and become RGB
 */
export function fillPixels(
  pixels: Uint8Array | Uint16Array,
  { rows, columns, samples, precision }: CodedSamples,
  readers: readonly RowReader[],
  transformed: boolean,
): void {
  const row = readers.map(() => new Int32Array(columns));
  for (let y = 0; y < rows; y++) {
    for (const [component, read] of readers.entries()) read(y, row[component]!);
    if (transformed) toRGB(row as [Int32Array, Int32Array, Int32Array], precision);
    row.forEach((from, component) => {
      for (let x = 0, to = y * columns * samples + component; x < columns; x++, to += samples) pixels[to] = from[x]!;
    });
  }
}

function toRGB([first, second, third]: [Int32Array, Int32Array, Int32Array], precision: number): void {
  const centre = 2 ** (precision - 1);
  const most = 2 ** precision - 1;
  for (let x = 0; x < first.length; x++) {
    const luma = first[x]!;
    const blue = second[x]! - centre;
    const red = third[x]! - centre;
    first[x] = limited(luma + ((CR_TO_RED * red + HALF) >> SCALE), most);
    second[x] = limited(luma + ((HALF - CB_TO_GREEN * blue - CR_TO_GREEN * red) >> SCALE), most);
    third[x] = limited(luma + ((CB_TO_BLUE * blue + HALF) >> SCALE), most);
  }
}

function limited(sample: number, most: number): number {
  return sample < 0 ? 0 : Math.min(sample, most);
}
