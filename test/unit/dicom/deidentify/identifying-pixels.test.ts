import { describe, expect, it } from 'vitest';
import { identifyingPixels } from '../../../../src/dicom/deidentify/identifying-pixels';
import type { DicomJson } from '../../../../src/dicom/json/json-model';

const text = (vr: string, ...Value: string[]) => ({ vr, Value });
const image = (change: DicomJson = {}): DicomJson => ({
  '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2'),
  '00080060': text('CS', 'CT'),
  '00280010': { vr: 'US', Value: [16] },
  '7FE00010': { vr: 'OW', BulkDataURI: '/bulkdata/7FE00010' },
  ...change,
});
const cleaned = {
  '00120064': { vr: 'SQ', Value: [{ '00080100': text('SH', '113101'), '00080102': text('SH', 'DCM') }] },
};
const sop = (end: string) => ({ '00080016': text('UI', `1.2.840.10008.5.1.4.1.1.${end}`) });

describe('PS3.15 E.1.1: images that may identify the patient', () => {
  it.each<[string, DicomJson]>([
    ['Burned In Annotation YES', image({ '00280301': text('CS', 'YES') })],
    ['Recognizable Visual Features YES', image({ '00280302': text('CS', 'YES') })],
    ['that, after cleaning', image({ ...cleaned, '00280301': text('CS', 'YES') })],
    ...['US', 'ES', 'XC', 'SC', 'OT', 'us '].map((modality): [string, DicomJson] => [
      modality,
      image({ '00080060': text('CS', modality), '00280301': text('CS', 'NO') }),
    ]),
    ...['7', '7.2', '6.1', '3.1', '77.1.1', '77.1.4', '77.1.4.1'].map((end): [string, DicomJson] => [
      end,
      image(sop(end)),
    ]),
    ['a digitized film', image({ '00080064': text('CS', 'DF') })],
    ['a label', image({ ...sop('77.1.6'), '00080008': text('CS', 'ORIGINAL', 'PRIMARY', 'LABEL', 'NONE') })],
    ['a screen', image({ '00080008': text('CS', 'DERIVED', 'SECONDARY', 'SCREEN SAVE') })],
    ['a voice', sop('9.4.1')],
    ['a document', { '00420011': { vr: 'OB', BulkDataURI: '/bulkdata/00420011' } }],
  ])('%s', (_, dataSet) => expect(identifyingPixels(dataSet)).toMatch(/^it/));

  it.each<[string, DicomJson]>([
    ['a CT image', image()],
    ['a CR image', image({ ...sop('1'), '00080060': text('CS', 'CR') })],
    ['a whole slide', image({ ...sop('77.1.6'), '00080008': text('CS', 'ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE') })],
    ['cleaned ultrasound', image({ ...cleaned, ...sop('6.1'), '00080060': text('CS', 'US') })],
    ['a report of ultrasound, which has no pixels', { ...sop('88.33'), '00080060': text('CS', 'US') }],
  ])('not %s', (_, dataSet) => expect(identifyingPixels(dataSet)).toBeUndefined());
});
