import { describe, expect, it } from 'vitest';
import { CodecError } from '../../../../../src/imaging/codec';
import { jpegHeader } from '../../../../../src/imaging/codecs/jpeg/jpeg-markers';

const SOI = [0xff, 0xd8];
const SOS = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
const GREY = [0xff, 0xc1, 0, 11, 12, 0, 5, 1, 2, 1, 9, 0x11, 0];
const COLOUR = [0xff, 0xc0, 0, 17, 8, 0, 5, 0, 7, 3, 1, 0x21, 0, 2, 0x11, 1, 3, 0x11, 1];
const ADOBE = [0xff, 0xee, 0, 14, ...text('Adobe'), 0, 100, 0, 0, 0, 0, 1];
const JFIF = [0xff, 0xe0, 0, 16, ...text('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0];

describe('jpegHeader', () => {
  it('reads a frame of one component', () => {
    expect(jpegHeader(bytes(SOI, GREY, SOS))).toEqual({
      process: 1,
      precision: 12,
      rows: 5,
      columns: 258,
      components: [{ id: 9, horizontal: 1, vertical: 1, quantization: 0 }],
      jfif: false,
    });
  });

  it('reads sampling factors, Adobe and JFIF', () => {
    const header = jpegHeader(bytes(SOI, JFIF, ADOBE, COLOUR, SOS));
    expect(header).toMatchObject({ process: 0, jfif: true, adobeTransform: 1 });
    expect(header.components.map(({ id, horizontal, vertical }) => [id, horizontal, vertical])).toEqual([
      [1, 2, 1],
      [2, 1, 1],
      [3, 1, 1],
    ]);
  });

  it('recognises lossless JPEG and JPEG-LS by their markers', () => {
    expect(jpegHeader(bytes(SOI, [0xff, 0xc3, ...GREY.slice(2)], SOS)).process).toBe(3);
    expect(jpegHeader(bytes(SOI, [0xff, 0xf7, ...GREY.slice(2)], SOS)).process).toBe(55);
  });

  it('skips fill bytes, other segments and bytes that are not markers', () => {
    const comment = [0xff, 0xfe, 0, 6, 0xff, 0xc0, 0xff, 0xda];
    expect(jpegHeader(bytes(SOI, [0xff, 0xff], comment, [0, 1, 2, 0xff], GREY, SOS)).columns).toBe(258);
  });

  it('returns 0 rows when only DNL gives the number', () => {
    const header = jpegHeader(bytes(SOI, [...GREY.slice(0, 5), 0, 0, ...GREY.slice(7)], SOS));
    expect(header.rows).toBe(0);
  });

  it.each([
    ['nothing', []],
    ['no start', [...GREY, ...SOS]],
    ['no scan', [...SOI, ...GREY]],
    ['no frame', [...SOI, ...SOS]],
    ['an end before the scan', [...SOI, ...GREY, 0xff, 0xd9, ...SOS]],
    ['a truncated marker', [...SOI, ...GREY.slice(0, 8)]],
    ['a length of 1', [...SOI, 0xff, 0xc1, 0, 1, ...GREY.slice(4), ...SOS]],
    ['more components than fit', [...SOI, ...GREY.slice(0, 9), 200, ...GREY.slice(10), ...SOS]],
    ['no columns', [...SOI, ...GREY.slice(0, 7), 0, 0, ...GREY.slice(9), ...SOS]],
    ['no sampling', [...SOI, ...GREY.slice(0, 11), 0x10, 0, ...SOS]],
  ])('refuses %s', (_, codeStream) => {
    expect(() => jpegHeader(bytes(codeStream))).toThrow(
      expect.objectContaining({ name: 'CodecError', reason: 'malformed' }),
    );
    expect(() => jpegHeader(bytes(codeStream))).toThrow(CodecError);
  });
});

function bytes(...parts: readonly number[][]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

function text(characters: string): number[] {
  return [...characters].map((character) => character.charCodeAt(0));
}
