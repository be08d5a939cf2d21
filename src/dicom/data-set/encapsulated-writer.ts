import { ITEM, PIXEL_DATA, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { DicomError } from '../errors';
import type { Part10Layout, Sized } from '../part10/part10-layout';

/** PS3.3 C.7.6.3.1.8: offsets and lengths of frames, for files where 32 bits are too few. */
const EXTENDED_OFFSET_TABLE = 0x7fe00001;
const EXTENDED_OFFSET_TABLE_LENGTHS = 0x7fe00002;

const MAX_LENGTH = 0xfffffffe;
const ITEM_HEADER = 8;

/**
 * PS3.5 8.2.5 to 8.2.9, 8.2.12, 8.2.13: a video stream is not divided into frames, and its Basic Offset Table is empty.
 */
const VIDEO = /^1\.2\.840\.10008\.1\.2\.4\.10[0-8](?:\.1)?$/;

/**
 * Writes encapsulated pixel data (PS3.5 A.4): each frame is one fragment, padded to even length. The Basic Offset Table
 * is filled when the pieces are the frames and 32 bits can hold their offsets. When only the offsets are too large, an
 * Extended Offset Table is written before the pixel data instead.
 *
 * @param frames Number of Frames
 * @throws DicomError `too-large` when the length of a fragment does not fit into 32 bits
 */
export function writeEncapsulated<Source extends Sized>(
  layout: Part10Layout<Source>,
  pieces: readonly (Source | Uint8Array)[],
  frames: number,
  transferSyntaxUID: string,
): void {
  const { offsets, lengths } = placesOf(pieces);
  const tabled = pieces.length === frames && !VIDEO.test(transferSyntaxUID);
  const basic = tabled && offsets.at(-1)! <= 0xffffffff;
  if (tabled && !basic) {
    writeExtended(layout, EXTENDED_OFFSET_TABLE, offsets);
    writeExtended(layout, EXTENDED_OFFSET_TABLE_LENGTHS, lengths);
  }
  longHeader(layout, PIXEL_DATA, 'OB', 0xffffffff);
  itemHeader(layout, basic ? offsets.length * 4 : 0);
  if (basic) for (const offset of offsets) layout.uint32(offset);
  for (const [index, piece] of pieces.entries()) {
    itemHeader(layout, lengths[index]!);
    layout.bulk(piece);
    if (piece.length % 2 === 1) layout.fill(0, 1);
  }
  layout.tag(SEQUENCE_DELIMITER);
  layout.uint32(0);
}

/**
 * Writes encapsulated pixel data whose frame lengths are not known yet.
 *
 * @param items stands for the items after an empty Basic Offset Table: one for each frame, headers included
 */
export function writeEncapsulatedItems<Source extends Sized>(layout: Part10Layout<Source>, items: Source): void {
  longHeader(layout, PIXEL_DATA, 'OB', 0xffffffff);
  itemHeader(layout, 0);
  layout.bulk(items);
  layout.tag(SEQUENCE_DELIMITER);
  layout.uint32(0);
}

/** Offsets of the items, counted from the first item, and the lengths of their values. */
function placesOf(pieces: readonly Sized[]): { offsets: number[]; lengths: number[] } {
  const offsets: number[] = [];
  const lengths: number[] = [];
  let offset = 0;
  for (const { length } of pieces) {
    const even = length + (length % 2);
    if (even > MAX_LENGTH) throw new DicomError('too-large', 'a frame is longer than a fragment may be', '7FE00010');
    offsets.push(offset);
    lengths.push(even);
    offset += ITEM_HEADER + even;
  }
  return { offsets, lengths };
}

function writeExtended(layout: Part10Layout, tag: number, numbers: readonly number[]): void {
  longHeader(layout, tag, 'OV', numbers.length * 8);
  for (const number of numbers) layout.uint64(number);
}

function longHeader(layout: Part10Layout, tag: number, vr: 'OB' | 'OV', length: number): void {
  layout.tag(tag);
  layout.vr(vr);
  layout.uint16(0);
  layout.uint32(length);
}

function itemHeader(layout: Part10Layout, length: number): void {
  layout.tag(ITEM);
  layout.uint32(length);
}
