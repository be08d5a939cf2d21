import { CodecError } from '../../codec';
import type { CodewordSegment, SubbandKind } from './jpeg2000-block';
import type { CodingStyle } from './jpeg2000-parameters';
import { TagTree } from './jpeg2000-tag-tree';

/** A rectangle on the reference grid or in coordinates derived from it. The upper bounds are exclusive. */
export interface Bounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A code-block, and what the packets read so far have said about it. */
export interface CodeBlock extends Bounds {
  included: boolean;
  zeroPlanes: number;
  /** Lblock (T.800 B.10.7.1). */
  lengthBits: number;
  readonly segments: CodewordSegment[];
}

/** The code-blocks of one subband in one precinct, row by row. */
export interface BlockGrid {
  readonly blocks: readonly CodeBlock[];
  readonly across: number;
  readonly inclusion: TagTree;
  readonly zeroPlanes: TagTree;
}

/** A subband of a resolution (T.800 B.5). */
export interface Subband extends Bounds {
  readonly kind: SubbandKind;
  /** The index of the subband in the quantisation parameters. */
  readonly index: number;
}

/** A precinct of a resolution (T.800 B.6). */
export interface Precinct {
  /** The position of its origin on the reference grid. */
  readonly x: number;
  readonly y: number;
  /** One for each subband. */
  readonly grids: readonly BlockGrid[];
}

/** A resolution of a tile-component (T.800 B.5). */
export interface Resolution extends Bounds {
  readonly subbands: readonly Subband[];
  readonly precincts: readonly Precinct[];
}

/** A component of a tile. */
export interface TileComponent extends Bounds {
  readonly coding: CodingStyle;
  /** The lowest resolution first. */
  readonly resolutions: readonly Resolution[];
}

/**
 * The largest number of precincts and code-blocks of a component: a few bytes can describe millions, and each is an
 * object.
 */
const MOST_PARTS = 50_000;

/**
 * Computes the layout of a tile's component (T.800 B.5 to B.7).
 * @param dx @param dy the component's sampling on the reference grid
 * @throws CodecError
 */
export function tileComponent(tile: Bounds, dx: number, dy: number, coding: CodingStyle): TileComponent {
  const bounds = {
    x0: Math.ceil(tile.x0 / dx),
    y0: Math.ceil(tile.y0 / dy),
    x1: Math.ceil(tile.x1 / dx),
    y1: Math.ceil(tile.y1 / dy),
  };
  ensureFew(bounds, coding);
  const resolutions = coding.precincts.map((_, number) => resolution(tile, bounds, dx, dy, coding, number));
  return { ...bounds, coding, resolutions };
}

/** Checks the number of parts before any of them is created. @throws CodecError */
function ensureFew({ x0, y0, x1, y1 }: Bounds, coding: CodingStyle): void {
  let parts = 0;
  for (const [number, precinct] of coding.precincts.entries()) {
    if (number > 0 && (precinct.width === 0 || precinct.height === 0)) {
      throw new CodecError('malformed', 'the precincts of the code stream have no size');
    }
    const scale = 2 ** (coding.levels - number);
    const [columns, rows] = [(x1 - x0) / scale + 2, (y1 - y0) / scale + 2];
    const count = (width: number, height: number) =>
      Math.max(1, columns / 2 ** width + 1) * Math.max(1, rows / 2 ** height + 1);
    parts += count(precinct.width, precinct.height);
    parts += count(Math.min(coding.blockWidth, precinct.width), Math.min(coding.blockHeight, precinct.height));
  }
  if (parts > MOST_PARTS) throw new CodecError('too-large', 'the code stream has too many parts');
}

