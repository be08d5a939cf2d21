import { CodecError } from '../../codec';
import type { JPEGFrame } from './jpeg-stream';

/** Samples in a block of 8 by 8. */
export const BLOCK = 64;

/**
 * A component in blocks. The cells hold its coefficients, row by row within a block, and later the samples that are
 * computed from them in place.
 */
export interface JPEGPlane {
  /** Number of sample columns, without padding. */
  readonly columns: number;
  readonly rows: number;
  /** The number of blocks that hold these columns. */
  readonly blocksAcross: number;
  readonly blocksDown: number;
  /** The number of blocks from one row of blocks to the next: whole units of coding (MCU). */
  readonly stride: number;
  /** Sampling factors. */
  readonly horizontal: number;
  readonly vertical: number;
  /** The number of pixels that one sample covers. */
  readonly across: number;
  readonly down: number;
  readonly cells: Int16Array;
}

/** The number of units of coding in scans with more than one component (T.81 A.2.3). */
export function unitsOf({ columns, rows, components }: JPEGFrame): { across: number; down: number } {
  const horizontal = Math.max(...components.map((component) => component.horizontal));
  const vertical = Math.max(...components.map((component) => component.vertical));
  return { across: Math.ceil(columns / (8 * horizontal)), down: Math.ceil(rows / (8 * vertical)) };
}

/** Bytes of memory that the planes take. */
export function planeBytes(frame: JPEGFrame): number {
  const { across, down } = unitsOf(frame);
  const blocks = frame.components.reduce((sum, { horizontal, vertical }) => sum + horizontal * vertical, 0);
  return across * down * blocks * BLOCK * Int16Array.BYTES_PER_ELEMENT;
}

/** Creates an empty plane for each component. @throws CodecError unsupported */
export function planesOf(frame: JPEGFrame): readonly JPEGPlane[] {
  const { components } = frame;
  const units = unitsOf(frame);
  const most = Math.max(...components.map((component) => component.horizontal));
  const highest = Math.max(...components.map((component) => component.vertical));
  if (components.some(({ horizontal, vertical }) => most % horizontal !== 0 || highest % vertical !== 0)) {
    throw new CodecError('unsupported', 'the sampling factors of the components are not supported');
  }
  return components.map(({ horizontal, vertical }) => {
    const columns = Math.ceil((frame.columns * horizontal) / most);
    const rows = Math.ceil((frame.rows * vertical) / highest);
    const stride = units.across * horizontal;
    return {
      columns,
      rows,
      blocksAcross: Math.ceil(columns / 8),
      blocksDown: Math.ceil(rows / 8),
      stride,
      horizontal,
      vertical,
      across: most / horizontal,
      down: highest / vertical,
      cells: new Int16Array(stride * units.down * vertical * BLOCK),
    };
  });
}
