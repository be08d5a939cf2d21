import { BLOCK, type JPEGPlane } from './jpeg-planes';

/** Fills in one row of the image: as many samples as it has columns. */
export type RowReader = (y: number, into: Int32Array) => void;

/**
 * Returns a reader of a plane's rows at the resolution of the image. It interpolates where most decoders do: between
 * samples at half of the columns, with or without half of the rows. In other cases, samples are repeated.
 */
export function rowReaderOf(plane: JPEGPlane): RowReader {
  const { across, down, columns } = plane;
  const whole = new Int32Array(columns);
  if (across === 1 && down === 1) return (y, into) => readRow(plane, y, into);
  if (across === 2 && down === 1 && columns > 2) {
    return (y, into) => {
      readRow(plane, y, whole);
      interpolate(whole, into, 2, 1, 2);
    };
  }
  if (across === 2 && down === 2 && columns > 2) {
    const next = new Int32Array(columns);
    return (y, into) => {
      const near = y >> 1;
      const far = Math.min(plane.rows - 1, Math.max(0, y % 2 === 0 ? near - 1 : near + 1));
      readRow(plane, near, whole);
      readRow(plane, far, next);
      for (let x = 0; x < columns; x++) whole[x] = 3 * whole[x]! + next[x]!;
      interpolate(whole, into, 4, 8, 7);
    };
  }
  return (y, into) => {
    readRow(plane, Math.floor(y / down), whole);
    for (let x = 0; x < into.length; x++) into[x] = whole[Math.floor(x / across)]!;
  };
}

/** Copies a row of samples from their blocks. */
function readRow({ cells, stride, columns }: JPEGPlane, y: number, into: Int32Array): void {
  const from = (y >> 3) * stride * BLOCK + (y & 7) * 8;
  for (let x = 0; x < columns; x++) into[x] = cells[from + (x >> 3) * BLOCK + (x & 7)]!;
}

/**
 * Makes two samples from each: three quarters of the nearer sample and one quarter of the farther one, rounded down and
 * up in turn.
 * @param shift bits by which the sum of both must be scaled down
 */
function interpolate(from: Int32Array, into: Int32Array, shift: number, left: number, right: number): void {
  const last = from.length - 1;
  for (let x = 0; x < into.length; x++) {
    const near = from[x >> 1]!;
    const far = x % 2 === 0 ? from[Math.max(0, (x >> 1) - 1)]! : from[Math.min(last, (x >> 1) + 1)]!;
    into[x] = (3 * near + far + (x % 2 === 0 ? left : right)) >> shift;
  }
}
