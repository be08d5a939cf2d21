import { describe, expect, it } from 'vitest';
import type { ParsedInstance } from '../../../../src/dicom/instance/instance-reader';
import { FRAME_ENTRY_BYTES, type FrameEntry, readFrameEntry } from '../../../../src/dicom/pixels/pixel-layout';
import {
  attribute,
  concat,
  element,
  encapsulated,
  file,
  identified,
  image,
  item,
  jpegFile,
  latin1,
  part10,
  RLE,
  read,
  UNDEFINED,
  u16,
} from '../build';

function frames(parsed: ParsedInstance): FrameEntry[] {
  const { pixels } = parsed.layout;
  if (pixels?.kind !== 'encapsulated') throw new Error('not encapsulated');
  if (pixels.only) return [pixels.only];
  return Array.from({ length: pixels.frames }, (_, index) =>
    readFrameEntry(parsed.frameTable!.subarray(index * FRAME_ENTRY_BYTES, (index + 1) * FRAME_ENTRY_BYTES)),
  );
}

/** Each frame's bytes, including the item headers between its fragments. */
function spans(bytes: Uint8Array, parsed: ParsedInstance): string[] {
  return frames(parsed).map(({ offset, span }) => String.fromCharCode(...bytes.subarray(offset, offset + span)));
}

