import type { Region } from '../coding';

/** The largest number of samples that are encoded as one tile: OpenJPEG takes about 18 bytes of memory for each. */
const ONE_TILE = 2 * 1024 * 1024;

/** Tiles begin at multiples of 2^9, which suits three wavelet levels and code-blocks of 64. */
const STEP = 512;
const FIRST = 1024;
const TILE_LEVELS = 3;

/** T.800 A.6.1 allows 32 levels. OpenJPEG allows only as many as leave at least one pixel. */
const MOST_LEVELS = 5;

/** How an image is divided into tiles. */
export interface Tiling {
  readonly width: number;
  readonly height: number;
  readonly levels: number;
  readonly regions: readonly Region[];
}

/**
 * Divides an image into tiles for encoding, so that the memory needed stays small whatever the size of the image.
 * @param oneTile the largest number of samples that are encoded as one tile
 */
export function tilingOf(columns: number, rows: number, samples: number, oneTile = ONE_TILE): Tiling {
  if (columns * rows * samples <= oneTile) {
    return {
      width: columns,
      height: rows,
      levels: Math.min(MOST_LEVELS, Math.floor(Math.log2(Math.min(columns, rows)))),
      regions: [{ x: 0, y: 0, width: columns, height: rows }],
    };
  }
  const width = edge(columns);
  const height = edge(rows);
  const regions: Region[] = [];
  for (let y = 0; y < rows; y += height) {
    for (let x = 0; x < columns; x += width) {
      regions.push({ x, y, width: Math.min(width, columns - x), height: Math.min(height, rows - y) });
    }
  }
  const least = Math.min(...regions.flatMap((region) => [region.width, region.height]));
  return { width, height, levels: Math.min(TILE_LEVELS, Math.floor(Math.log2(least))), regions };
}

/** The side of a tile, chosen so that the last tile is large enough for the wavelets. */
function edge(length: number): number {
  let size = FIRST;
  while (length > size && length % size !== 0 && length % size < 2 ** TILE_LEVELS) size += STEP;
  return size;
}
