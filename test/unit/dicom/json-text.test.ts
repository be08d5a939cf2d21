import { expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json-model';
import { dataSetText } from '../../../src/dicom/json-text';

const DATA_SET: DicomJson = {
  '30060010': { vr: 'SQ', Value: [{ '30060024': { vr: 'UI', Value: ['1.2'] }, '00080016': { vr: 'UI' } }, {}] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }] },
  '0009100A': { vr: 'UN', InlineBinary: 'AAA=' },
  '00091009': { vr: 'SQ' },
};

it('PS3.18 F.2.2: attributes in the order of their tags, also those that look like numbers, on every level', () => {
  const text = dataSetText(DATA_SET);
  expect(JSON.parse(text)).toEqual(DATA_SET);
  expect(text.match(/"[0-9A-F]{8}"/g)).toEqual([
    ...['"00091009"', '"0009100A"', '"00100010"', '"30060010"', '"00080016"', '"30060024"'],
  ]);
});

it('an empty data set is an empty object', () => expect(dataSetText({})).toBe('{}'));
