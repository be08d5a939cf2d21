import { CodecError } from '../../codec';
import type { JPEGFrame } from './jpeg-stream';

/** Samples of a block, 8 by 8. */
export const BLOCK = 64;

/** A component in blocks: its coefficients, row by row within a block, and in their place the samples made of them. */
export interface JPEGPlane {
  /** Samples of it, without padding. */
  readonly columns: number;
  readonly rows: number;
  /** Blocks that hold these. */
  readonly blocksAcross: number;
  readonly blocksDown: number;
  /** Blocks from one row of them to the next: whole units of coding (MCU). */
  readonly stride: number;
  /** Sampling factors. */
  readonly horizontal: number;
  readonly vertical: number;
  /** How often a sample stands for a pixel. */
  readonly across: number;
  readonly down: number;
  readonly cells: Int16Array;
}

/** Units of coding of scans with more than one component (T.81 A.2.3). */
export function unitsOf({ columns, rows, components }: JPEGFrame): { across: number; down: number } {
  const horizontal = Math.max(...components.map((component) => component.horizontal));
  const vertical = Math.max(...components.map((component) => component.vertical));
  return { across: Math.ceil(columns / (8 * horizontal)), down: Math.ceil(rows / (8 * vertical)) };
}

/** Bytes that the planes take. */
export function planeBytes(frame: JPEGFrame): number {
  const { across, down } = unitsOf(frame);
  const blocks = frame.components.reduce((sum, { horizontal, vertical }) => sum + horizontal * vertical, 0);
  return across * down * blocks * BLOCK * Int16Array.BYTES_PER_ELEMENT;
}

/** @throws CodecError unsupported */
export function planesOf(frame: JPEGFrame): readonly JPEGPlane[] {
  const { components } = frame;
  const units = unitsOf(frame);
  const most = Math.max(...components.map((component) => component.horizontal));
  const highest = Math.max(...components.map((component) => component.vertical));
  if (components.some(({ horizontal, vertical }) => most % horizontal !== 0 || highest % vertical !== 0)) {
    throw new CodecError('unsupported', 'the image has components that are sampled at odd rates');
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
