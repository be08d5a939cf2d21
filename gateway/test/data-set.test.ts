import { expect, test } from 'vitest';
import { type SeededRandom, seededRandom } from '../../test/support/seeded-random.ts';
import { textDecoder } from '../src/dicom/character-sets.mjs';
import { type DataSet, readDataSet, UnreadableDataSet } from '../src/dicom/data-set-reader.mjs';
import { type JSONDataSet, writeDataSet } from '../src/dicom/data-set-writer.mjs';
import { implicitFromExplicit } from '../src/retrieve/implicit-stream.mjs';
import { openPart10 } from '../src/retrieve/part10-stream.mjs';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

const DATA_SET: JSONDataSet = {
  '00080018': { vr: 'UI', Value: ['1.2.3'] },
  '00081115': {
    vr: 'SQ',
    Value: [{ '0020000E': { vr: 'UI', Value: ['1.2'] }, '00081199': { vr: 'SQ', Value: [{}] } }, {}],
  },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }, { Phonetic: 'x' }] },
  '00100020': { vr: 'LO', Value: ['a', null, 'b'] },
  '00200013': { vr: 'IS', Value: [7, '12'] },
  '00280010': { vr: 'US', Value: [512, 65535] },
  '00280106': { vr: 'SS', Value: [-2] },
  '00281050': { vr: 'DS', Value: [40.5] },
  '00720026': { vr: 'AT', Value: ['00100020'] },
  '00189074': { vr: 'FD', Value: [0.25] },
  '00081163': { vr: 'SV', Value: ['-9007199254740993'] },
  '00091001': { vr: 'UN', InlineBinary: 'AQI=' },
  '7FE00010': { vr: 'OW', Value: [] },
};

const texts = (dataSet: DataSet, tag: number) => dataSet.get(tag)!.value.toString('utf8');

test('what is written is read, in explicit and implicit VR', () => {
  for (const syntax of [EXPLICIT, IMPLICIT]) {
    const dataSet = readDataSet(writeDataSet(DATA_SET, syntax), syntax);
    expect([...dataSet.keys()]).toEqual([...dataSet.keys()].sort((one, other) => one - other));
    expect(texts(dataSet, 0x00080005)).toBe('ISO_IR 192');
    expect(texts(dataSet, 0x00080018)).toBe('1.2.3\0');
    expect(texts(dataSet, 0x00100010)).toBe('Yamada^Tarou=山田^太郎\\==x');
    expect(texts(dataSet, 0x00100020)).toBe('a\\\\b');
    expect(texts(dataSet, 0x00200013)).toBe('7\\12');
    expect(texts(dataSet, 0x00281050)).toBe('40.5');
    expect(dataSet.get(0x00280010)!.value).toEqual(Buffer.from([0, 2, 255, 255]));
    expect(dataSet.get(0x00280106)!.value.readInt16LE()).toBe(-2);
    expect(dataSet.get(0x00720026)!.value).toEqual(Buffer.from([0x10, 0, 0x20, 0]));
    expect(dataSet.get(0x00189074)!.value.readDoubleLE()).toBe(0.25);
    expect(dataSet.get(0x00081163)!.value.readBigInt64LE()).toBe(-9007199254740993n);
    expect(dataSet.get(0x00091001)!.value).toEqual(Buffer.from([1, 2]));
    expect(dataSet.get(0x7fe00010)!.value.length).toBe(0);
    const [item, empty] = dataSet.get(0x00081115)!.items!;
    expect([texts(item!, 0x0020000e), item!.get(0x00081199)?.items?.length, empty?.size]).toEqual(['1.2\0', 1, 0]);
  }
  expect(
    readDataSet(writeDataSet({ '00100020': { vr: 'LO', Value: ['x'] } }, EXPLICIT), EXPLICIT).has(0x00080005),
  ).toBe(false);
});

