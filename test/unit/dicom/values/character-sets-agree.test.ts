import { expect, it } from 'vitest';
import { textDecoder } from '../../../../gateway/src/dicom/character-sets.mjs';
import { characterSetOf } from '../../../../src/dicom/values/character-sets';
import { decodeText } from '../../../../viewer/upload/files/character-sets.mjs';

const ESCAPE = 0x1b;

function bytesFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Characters of rows of a set of 94 rows of 94 characters. */
function rows(first: number, last: number): number[][] {
  return bytesFrom(first, last).map((row) => bytesFrom(1, 94).flatMap((cell) => [row + 0xa0, cell + 0xa0]));
}

/** A text that an escape sequence puts into the lower half, and ASCII after it. */
function kanji(sequence: string, text: readonly number[]): number[] {
  return [...[ESCAPE, ...Buffer.from(sequence)], ...text.map((byte) => byte & 0x7f), ...[ESCAPE, ...Buffer.from('(B')]];
}

/** The defined terms of PS3.3 C.12.1.1.2, each with texts of characters that its set assigns. */
const SETS: readonly [term: string, texts: number[][]][] = [
  ...[100, 101, 110, 144, 148, 203].map((number): [string, number[][]] => [
    `ISO_IR ${number}`,
    [bytesFrom(0xa1, 0xff)],
  ]),
  ['ISO_IR 109', [bytesFrom(0xc4, 0xcf)]],
  ['ISO_IR 126', [bytesFrom(0xe1, 0xfe)]],
  ['ISO_IR 127', [bytesFrom(0xe0, 0xf2)]],
  ['ISO_IR 138', [bytesFrom(0xe0, 0xfa)]],
  ['ISO_IR 166', [bytesFrom(0xa1, 0xda)]],
  ['ISO_IR 13', [bytesFrom(0xa1, 0xdf)]],
  ['ISO_IR 192', [[...new TextEncoder().encode('Äp 王小东')]]],
  // The first level of hanzi of GB 2312-80 is in rows 16 to 55, without the last cells of row 55; of KS X 1001, hangul is in rows 16 to 40.
  ['GB18030', rows(16, 54)],
  ['GBK', rows(16, 54)],
  ['ISO 2022 IR 58', rows(16, 54).map((text) => [ESCAPE, ...Buffer.from('$)A'), ...text])],
  ['ISO 2022 IR 149', rows(16, 40).map((text) => [ESCAPE, ...Buffer.from('$)C'), ...text])],
  // Of JIS X 0208, the first level of kanji is in rows 16 to 47; row 47 is not full.
  ['ISO 2022 IR 87', rows(16, 46).map((text) => kanji('$B', text))],
  // Of JIS X 0212, all rows from 16 to 76 are full.
  ['ISO 2022 IR 159', rows(16, 76).map((text) => kanji('$(D', text))],
];

it.each(SETS)('archive, upload page and gateway read %s alike', (term, texts) => {
  const value = term.startsWith('ISO 2022') ? `\\${term}` : term;
  for (const text of texts) {
    const bytes = Uint8Array.from(text);
    const right = characterSetOf(value).decode(bytes, 0, bytes.length, false, true);
    expect(right).not.toMatch(/[\ufffd\u001b]/);
    expect(decodeText(bytes, value, false)).toBe(right.trim());
    expect(textDecoder(value.split('\\'))(Buffer.from(bytes))).toBe(right);
  }
});

it('GB 2312 is read as the part of GB 18030 that it is, from its first hanzi to its last one', () => {
  const pairs = [
    [0xb0, 0xa1, '啊'],
    [0xd7, 0xf9, '座'],
    [0xd8, 0xa1, '亍'],
    [0xf7, 0xfe, '齄'],
    // Not in GB 2312, but files have it.
    [0xa2, 0xe3, '€'],
  ] as const;
  for (const [row, cell, character] of pairs) {
    const bytes = Uint8Array.of(ESCAPE, ...Buffer.from('$)A'), row, cell);
    const value = '\\ISO 2022 IR 58';
    expect(characterSetOf(value).decode(bytes, 0, bytes.length, false, true)).toBe(character);
    expect(decodeText(bytes, value, false)).toBe(character);
    expect(textDecoder(value.split('\\'))(Buffer.from(bytes))).toBe(character);
  }
});
