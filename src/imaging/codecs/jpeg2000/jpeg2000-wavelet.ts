/** ITU-T T.800 table F.4: the lifting steps of the 9-7 filter, and its scaling factor. */
const ALPHA = -1.586134342059924;
const BETA = -0.052980118572961;
const GAMMA = 0.882911075530934;
const DELTA = 0.443506852043971;
const K = 1.230174104914001;

/** The number of samples beyond each end that the filters read. */
const BORDER = 4;

/**
 * Inverts the wavelet transform of a line in place. @param line with BORDER free entries at both ends @param start
 * position of the first sample
 */
type Filter = (line: Float64Array, start: number, length: number) => void;

/** A rectangle of coefficients or samples, row by row. */
export interface Plane {
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
  readonly cells: Int32Array | Float32Array;
}

/**
 * Inverts one level of the wavelet transform (T.800 F.3.2). Samples at even positions come from the lower half of the
 * frequencies. The plane holds both halves, interleaved; rows are done first.
 * @param reversible uses the integer 5-3 filter
 */
export function undoWavelets({ x0, y0, width, height, cells }: Plane, reversible: boolean): void {
  const filter: Filter = reversible ? undo53 : undo97;
  const line = new Float64Array(Math.max(width, height) + 2 * BORDER);
  for (let row = 0; row < height; row++) {
    for (let x = 0, at = row * width; x < width; x++) line[BORDER + x] = cells[at + x]!;
    filter(line, x0, width);
    for (let x = 0, at = row * width; x < width; x++) cells[at + x] = line[BORDER + x]!;
  }
  for (let column = 0; column < width; column++) {
    for (let y = 0, at = column; y < height; y++, at += width) line[BORDER + y] = cells[at]!;
    filter(line, y0, height);
    for (let y = 0, at = column; y < height; y++, at += width) cells[at] = line[BORDER + y]!;
  }
}

/** T.800 F.3.7: a line is extended beyond its ends by reflection. */
function extend(line: Float64Array, length: number): void {
  const period = 2 * (length - 1);
  for (let beyond = 1; beyond <= BORDER; beyond++) {
    const before = beyond % period;
    line[BORDER - beyond] = line[BORDER + (before < length ? before : period - before)]!;
    const after = (length - 1 + beyond) % period;
    line[BORDER + length - 1 + beyond] = line[BORDER + (after < length ? after : period - after)]!;
  }
}

/**
 * Handles a line of at most one sample, which stays the same unless its position is odd (T.800 F.3.6).
 * @returns whether the line is so short
 */
function isSingle(line: Float64Array, start: number, length: number, reversible: boolean): boolean {
  if (length !== 1) return length === 0;
  if (start % 2 !== 0) line[BORDER] = reversible ? Math.trunc(line[BORDER]! / 2) : line[BORDER]! / 2;
  return true;
}

/** T.800 F.3.8.2.1.1. */
const undo53: Filter = (line, start, length) => {
  if (isSingle(line, start, length, true)) return;
  extend(line, length);
  const even = BORDER + (start % 2);
  const end = BORDER + length;
  for (let at = even - 2; at <= end; at += 2) {
    if (at >= 1) line[at] = line[at]! - Math.floor((line[at - 1]! + line[at + 1]! + 2) / 4);
  }
  for (let at = even - 1; at < end; at += 2) line[at] = line[at]! + Math.floor((line[at - 1]! + line[at + 1]!) / 2);
};

/** T.800 F.3.8.2.1.2. */
const undo97: Filter = (line, start, length) => {
  if (isSingle(line, start, length, false)) return;
  extend(line, length);
  const even = BORDER + (start % 2);
  const end = BORDER + length;
  const most = end + BORDER;
  for (let at = even % 2; at < most; at += 2) line[at] = line[at]! * K;
  for (let at = 1 - (even % 2); at < most; at += 2) line[at] = line[at]! / K;
  lift(line, even - 4, end + 3, -DELTA);
  lift(line, even - 3, end + 2, -GAMMA);
  lift(line, even - 2, end + 1, -BETA);
  lift(line, even - 1, end, -ALPHA);
};

/** Adds a multiple of both neighbours to every second entry from `from` to `to`. */
function lift(line: Float64Array, from: number, to: number, factor: number): void {
  for (let at = from < 1 ? from + 2 : from; at < to; at += 2)
    line[at] = line[at]! + factor * (line[at - 1]! + line[at + 1]!);
}