test('a list that is too long for the short form is of unknown VR', () => {
  const uids = Array.from({ length: 2000 }, (_, at) => `1.2.826.0.1.3680043.8.498.1234567890123456789.${at}`);
  const list = { '00080058': { vr: 'UI', Value: uids } };
  const element = readDataSet(writeDataSet(list, EXPLICIT), EXPLICIT).get(0x00080058)!;
  expect([element.vr, element.value.toString().replace(/\0$/, '').split('\\')]).toEqual(['UN', uids]);
});

test('texts of requests in their character sets', () => {
  const decode = (terms: string[], bytes: number[]) => textDecoder(terms)(Buffer.from(bytes));
  expect(decode(['ISO_IR 100'], [0xc4, 0x70])).toBe('Äp');
  expect(decode(['ISO_IR 144'], [0xbb, 0xee])).toBe('Лю');
  expect(decode(['ISO_IR 192'], [...Buffer.from('Äp')])).toBe('Äp');
  expect(decode(['', 'ISO 2022 IR 87'], [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x45, 0x44, 0x1b, 0x28, 0x42])).toBe('山田');
  expect(decode(['', 'ISO 2022 IR 149'], [0x1b, 0x24, 0x29, 0x43, 0xb1, 0xe8])).toBe('김');
  expect(decode(['ISO 2022 IR 100'], [0xc4])).toBe('Ä');
  // PS3.5 H.3.2: half-width Katakana needs no escape sequence, and is there again after each delimiter.
  const katakana = 'd4cfc0de5ec0dbb33d1b2442 3b3345441b284a5e1b2442 4240 4f3a1b284a3dd4';
  const bytes = [...Buffer.from(katakana.replaceAll(' ', ''), 'hex')];
  expect(decode(['ISO 2022 IR 13', 'ISO 2022 IR 87'], bytes)).toBe('ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=ﾔ');
  expect(decode(['ISO 2022 IR 13', 'ISO 2022 IR 87'], [0xd4, 0x2a])).toBe('ﾔ*');
  expect(decode(['', 'ISO 2022 IR 159'], [0x1b, 0x24, 0x28, 0x44, 0x30, 0x21, 0x1b, 0x28, 0x42])).toBe('丂');
  // Two sets of single bytes in one text.
  const mixed = [0xc4, 0x3d, 0x1b, 0x2d, 0x4c, 0xbb, 0x3d, 0xc4];
  expect(decode(['ISO 2022 IR 100', 'ISO 2022 IR 144'], mixed)).toBe('Ä=Л=Ä');
  expect(decode(['ISO 2022 IR 100', 'ISO 2022 IR 144'], [0xc4])).toBe('Ä');
  // Without a character set: as it can be.
  expect(decode([''], [...Buffer.from('Äp')])).toBe('Äp');
  expect(decode([''], [0xc4, 0x70])).toBe('Äp');
});

test('broken data sets end with one error, whatever they say', async () => {
  const random = seededRandom(8);
  for (const syntax of [EXPLICIT, IMPLICIT]) {
    const whole = writeDataSet(DATA_SET, syntax);
    for (let round = 0; round < 2000; round++) {
      const bytes = broken(whole, random);
      try {
        readDataSet(bytes, syntax);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableDataSet);
      }
      const file = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), bytes]);
      const outcome = await passed(file).catch((error: Error) => error.message);
      expect(typeof outcome).toMatch(/number|string/);
    }
  }
});

function broken(whole: Buffer, random: SeededRandom): Buffer {
  const bytes = Buffer.from(whole.subarray(0, random.below(3) === 0 ? random.below(whole.length) : whole.length));
  for (let faults = 1 + random.below(4); faults > 0 && bytes.length > 0; faults--) {
    bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0xfe, 0xff, random.below(256)]);
  }
  return bytes;
}

/** The length of what the streams make of a file. */
async function passed(file: Buffer): Promise<number> {
  const { dataSet } = await openPart10(
    (async function* () {
      for (let at = 0; at < file.length; at += 50) yield file.subarray(at, at + 50);
    })(),
  );
  let length = 0;
  for await (const piece of implicitFromExplicit(dataSet)) length += piece.length;
  return length;
}
