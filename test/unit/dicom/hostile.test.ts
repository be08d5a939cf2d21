import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { InstanceReader, type ParsedInstance, type ReaderLimits } from '../../../src/dicom/instance/instance-reader';
import { bytesCopied } from '../../support/platform/counted-work';
import { concat, element, file, image, item, jpegFile, latin1, UNDEFINED, u16, u32 } from './build';

/** How often each byte of a file may be copied or decoded on its way, on average. */
const COPIES = 2;

const PIECE = 65_536;

/** Yields a piece `count` times. */
function* repeated(piece: Uint8Array, count: number): Generator<Uint8Array> {
  const each = Math.max(1, Math.floor(PIECE / piece.length));
  const many = new Uint8Array(each * piece.length);
  for (let index = 0; index < each; index++) many.set(piece, index * piece.length);
  for (let left = count; left > 0; left -= each) yield left >= each ? many : many.subarray(0, left * piece.length);
}

/** Reads a file that comes in pieces, with work in proportion to its length. */
function outcome(limits: Partial<ReaderLimits>, ...parts: Iterable<Uint8Array>[]): ParsedInstance | string {
  let length = 0;
  const { result, copied } = bytesCopied(() => {
    try {
      const reader = new InstanceReader(limits);
      for (const part of parts) {
        for (const piece of part) {
          length += piece.length;
          for (let at = 0; at < piece.length; at += PIECE) reader.push(piece.subarray(at, at + PIECE));
        }
      }
      return reader.end();
    } catch (error) {
      if (error instanceof DicomError) return error.code;
      throw error;
    }
  });
  expect(copied).toBeLessThan(COPIES * length + PIECE);
  return result;
}

const open = (content: Uint8Array): Uint8Array => item(content, { undefined: true });
const SEQUENCE = file(element(0x00400260, 'SQ', new Uint8Array(0), { length: UNDEFINED }));
const DELIMITER = concat(u16([0xfffe, 0xe0dd]), u32([0]));
const MEGABYTES = 1_000_000;

describe('input that costs more to read than to send', () => {
  it('a length without the bytes reserves no memory', () => {
    for (const vr of ['UT', 'UN', 'OB', 'SQ']) {
      const parsed = outcome({}, [file(element(0x00420011, vr, new Uint8Array(10), { length: 0xfffffffe }))]);
      expect(parsed).toMatchObject({ sopInstanceUID: '1.2.3.4' });
    }
  });

  it('elements without values are counted', () => {
    const tags = Array.from({ length: 60_000 }, (_, index) => element(0x00430010 + index, 'SH', ''));
    const groups = Array.from({ length: 12 }, (_, index) => {
      const group = concat(...tags);
      for (let at = 0; at < group.length; at += 8) group[at] = 0x43 + 2 * index;
      return group;
    });
    expect(outcome({}, [file()], groups)).toBe('too-large');
  });

  it.each([
    ['items without attributes', SEQUENCE, open(new Uint8Array(0))],
    ['duplicates', file(element(0x00420010, 'ST', 'x')), element(0x00420010, 'ST', '')],
    ['unreadable sequences', file(), element(0x00430010, 'SQ', item(latin1('12345678')))],
    ['numbers of two bytes', SEQUENCE, item(element(0x00080100, 'DS', '1\\'.repeat(32_000)))],
    ['text that JSON escapes', SEQUENCE, item(element(0x00080100, 'ST', '\u0001'.repeat(60_000)))],
    ['backslashes', SEQUENCE, item(element(0x00080100, 'LO', '\\'.repeat(60_000)))],
  ])('%s are counted', (_, start, piece) => {
    expect(outcome({}, [start], repeated(piece, (40 * MEGABYTES) / piece.length))).toBe('too-large');
  });

  it.each([
    ['group lengths', file(), element(0x00430000, 'UL', u32([4]))],
    ['delimiters that close nothing', file(), DELIMITER],
    ['stray items', file(), item(new Uint8Array(0))],
  ])('%s leave nothing behind', (_, start, piece) => {
    const parsed = outcome({}, [start], repeated(piece, (16 * MEGABYTES) / piece.length)) as ParsedInstance;
    expect(parsed.json.length).toBeLessThan(500);
    expect(parsed.warnings.length).toBeLessThan(2);
  });

  it.each([
    ['digits that do not form a number', '00080100', 'DS', `${'1'.repeat(65_000)}x`],
    ['digits that do not form an integer', '00080100', 'IS', `${'1'.repeat(65_000)}x`],
    ['a name of nothing but delimiters', '00080100', 'PN', '='.repeat(65_000)],
    ['a UID of nothing but dots', '00080100', 'UI', '.'.repeat(65_000)],
    ['character sets without end', '00080005', 'CS', '\\ISO_IR 100'.repeat(5000)],
  ])('%s are read fast', (_, tag, vr, value) => {
    const piece = item(element(Number.parseInt(tag, 16), vr, value));
    const parsed = outcome(
      { maxMetadataCharacters: Number.MAX_SAFE_INTEGER },
      [SEQUENCE],
      repeated(piece, 150),
    ) as ParsedInstance;
    expect(parsed.warnings).toContainEqual(expect.objectContaining({ tag }));
  });

  it('text that switches its character set at each character is read fast', () => {
    const text = element(0x00080104, 'LO', '\u001b$B0!\u001b(B\xe9'.repeat(6500));
    const piece = item(concat(element(0x00080005, 'CS', '\\ISO 2022 IR 87'), text));
    expect(outcome({}, [SEQUENCE], repeated(piece, 150), [DELIMITER])).toMatchObject({ sopInstanceUID: '1.2.3.4' });
  });
});

describe('sequences', () => {
  it('nested ten thousand deep are refused, or read in time where they are allowed', () => {
    const nested = concat(
      element(0x00400260, 'SQ', new Uint8Array(0), { length: UNDEFINED }),
      u16([0xfffe, 0xe000]),
      u32([UNDEFINED]),
    );
    expect(outcome({}, [file()], repeated(nested, 10_000))).toBe('too-large');
    expect(outcome({ maxDepth: 20_000 }, [file()], repeated(nested, 10_000))).toMatchObject({
      sopInstanceUID: '1.2.3.4',
    });
  });

  it('nested with defined lengths around a broken one are given up one by one, in time', () => {
    let value: Uint8Array = latin1('12345678');
    for (let depth = 0; depth < 250; depth++) value = element(0x00400260, 'SQ', item(value));
    expect(outcome({}, [file(value)])).toMatchObject({
      warnings: expect.arrayContaining([{ tag: '00400260', reason: 'unreadable' }]),
    });
  });
});

describe('pixel data', () => {
  const begin = (frames: string): Uint8Array =>
    jpegFile(...image({ frames }), element(0x7fe00010, 'OB', new Uint8Array(0), { length: UNDEFINED }));
  const fragment = item(Uint8Array.of(1, 2));

  it('of a million frames takes sixteen bytes for each frame', () => {
    const start = [begin('1000000'), item(new Uint8Array(0))];
    const parsed = outcome({}, start, repeated(fragment, 1_000_000), [DELIMITER]) as ParsedInstance;
    expect(parsed.frameTable).toHaveLength(16_000_000);
    expect(outcome({}, start, repeated(fragment, 1_000_001), [DELIMITER])).toBe('too-large');
  });

  it('keeps no offset table for more', () => {
    const table = concat(u16([0xfffe, 0xe000]), u32([400_000_000]));
    const start = [begin('1'), table];
    const parsed = outcome({}, start, repeated(new Uint8Array(PIECE), 400)) as ParsedInstance;
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });
});
