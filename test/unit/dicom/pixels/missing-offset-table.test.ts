import { describe, expect, it } from 'vitest';
import { FRAME_ENTRY_BYTES, readFrameEntry } from '../../../../src/dicom/pixels/pixel-layout';
import {
  concat,
  element,
  identified,
  image,
  item,
  JPEG,
  latin1,
  part10,
  RLE,
  read,
  sequenceEnd,
  UNDEFINED,
} from '../build';

/** Lengths of the frames in encapsulated pixel data without a Basic Offset Table. */
function framesOf(syntax: string, frames: number, items: readonly Uint8Array[], chunk?: number): string[] {
  const value = element(0x7fe00010, 'OB', concat(...items.map((bytes) => item(bytes)), sequenceEnd()), {
    length: UNDEFINED,
  });
  const bytes = part10(syntax, identified([...image({ frames: String(frames) }), value]));
  const { layout, frameTable } = read(bytes, {}, chunk);
  if (layout.pixels?.kind !== 'encapsulated') return [];
  const { only } = layout.pixels;
  const entries = only
    ? [only]
    : Array.from({ length: layout.pixels.frames }, (_, index) =>
        readFrameEntry(frameTable!.subarray(index * FRAME_ENTRY_BYTES, (index + 1) * FRAME_ENTRY_BYTES)),
      );
  return entries.map(({ offset, span }) => String.fromCharCode(...bytes.subarray(offset, offset + span)));
}

const jpeg = (text: string): Uint8Array => concat(Uint8Array.of(0xff, 0xd8, 0xff), latin1(text));
const rle = (text: string): Uint8Array =>
  concat(Uint8Array.of(1, 0, 0, 0, 64), new Uint8Array(59), latin1(text), new Uint8Array(text.length % 2));

describe('encapsulated pixel data without a Basic Offset Table (PS3.5 A.4)', () => {
  it.each([undefined, 1, 7])('takes the first item for the first frame, in pieces of %s bytes', (chunk) => {
    const frames = [jpeg('the first'), jpeg('the second'), jpeg('the third')];
    const texts = frames.map((bytes) => String.fromCharCode(...bytes));
    expect(framesOf(JPEG, 3, frames, chunk)).toEqual(texts);
    expect(framesOf(JPEG, 1, frames.slice(0, 1), chunk)).toEqual(texts.slice(0, 1));
  });

  it('knows a frame in RLE by its header', () => {
    const frames = [rle('one'), rle('two')];
    expect(framesOf(RLE, 2, frames)).toEqual(frames.map((bytes) => String.fromCharCode(...bytes)));
  });

  it('takes anything else for the table', () => {
    expect(framesOf(RLE, 1, [new Uint8Array(64), rle('one')])).toHaveLength(1);
    expect(framesOf(JPEG, 1, [latin1('abcd'), jpeg('one')])).toEqual([String.fromCharCode(...jpeg('one'))]);
  });
});
