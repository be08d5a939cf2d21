import { transferSyntaxOf } from '../../dicom/dictionary/transfer-syntaxes';
import { CommentEraser, WITH_COMMENTS } from '../../dicom/pixels/comment-eraser';
import { FRAME_ENTRY_BYTES, type FrameEntry, type NativePixels, readFrameEntry } from '../../dicom/pixels/pixel-layout';
import { RLEEraser } from '../../dicom/pixels/rle-eraser';
import type { SampleBits } from '../../dicom/pixels/unused-bits';
import { type ObjectPiece, objectPiece } from '../body/pieces';
import { ObjectMissing } from '../body/stream-pieces';
import {
  alignBits,
  chained,
  clearBits,
  clip,
  type Eraser,
  erase,
  eraseInFragments,
  ITEM_HEADER_BYTES,
  joinFragments,
  reverseWords,
  type Transform,
} from '../body/transforms';
import { readExactly } from '../metadata/metadata-read';
import { instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';

/** The number of frames of the instance that are there as a whole; 0 when it has no pixels. */
export function frameCount(row: InstanceRow): number {
  const { pixels } = row.layout;
  if (pixels === undefined) return 0;
  return pixels.kind === 'encapsulated' ? pixels.frames : Math.min(pixels.frames, framesWithin(pixels));
}

/** The numbers of all its frames, from 1. */
export function frameNumbers(row: InstanceRow): number[] {
  return Array.from({ length: frameCount(row) }, (_, at) => at + 1);
}

/**
 * The places of frames, each as one range of an R2 object: as stored, but big-endian words are turned to little-endian,
 * and frames of single bits are aligned to bytes.
 * @param numbers frame numbers from 1, each at most frameCount
 * @throws ObjectMissing
 */
export async function framePieces(
  archive: Archive,
  row: InstanceRow,
  numbers: readonly number[],
): Promise<ObjectPiece[]> {
  const { pixels, object } = row.layout;
  const key = instanceKey(row, row.version, object);
  if (pixels === undefined) return [];
  if (pixels.kind === 'native') return numbers.map((number) => nativeFrame(key, pixels, number - 1, row.cleared?.bits));
  const entries = pixels.only === undefined ? await frameEntries(archive, row, numbers) : [pixels.only];
  const pieces = entries.map((entry) => encapsulatedFrame(key, entry));
  const eraser = eraserOf(archive, row);
  return eraser === undefined ? pieces : pieces.map((piece) => changed(piece, erase(eraser)));
}

/**
 * All fragments of compressed pixel data with their item headers, from the first frame to the last, as one range.
 * @throws ObjectMissing
 */
export async function fragmentsPiece(archive: Archive, row: InstanceRow): Promise<ObjectPiece> {
  const { pixels, object } = row.layout;
  const only = pixels?.kind === 'encapsulated' ? pixels.only : undefined;
  const [first, last] = only ? [only, only] : await frameEntries(archive, row, [1, frameCount(row)]);
  const offset = first!.offset - ITEM_HEADER_BYTES;
  const piece = objectPiece(instanceKey(row, row.version, object), offset, last!.offset + last!.span - offset);
  const eraser = eraserOf(archive, row);
  return eraser === undefined ? piece : changed(piece, eraseInFragments(eraser));
}

/**
 * Compressed frames may hold text or another picture beside the image. A de-identified view must not pass these on (PS3.15
 * E.1.1).
 */
function eraserOf({ deidentified }: Archive, row: InstanceRow): (() => Eraser) | undefined {
  if (deidentified === undefined) return undefined;
  const { rle } = row.cleared ?? {};
  if (rle !== undefined) return () => new RLEEraser(rle);
  const hasComments = WITH_COMMENTS.has(transferSyntaxOf(row.transferSyntaxUID)?.mediaType ?? '');
  return hasComments ? () => new CommentEraser() : undefined;
}

function changed(piece: ObjectPiece, transform: Transform): ObjectPiece {
  return { ...piece, transform: piece.transform === undefined ? transform : chained(piece.transform, transform) };
}

/** Frames whose places are read together for a caller that reads one frame after the other. */
const PLACES_AHEAD = 1000;

/**
 * The places of an instance's frames, for a caller that wants one frame after the other: the frame table is not read
 * for each frame.
 */
export class FramePlaces {
  private known = new Map<number, ObjectPiece>();
  private ahead = 1;

  constructor(
    private readonly archive: Archive,
    private readonly row: InstanceRow,
  ) {}

  /**
   * Reads the places of all these frames and keeps those of the first ones.
   * @param numbers of the frames that the caller will ask for, in their order
   * @throws ObjectMissing
   */
  async expect(numbers: readonly number[]): Promise<readonly ObjectPiece[]> {
    const pieces = await framePieces(this.archive, this.row, numbers);
    this.known = new Map(pieces.slice(0, PLACES_AHEAD).map((piece, at) => [numbers[at]!, piece]));
    this.ahead = PLACES_AHEAD;
    return pieces;
  }

  /**
   * The place of one frame.
   * @param number from 1, at most frameCount
   * @throws ObjectMissing
   */
  async of(number: number): Promise<ObjectPiece | undefined> {
    if (!this.known.has(number)) {
      const count = Math.min(this.ahead, frameCount(this.row) - number + 1);
      const numbers = Array.from({ length: count }, (_, at) => number + at);
      const pieces = await framePieces(this.archive, this.row, numbers);
      this.known = new Map(pieces.map((piece, at) => [numbers[at]!, piece]));
      this.ahead = PLACES_AHEAD;
    }
    return this.known.get(number);
  }
}

/** The number of whole frames: pixel data that is cut short has fewer frames than it says. */
function framesWithin({ length, bitsPerFrame }: NativePixels): number {
  return bitsPerFrame === 0 ? 0 : Math.floor((length * 8) / bitsPerFrame);
}

/**
 * A native frame may begin and end within a word, which has to be reversed as a whole, and its bits within a byte. So
 * whole words are read, reversed, cut to the bytes of the frame, cleared and aligned, each step only where it is needed.
 */
function nativeFrame(key: string, pixels: NativePixels, index: number, unused: SampleBits | undefined): ObjectPiece {
  const { bitsPerFrame, word } = pixels;
  const firstBit = index * bitsPerFrame;
  const skip = firstBit % 8;
  const first = Math.floor(firstBit / 8);
  const end = Math.min(Math.ceil((firstBit + bitsPerFrame) / 8), pixels.length);
  const from = first - (first % word);
  const to = Math.min(Math.ceil(end / word) * word, pixels.length);
  const bits = Math.min(bitsPerFrame, (end - first) * 8 - skip);
  const steps: Transform[] = [];
  if (word > 1) steps.push(reverseWords(word));
  if (from !== first || to !== end) steps.push(clip(first - from, end - from));
  if (unused !== undefined) steps.push(clearBits(unused));
  if (skip !== 0 || bits % 8 !== 0) steps.push(alignBits(skip, bits));
  const piece = objectPiece(key, pixels.offset + from, to - from);
  return steps.length === 0 ? piece : { ...piece, length: Math.ceil(bits / 8), transform: steps.reduce(chained) };
}

function encapsulatedFrame(key: string, { offset, span, length }: FrameEntry): ObjectPiece {
  if (span === length) return objectPiece(key, offset, span);
  const piece = objectPiece(key, offset - ITEM_HEADER_BYTES, span + ITEM_HEADER_BYTES);
  return { ...piece, length, transform: joinFragments() };
}

/** Entries that are at most this many bytes apart are read together. */
const ENTRIES_TOGETHER = 4096;

/** Reads the entries of the frames from the frame table: neighbours take one small range, however long the table is. */
async function frameEntries(archive: Archive, row: InstanceRow, numbers: readonly number[]): Promise<FrameEntry[]> {
  const key = instanceKey(row, row.version, 'frames');
  const found = new Map<number, FrameEntry>();
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at]!;
    const group = sorted.slice(at).filter((number) => number < first + ENTRIES_TOGETHER);
    const last = group[group.length - 1]!;
    at += group.length;
    const range = { offset: (first - 1) * FRAME_ENTRY_BYTES, length: (last - first + 1) * FRAME_ENTRY_BYTES };
    const stream = await archive.objects.read(key, range);
    if (stream === null) throw new ObjectMissing(key);
    const table = await readExactly(stream, range.length, key);
    for (const number of group) {
      found.set(number, readFrameEntry(table.subarray((number - first) * FRAME_ENTRY_BYTES)));
    }
  }
  return numbers.map((number) => found.get(number)!);
}