function resolution(
  tile: Bounds,
  component: Bounds,
  dx: number,
  dy: number,
  coding: CodingStyle,
  number: number,
): Resolution {
  const below = coding.levels - number;
  const bounds = divided(component, 2 ** below, 0, 0);
  const subbands = subbandsOf(component, coding.levels, number);
  const { width, height } = coding.precincts[number]!;
  const [wide, high] = [2 ** width, 2 ** height];
  const precincts: Precinct[] = [];
  if (bounds.x1 > bounds.x0 && bounds.y1 > bounds.y0) {
    const [left, top] = [Math.floor(bounds.x0 / wide), Math.floor(bounds.y0 / high)];
    for (let row = top; row < Math.ceil(bounds.y1 / high); row++) {
      for (let column = left; column < Math.ceil(bounds.x1 / wide); column++) {
        precincts.push({
          x: Math.max(tile.x0, column * wide * 2 ** below * dx),
          y: Math.max(tile.y0, row * high * 2 ** below * dy),
          grids: subbands.map((subband) => grid(subband, coding, column, row, width, height)),
        });
      }
    }
  }
  return { ...bounds, subbands, precincts };
}

/** T.800 B.5, equation B-15. */
function subbandsOf(component: Bounds, levels: number, number: number): Subband[] {
  if (number === 0) return [{ ...divided(component, 2 ** levels, 0, 0), kind: 'LL', index: 0 }];
  const half = 2 ** (levels - number);
  const places = [
    ['HL', 1, 0],
    ['LH', 0, 1],
    ['HH', 1, 1],
  ] as const;
  return places.map(([kind, right, down], place) => ({
    ...divided(component, 2 * half, half * right, half * down),
    kind,
    index: 3 * (number - 1) + 1 + place,
  }));
}

function divided({ x0, y0, x1, y1 }: Bounds, by: number, right: number, down: number): Bounds {
  return {
    x0: Math.ceil((x0 - right) / by),
    y0: Math.ceil((y0 - down) / by),
    x1: Math.ceil((x1 - right) / by),
    y1: Math.ceil((y1 - down) / by),
  };
}

/**
 * The code-blocks of a subband in a precinct (T.800 B.7). @param width @param height of the precinct, as exponents of 2
 */
function grid(
  subband: Subband,
  coding: CodingStyle,
  column: number,
  row: number,
  width: number,
  height: number,
): BlockGrid {
  // Subbands above the lowest resolution have half of its columns and rows.
  const halved = subband.kind === 'LL' ? 0 : 1;
  const [wide, high] = [2 ** (width - halved), 2 ** (height - halved)];
  const part = intersection(subband, {
    x0: column * wide,
    y0: row * high,
    x1: (column + 1) * wide,
    y1: (row + 1) * high,
  });
  const blockWide = 2 ** Math.min(coding.blockWidth, width - halved);
  const blockHigh = 2 ** Math.min(coding.blockHeight, height - halved);
  const blocks: CodeBlock[] = [];
  const left = Math.floor(part.x0 / blockWide);
  const across = Math.max(0, Math.ceil(part.x1 / blockWide) - left);
  const top = Math.floor(part.y0 / blockHigh);
  const down = Math.max(0, Math.ceil(part.y1 / blockHigh) - top);
  if (part.x1 > part.x0 && part.y1 > part.y0) {
    for (let y = top; y < top + down; y++) {
      for (let x = left; x < left + across; x++) {
        const extent = { x0: x * blockWide, y0: y * blockHigh, x1: (x + 1) * blockWide, y1: (y + 1) * blockHigh };
        const bounds = intersection(part, extent);
        blocks.push({ ...bounds, included: false, zeroPlanes: 0, lengthBits: 3, segments: [] });
      }
    }
  }
  const [treeWide, treeHigh] = blocks.length === 0 ? [0, 0] : [across, down];
  return {
    blocks,
    across,
    inclusion: new TagTree(treeWide, treeHigh),
    zeroPlanes: new TagTree(treeWide, treeHigh),
  };
}

function intersection(one: Bounds, other: Bounds): Bounds {
  return {
    x0: Math.max(one.x0, other.x0),
    y0: Math.max(one.y0, other.y0),
    x1: Math.min(one.x1, other.x1),
    y1: Math.min(one.y1, other.y1),
  };
}