describe('encapsulated pixel data (PS3.5 A.4)', () => {
  const start = (text: string): Uint8Array => concat(Uint8Array.of(0xff, 0xd8, 0xff), latin1(text));

  it('one frame in one fragment', () => {
    const bytes = jpegFile(...image(), encapsulated([], [latin1('abcd')]));
    const parsed = read(bytes);
    expect(spans(bytes, parsed)).toEqual(['abcd']);
    expect(parsed.frameTable).toBeUndefined();
    expect(parsed.layout.bulk).toBeUndefined();
    expect(attribute(parsed, '7FE00010')).toEqual({
      vr: 'OB',
      BulkDataURI: expect.stringMatching(/\/bulkdata\/7FE00010$/),
    });
  });

  it('one frame in several fragments', () => {
    const bytes = jpegFile(...image({ frames: '1' }), encapsulated([], [latin1('abcd'), latin1('ef')]));
    expect(frames(read(bytes))[0]).toMatchObject({ span: 14, length: 6 });
  });

  it('as many fragments as frames', () => {
    const bytes = jpegFile(...image({ frames: '3' }), encapsulated([], [latin1('ab'), latin1('cd'), latin1('efgh')]));
    const parsed = read(bytes);
    expect(spans(bytes, parsed)).toEqual(['ab', 'cd', 'efgh']);
    expect(parsed.layout.pixels).toEqual({ kind: 'encapsulated', frames: 3 });
    expect(parsed.frameTable).toHaveLength(48);
  });

  it('frames by the Basic Offset Table', () => {
    const fragments = [latin1('ab'), latin1('cd'), latin1('ef')];
    const bytes = jpegFile(...image({ frames: '2' }), encapsulated([0, 20], fragments));
    const list = frames(read(bytes));
    expect(list.map((frame) => frame.length)).toEqual([4, 2]);
    expect(list[0]!.span).toBe(12);
    expect(list[1]!.offset).toBe(list[0]!.offset + 20);
  });

  it('frames by code streams when the table is empty or does not match', () => {
    const fragments = [start('a'), latin1('bbbb'), start('c'), latin1('dd')];
    for (const table of [[], [0, 17]]) {
      const list = frames(read(jpegFile(...image({ frames: '2' }), encapsulated(table, fragments))));
      expect(list.map((frame) => frame.length)).toEqual([8, 6]);
    }
  });

  it('frames by code streams, without an empty fragment or others before the first one', () => {
    for (const before of [[latin1('')], [latin1(''), latin1('bbbb')]]) {
      const bytes = jpegFile(...image({ frames: '2' }), encapsulated([], [...before, start('a'), start('c')]));
      const [first, second, ...none] = frames(read(bytes));
      const at = (frame = first!) => String.fromCharCode(bytes[frame.offset + 3]!);
      expect([at(first), first!.length, at(second), second!.length, none]).toEqual(['a', 4, 'c', 4, []]);
    }
  });

  it.each([
    ['JPEG 2000', [0xff, 0x4f, 0xff, 0x51]],
    ['JP2', [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a]],
    ['JPEG XL', [0xff, 0x0a, 1, 2]],
    ['JPEG XL box', [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a]],
  ])('knows the start of %s', (_, signature) => {
    const fragments = [Uint8Array.from(signature), latin1('rest'), Uint8Array.from(signature), latin1('rest')];
    expect(frames(read(jpegFile(...image({ frames: '2' }), encapsulated([], fragments))))).toHaveLength(2);
  });

  it('RLE: each fragment is a frame', () => {
    const bytes = part10(RLE, identified([...image({ frames: '4' }), encapsulated([], [latin1('ab'), latin1('cd')])]));
    const parsed = read(bytes);
    expect(spans(bytes, parsed)).toEqual(['ab', 'cd']);
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });

  it('RLE: frames of several fragments, where the Basic Offset Table has each frame', () => {
    const fragments = [latin1('ab'), latin1('cd'), latin1('ef'), latin1('gh')];
    const file = (table: number[]) =>
      part10(RLE, identified([...image({ frames: '2' }), encapsulated(table, fragments)]));
    expect(frames(read(file([0, 20]))).map(({ length }) => length)).toEqual([4, 4]);
    expect(frames(read(file([0, 21]))).map(({ length }) => length)).toEqual([2, 2]);
  });

  it('a video is one stream', () => {
    const syntax = '1.2.840.10008.1.2.4.102';
    const parsed = read(
      part10(syntax, identified([...image({ frames: '100' }), encapsulated([], [latin1('ab'), latin1('cd')])])),
    );
    expect(frames(parsed)).toMatchObject([{ span: 12, length: 4 }]);
    expect(parsed.warnings).toEqual([]);
  });

  it('empty fragments and no fragments', () => {
    const empty = read(jpegFile(...image(), encapsulated([], [new Uint8Array(0)])));
    expect(frames(empty)).toMatchObject([{ length: 0 }]);
    const none = read(jpegFile(...image(), encapsulated([], [])));
    expect(none.layout.pixels).toBeUndefined();
    expect(none.layout.bulk).toMatchObject([['7FE00010', expect.any(Number), 16, 1]]);
    expect(none.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });

  it('the next element is found when the delimiter is missing', () => {
    const value = concat(item(new Uint8Array(0)), item(latin1('ab')));
    const bytes = jpegFile(
      ...image(),
      element(0x7fe00010, 'OB', value, { length: UNDEFINED }),
      element(0xfffcfffc, 'OB', new Uint8Array(2)),
    );
    const parsed = read(bytes);
    expect(spans(bytes, parsed)).toEqual(['ab']);
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'missing-delimiter' }]);
  });

  describe.each([
    ['and its delimiter', Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0), []],
    ['without a delimiter', new Uint8Array(0), ['missing-delimiter']],
    ['and bytes that are no item', new Uint8Array(10), ['missing-delimiter']],
  ])('a value of defined length that consists of items, %s', (_what, end, more) => {
    const value = concat(item(new Uint8Array(0)), item(start('a')), item(start('b')), end);
    const bytes = jpegFile(
      ...image({ frames: '2' }),
      element(0x7fe00010, 'OB', value),
      element(0x7fe10010, 'LO', 'AFTER '),
    );

    it('has the frames of its fragments, and attributes follow it', () => {
      const parsed = read(bytes);
      expect(spans(bytes, parsed)).toEqual([start('a'), start('b')].map((text) => String.fromCharCode(...text)));
      expect(attribute(parsed, '7FE10010')).toBeDefined();
      expect(parsed.warnings.map(({ tag, reason }) => `${tag} ${reason}`)).toEqual(
        ['wrong-encoding', ...more].map((reason) => `7FE00010 ${reason}`),
      );
    });

    it('is native pixel data in a native transfer syntax', () => {
      const native = file(...image(), element(0x7fe00010, 'OW', value));
      expect(read(native).layout.pixels).toMatchObject({ kind: 'native', length: value.length });
    });
  });

  it('an icon is bulk data as a whole', () => {
    const icon = item(concat(...image(), encapsulated([], [latin1('abcd')])));
    const bytes = jpegFile(element(0x00880200, 'SQ', icon), ...image(), encapsulated([], [latin1('efgh')]));
    const parsed = read(bytes);
    expect(spans(bytes, parsed)).toEqual(['efgh']);
    const [path, offset, length] = parsed.layout.bulk![0]!;
    expect([path, length]).toEqual(['00880200/0/7FE00010', 8 + 12 + 8]);
    expect([...bytes.subarray(offset, offset + 4)]).toEqual([0xfe, 0xff, 0x00, 0xe0]);
  });

  it('a bare code stream is served as the only frame, with a warning', () => {
    const bytes = jpegFile(...image(), element(0x7fe00010, 'OB', latin1('abcd')));
    const parsed = read(bytes);
    expect(spans(bytes, parsed)).toEqual(['abcd']);
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'image-attributes' }]);
  });

  it('reads an Extended Offset Table as frames of one fragment', () => {
    const table = [element(0x7fe00001, 'OV', new Uint8Array(16)), element(0x7fe00002, 'OV', new Uint8Array(16))];
    const bytes = jpegFile(...image({ frames: '2' }), ...table, encapsulated([], [latin1('ab'), latin1('cd')]));
    expect(spans(bytes, read(bytes))).toEqual(['ab', 'cd']);
  });

  it('a hundred thousand frames', () => {
    const count = 100_000;
    const value = new Uint8Array(8 + count * 10 + 8);
    value.set(item(new Uint8Array(0)));
    for (let index = 0; index < count; index++) value.set(item(Uint8Array.of(index, index >> 8)), 8 + index * 10);
    value.set(u16([0xfffe, 0xe0dd]), 8 + count * 10);
    const bytes = jpegFile(
      ...image({ frames: String(count) }),
      element(0x7fe00010, 'OB', value, { length: UNDEFINED }),
    );
    const parsed = read(bytes, {}, 65_536);
    expect(parsed.frameTable).toHaveLength(count * 16);
    const { offset } = readFrameEntry(parsed.frameTable!.subarray(54_321 * 16));
    expect([bytes[offset], bytes[offset + 1]]).toEqual([54_321 & 0xff, 54_321 >> 8]);
  });
});
