import type { Pauses } from '../pauses';

/** Up to 256 colours of a picture, and which of them each pixel is. */
export interface IndexedColours {
  /** 256 colours: red, green, blue. */
  readonly table: Uint8Array;
  readonly indices: Uint8Array;
}

const COLOURS = 256;
/** Colours are grouped by their upper five bits. */
const BINS = 1 << 15;

/** Pixels that are counted together. */
const STEP = 1 << 16;

/**
 * Reduces an RGB picture to 256 colours. When the picture has at most 256 colours, they are kept; otherwise each colour
 * is the mean of a box, and boxes are split at their medians.
 */
export async function indexColours(bytes: Uint8Array, pauses: Pauses): Promise<IndexedColours> {
  return (await exactColours(bytes, pauses)) ?? (await medianCut(bytes, pauses));
}

async function exactColours(bytes: Uint8Array, pauses: Pauses): Promise<IndexedColours | undefined> {
  const known = new Map<number, number>();
  const indices = new Uint8Array(bytes.length / 3);
  const table = new Uint8Array(COLOURS * 3);
  let colour = -1;
  let index = 0;
  for (let at = 0, to = 0; to < indices.length; at += 3, to++) {
    if (to % STEP === 0 && pauses.due(STEP)) await pauses.pause();
    const next = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (next !== colour) {
      colour = next;
      const found = known.get(colour);
      if (found === undefined && known.size === COLOURS) return undefined;
      index = found ?? known.size;
      if (found === undefined) {
        known.set(colour, index);
        table.set([colour >> 16, (colour >> 8) & 0xff, colour & 0xff], index * 3);
      }
    }
    indices[to] = index;
  }
  return { table, indices };
}

function binOf(red: number, green: number, blue: number): number {
  return ((red >> 3) << 10) | ((green >> 3) << 5) | (blue >> 3);
}

/** A set of bins, and the axis along which they extend furthest. */
interface Box {
  readonly bins: readonly number[];
  readonly pixels: number;
  readonly axis: number;
  readonly extent: number;
}

async function medianCut(bytes: Uint8Array, pauses: Pauses): Promise<IndexedColours> {
  const counts = new Uint32Array(BINS);
  const sums = [0, 1, 2].map(() => new Float64Array(BINS));
  for (let at = 0; at + 2 < bytes.length; at += 3) {
    if (at % (3 * STEP) === 0 && pauses.due(STEP)) await pauses.pause();
    const bin = binOf(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
    counts[bin]!++;
    for (let channel = 0; channel < 3; channel++) sums[channel]![bin]! += bytes[at + channel]!;
  }
  const used = [...counts.keys()].filter((bin) => counts[bin]! > 0);
  const boxes = [boxOf(used, counts)];
  while (boxes.length < COLOURS) {
    const widest = boxes.reduce((one, other) => (other.extent * other.pixels > one.extent * one.pixels ? other : one));
    if (widest.extent === 0) break;
    boxes.splice(boxes.indexOf(widest), 1, ...halves(widest, counts));
  }
  const table = new Uint8Array(COLOURS * 3);
  const indexOfBin = new Uint8Array(BINS);
  boxes.forEach((box, index) => {
    for (let channel = 0; channel < 3; channel++) {
      const sum = box.bins.reduce((total, bin) => total + sums[channel]![bin]!, 0);
      table[index * 3 + channel] = Math.round(sum / box.pixels);
    }
    for (const bin of box.bins) indexOfBin[bin] = index;
  });
  const indices = new Uint8Array(bytes.length / 3);
  for (let at = 0, to = 0; to < indices.length; at += 3, to++) {
    if (to % STEP === 0 && pauses.due(STEP)) await pauses.pause();
    indices[to] = indexOfBin[binOf(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!)]!;
  }
  return { table, indices };
}

function along(bin: number, axis: number): number {
  return (bin >> (10 - 5 * axis)) & 31;
}

function boxOf(bins: readonly number[], counts: Uint32Array): Box {
  let pixels = 0;
  const least = [31, 31, 31];
  const most = [0, 0, 0];
  for (const bin of bins) {
    pixels += counts[bin]!;
    for (let axis = 0; axis < 3; axis++) {
      least[axis] = Math.min(least[axis]!, along(bin, axis));
      most[axis] = Math.max(most[axis]!, along(bin, axis));
    }
  }
  const extents = most.map((value, axis) => value - least[axis]!);
  const extent = Math.max(...extents);
  return { bins, pixels, axis: extents.indexOf(extent), extent };
}

/** Splits a box into two with nearly equal numbers of pixels, neither of them empty. */
function halves({ bins, pixels, axis }: Box, counts: Uint32Array): [Box, Box] {
  const sorted = [...bins].sort((one, other) => along(one, axis) - along(other, axis));
  let seen = 0;
  let cut = 0;
  while (cut < sorted.length - 1 && (cut === 0 || seen + counts[sorted[cut]!]! / 2 <= pixels / 2)) {
    seen += counts[sorted[cut++]!]!;
  }
  return [boxOf(sorted.slice(0, cut), counts), boxOf(sorted.slice(cut), counts)];
}
