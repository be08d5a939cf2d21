import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { attributeText, dataSetText, splitDataSet, textsOf } from '../../../../src/dicom/json/json-text';
import { seededRandom } from '../../../support/seeded-random';

const DATA_SET: DicomJson = {
  '30060010': { vr: 'SQ', Value: [{ '30060024': { vr: 'UI', Value: ['1.2'] }, '00080016': { vr: 'UI' } }, {}] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }, null] },
  '00081030': { vr: 'LO', Value: ['a "quote", a \\ at the end \\', '}{][', '\\"', '\u0001\n'] },
  '0009100A': { vr: 'UN', InlineBinary: 'AAA=' },
  '00280010': { vr: 'US', Value: [512, -1.5e-7] },
  '00091009': { vr: 'SQ' },
};

const ORDERED = [
  ...['"00081030"', '"00091009"', '"0009100A"', '"00100010"', '"00280010"'],
  ...['"30060010"', '"00080016"', '"30060024"'],
];

it('PS3.18 F.2.2: writes attributes in the order of tags at every level, even if the tags look like numbers', () => {
  const text = dataSetText(textsOf(DATA_SET));
  expect(JSON.parse(text)).toEqual(DATA_SET);
  expect(text.match(/"[0-9A-F]{8}"/g)).toEqual(ORDERED);
});

it('splits the text of a data set without parsing it', () => {
  const texts = splitDataSet(JSON.stringify(DATA_SET));
  expect(texts).toEqual(textsOf(DATA_SET));
  const text = dataSetText(texts);
  expect(text.match(/"[0-9A-F]{8}"/g)).toEqual(ORDERED);
  expect(JSON.parse(text)).toEqual(DATA_SET);
  expect(splitDataSet(JSON.stringify(DATA_SET, null, 2))).toEqual(texts);
});

it('writes an empty data set as an empty object, which has nothing to split', () => {
  expect(dataSetText(textsOf({}))).toBe('{}');
  expect(splitDataSet('{}').size).toBe(0);
});

it('with a given order, leaves out absent attributes and attributes that the order does not name', () => {
  expect(dataSetText(textsOf(DATA_SET), ['00080005', '00091009', '00280010'])).toBe(
    '{"00091009":{"vr":"SQ"},"00280010":{"vr":"US","Value":[512,-1.5e-7]}}',
  );
});

it('splits data sets whose text values look like the end of an attribute', () => {
  const random = seededRandom(12);
  const pieces = ['},"', '00100020":{', '":{', '","', '\\', '"', '}', '{', ',', '0010', '00100010', '],"Value":[', 'a'];
  const text = () => Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('');
  for (let n = 0; n < 2000; n += 1) {
    const dataSet: DicomJson = {
      '00080005': { vr: 'CS', Value: [text(), text()] },
      '00081030': { vr: 'LO' },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: text(), Ideographic: text() }, { Phonetic: text() }] },
      '00101002': { vr: 'SQ', Value: [{ '00100020': { vr: 'LO', Value: [text()] } }] },
      '00104000': { vr: 'LT', Value: [text()] },
    };
    const expected = Object.entries(dataSet).map(([tag, attribute]) => [tag, JSON.stringify(attribute)]);
    expect([...splitDataSet(JSON.stringify(dataSet))]).toEqual(expected);
  }
});

describe('negative zero', () => {
  it('is kept in every text of an attribute', () => {
    const numbers = '{"vr":"FD","Value":[-0,0,null,-1]}';
    expect(attributeText(JSON.parse(numbers))).toBe(numbers);
    const sequence = `{"vr":"SQ","Value":[{"00189073":${numbers}}]}`;
    expect(attributeText(JSON.parse(sequence))).toBe(sequence);
    const dataSet = `{"00081140":${sequence},"00189073":${numbers}}`;
    expect(dataSetText(splitDataSet(dataSet))).toBe(dataSet);
  });
});
