import { Pauses, PIECE_SAMPLES } from '../pauses';
import type { RowSource } from './row-source';
import type { SourceRegion } from './settings';

/** For each pixel of a scaled line: which pixels of the source line contribute to it, and with which weight. */
interface Taps {
  /** The first contributing source pixel of each result pixel. */
  readonly first: Int32Array;
  /** The index of the first weight of each result pixel, and one more entry for the end. */
  readonly start: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Scales a part of a picture. It shrinks by averaging areas and enlarges by interpolating between two pixels, each axis
 * separately. Parts of the region beyond the picture are black. Only a few rows of the source are in memory at a time.
 * Pauses between rows.
 * @returns width * height * samples bytes
 */
export async function scaled(
  source: RowSource,
  region: SourceRegion,
  width: number,
  height: number,
  pauses = new Pauses(PIECE_SAMPLES),
): Promise<Uint8Array> {
  const { samples } = source;
  if (isWhole(source, region) && width === source.width && height === source.height)
    return await copied(source, pauses);
  const across = taps(region.x, region.width, width, source.width);
  const down = taps(region.y, region.height, height, source.height);
  const scaledRow = rowsScaled(source, across, width);
  const bytes = new Uint8Array(width * height * samples);
  const sum = new Float32Array(width * samples);
  for (let y = 0; y < height; y++) {
    sum.fill(0.5);
    for (let tap = down.start[y]!, row = down.first[y]!; tap < down.start[y + 1]!; tap++, row++) {
      const weight = down.weights[tap]!;
      const line = scaledRow(row);
      for (let at = 0; at < sum.length; at++) sum[at]! += weight * line[at]!;
      if (pauses.due(sum.length + source.width * samples)) await pauses.pause();
    }
    // Rounding can make the sum of the weights slightly larger than 1, and 255.5 would wrap to 0.
    for (let at = 0, to = y * sum.length; at < sum.length; at++, to++) bytes[to] = Math.min(255, sum[at]!);
  }
  return bytes;
}

function isWhole(source: RowSource, { x, y, width, height }: SourceRegion): boolean {
  return x === 0 && y === 0 && width === source.width && height === source.height;
}

async function copied(source: RowSource, pauses: Pauses): Promise<Uint8Array> {
  const stride = source.width * source.samples;
  const bytes = new Uint8Array(stride * source.height);
  for (let y = 0; y < source.height; y++) {
    source.row(y, bytes.subarray(y * stride, (y + 1) * stride));
    if (pauses.due(stride)) await pauses.pause();
  }
  return bytes;
}

/** Scales source rows horizontally and keeps the last two, because neighbouring result rows share them. */
function rowsScaled(source: RowSource, across: Taps, width: number): (row: number) => Float32Array {
  const { samples } = source;
  const bytes = new Uint8Array(source.width * samples);
  const kept = [0, 1].map(() => ({ row: -1, line: new Float32Array(width * samples) }));
  return (row) => {
    const known = kept.find((one) => one.row === row);
    if (known !== undefined) return known.line;
    kept.reverse();
    const one = kept[0]!;
    one.row = row;
    source.row(row, bytes);
    if (samples === 1) greyLine(bytes, across, one.line);
    else colourLine(bytes, across, one.line);
    return one.line;
  };
}

function greyLine(bytes: Uint8Array, { first, start, weights }: Taps, line: Float32Array): void {
  for (let x = 0; x < line.length; x++) {
    let sum = 0;
    for (let tap = start[x]!, from = first[x]!; tap < start[x + 1]!; tap++, from++) sum += weights[tap]! * bytes[from]!;
    line[x] = sum;
  }
}

function colourLine(bytes: Uint8Array, { first, start, weights }: Taps, line: Float32Array): void {
  for (let x = 0, to = 0; to < line.length; x++, to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let tap = start[x]!, from = first[x]! * 3; tap < start[x + 1]!; tap++, from += 3) {
      const weight = weights[tap]!;
      red += weight * bytes[from]!;
      green += weight * bytes[from + 1]!;
      blue += weight * bytes[from + 2]!;
    }
    line[to] = red;
    line[to + 1] = green;
    line[to + 2] = blue;
  }
}

/**
 * @param from the start of the part, in pixels
 * @param length the length of the part, in pixels
 * @param count the number of result pixels
 * @param size the length of the whole line, in pixels
 */
function taps(from: number, length: number, count: number, size: number): Taps {
  const step = length / count;
  const first = new Int32Array(count);
  const start = new Int32Array(count + 1);
  const weights: number[] = [];
  const lowest = Math.max(0, Math.floor(from));
  const highest = Math.min(size, Math.ceil(from + length)) - 1;
  for (let at = 0; at < count; at++) {
    const begin = from + at * step;
    start[at] = weights.length;
    if (step >= 1) {
      const end = begin + step;
      first[at] = Math.max(0, Math.floor(begin));
      for (let pixel = first[at]!; pixel < Math.min(size, end); pixel++) {
        weights.push((Math.min(pixel + 1, end) - Math.max(pixel, begin)) / step);
      }
      continue;
    }
    const centre = begin + step / 2;
    if (centre < 0 || centre > size) continue;
    const left = Math.floor(centre - 0.5);
    const fraction = centre - 0.5 - left;
    const within = (pixel: number) => Math.min(highest, Math.max(lowest, pixel));
    first[at] = within(left);
    if (within(left) === within(left + 1)) weights.push(1);
    else weights.push(1 - fraction, fraction);
  }
  start[count] = weights.length;
  return { first, start, weights: Float32Array.from(weights) };
}
