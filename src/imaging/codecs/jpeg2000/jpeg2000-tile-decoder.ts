import { CodecError } from '../../codec';
import { BlockDecoder, STYLE, type SubbandKind } from './jpeg2000-block';
import {
  type Bounds,
  type CodeBlock,
  type Resolution,
  type Subband,
  type TileComponent,
  tileComponent,
} from './jpeg2000-layout';
import { readPackets } from './jpeg2000-packets';
import type { CodingStyle, Parameters, Quantisation } from './jpeg2000-parameters';
import { type Plane, undoWavelets } from './jpeg2000-wavelet';

/** Bits of a coefficient in memory, besides its sign and the half bit. */
const MOST_PLANES = 29;

/** Bits that a subband has in addition to those of the samples (T.800 table E.1). */
const GAIN: Record<SubbandKind, number> = { LL: 0, HL: 1, LH: 1, HH: 2 };

/** The sampling of the components on the reference grid. */
export interface Sampling {
  readonly x: number;
  readonly y: number;
}

/**
 * Decodes a tile (T.800 annexes B to G) into its components, each with its own size. Signed samples may still be
 * negative.
 * @param bytes the packets of all parts of the tile
 * @throws CodecError
 */
export async function decodeTile(
  bytes: Uint8Array,
  tile: Bounds,
  sampling: readonly Sampling[],
  precision: number,
  parameters: Parameters,
): Promise<Plane[]> {
  const components = sampling.map(({ x, y }, component) => tileComponent(tile, x, y, parameters.coding(component)));
  if (components.some(({ coding }) => (coding.style & STYLE.highThroughput) !== 0)) {
    throw new CodecError('unsupported', 'the code-block style of the code stream is not supported');
  }
  readPackets(bytes, components, parameters);
  const pauses = new Pauses();
  const planes: Plane[] = [];
  for (const [index, component] of components.entries()) {
    planes.push(await decodeComponent(component, parameters.quantisation(index), precision, pauses));
  }
  if (parameters.colourTransform) undoColourTransform(planes, components);
  return planes;
}

/** Bytes of packets that are decoded without a pause: about 20 milliseconds, in which no other request can run. */
const PIECE_BYTES = 16 * 1024;

class Pauses {
  #done = 0;

  async after(bytes: number): Promise<void> {
    this.#done += bytes;
    if (this.#done < PIECE_BYTES) return;
    this.#done = 0;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}

async function decodeComponent(
  { resolutions, coding }: TileComponent,
  quantisation: Quantisation,
  precision: number,
  pauses: Pauses,
): Promise<Plane> {
  let plane: Plane | undefined;
  for (const resolution of resolutions) {
    const { x0, y0, x1, y1 } = resolution;
    const [width, height] = [Math.max(0, x1 - x0), Math.max(0, y1 - y0)];
    const size = width * height;
    const next: Plane = {
      x0,
      y0,
      width,
      height,
      cells: coding.reversible ? new Int32Array(size) : new Float32Array(size),
    };
    if (plane !== undefined) putLower(plane, next);
    await putBlocks(resolution, next, coding, quantisation, precision, pauses);
    if (plane !== undefined) undoWavelets(next, coding.reversible);
    plane = next;
  }
  return plane!;
}

/** Copies the samples of the lower resolution to the even positions of this one. */
function putLower(lower: Plane, { x0, y0, width, cells }: Plane): void {
  for (let y = 0, from = 0; y < lower.height; y++) {
    let to = (2 * (lower.y0 + y) - y0) * width + 2 * lower.x0 - x0;
    for (let x = 0; x < lower.width; x++, from++, to += 2) cells[to] = lower.cells[from]!;
  }
}

async function putBlocks(
  { subbands, precincts }: Resolution,
  plane: Plane,
  { reversible, style }: CodingStyle,
  quantisation: Quantisation,
  precision: number,
  pauses: Pauses,
): Promise<void> {
  for (const [index, subband] of subbands.entries()) {
    const { exponent, mantissa } = quantisation.steps(subband.index);
    const step = reversible ? 1 : 2 ** (precision + GAIN[subband.kind] - exponent) * (1 + mantissa / 2048);
    for (const { grids } of precincts) {
      for (const block of grids[index]!.blocks) {
        if (block.segments.length === 0) continue;
        const planes = quantisation.guardBits + exponent - 1 - block.zeroPlanes;
        if (planes > MOST_PLANES)
          throw new CodecError('unsupported', 'the code stream has coefficients of too many bits');
        if (planes <= 0) continue;
        const decoder = new BlockDecoder(block.x1 - block.x0, block.y1 - block.y0, subband.kind, style);
        await pauses.after(bytesIn(block));
        putBlock(decoder.decode(block.segments, planes), block, subband, plane, reversible ? undefined : step / 2);
      }
    }
  }
}

function bytesIn({ segments }: CodeBlock): number {
  return segments.reduce((sum, { pieces }) => pieces.reduce((more, { length }) => more + length, sum), 0);
}

/** @param values twice the coefficients @param factor undefined: the values are integers, whose half bit is dropped */
function putBlock(
  values: Int32Array,
  { x0, y0, x1, y1 }: Bounds,
  { kind }: Subband,
  plane: Plane,
  factor: number | undefined,
): void {
  const { cells, width } = plane;
  const spread = kind === 'LL' ? 1 : 2;
  const right = kind === 'HL' || kind === 'HH' ? 1 : 0;
  const down = kind === 'LH' || kind === 'HH' ? 1 : 0;
  for (let y = y0, from = 0; y < y1; y++) {
    let to = (spread * y + down - plane.y0) * width + spread * x0 + right - plane.x0;
    for (let x = x0; x < x1; x++, from++, to += spread) {
      const value = values[from]!;
      cells[to] = factor === undefined ? Math.trunc(value / 2) : value * factor;
    }
  }
}

/** Reverses the colour transform of the first three components (T.800 annex G). */
function undoColourTransform(planes: readonly Plane[], components: readonly TileComponent[]): void {
  const [first, second, third] = planes.map(({ cells }) => cells);
  if (third === undefined || second!.length !== first!.length || third.length !== first!.length) {
    throw new CodecError('malformed', 'the code stream transforms components of several sizes');
  }
  const reversible = components[0]!.coding.reversible;
  for (let at = 0; at < first!.length; at++) {
    const [y, cb, cr] = [first![at]!, second![at]!, third[at]!];
    const green = reversible ? y - Math.floor((cb + cr) / 4) : y - 0.344136 * cb - 0.714136 * cr;
    first![at] = reversible ? cr + green : y + 1.402 * cr;
    second![at] = green;
    third[at] = reversible ? cb + green : y + 1.772 * cb;
  }
}
