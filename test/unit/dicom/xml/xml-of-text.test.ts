import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { dicomXmlOfText } from '../../../../src/dicom/xml/xml-of-text';
import { dicomXml } from '../../../../src/dicom/xml/xml-writer';

const text = (length: number): string => 'x'.repeat(length);

/** Long enough to be split, both as a whole and in two of its sequences. */
const LONG: DicomJson = {
  '00080000': { vr: 'UL', Value: [1] },
  '00081032': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['"}{\\'] } }] },
  '00090010': { vr: 'LO', Value: ['ACME "1"'] },
  '00091001': { vr: 'UT', Value: [text(70_000)] },
  '00091101': { vr: 'SQ' },
  '52009230': {
    vr: 'SQ',
    Value: [
      { '00090011': { vr: 'LO', Value: ['Inner'] }, '00091102': { vr: 'LT', Value: ['a\n<b>', text(40_000)] } },
      {},
      null,
      {
        '00091003': { vr: 'SQ', Value: [{ '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A^B' }] } }] },
        '00101010': { vr: 'AS', Value: [text(70_000)] },
      },
    ],
  },
  '7FE00010': { vr: 'OW', BulkDataURI: 'https://pacs.example.org/?a&b' },
};

describe('an XML document written from JSON text (PS3.19 A.1.5)', () => {
  it('is the same as the document written from the data set', () => {
    for (const dataSet of [LONG, {}, { '00100020': { vr: 'LO', Value: ['1'] } }, { '52009230': LONG['52009230']! }]) {
      expect([...dicomXmlOfText(JSON.stringify(dataSet))].join('')).toBe(dicomXml(dataSet));
    }
    expect([...dicomXmlOfText(JSON.stringify(LONG, null, 1))].join('')).toBe(dicomXml(LONG));
  });

  it('comes in pieces of a bounded size, whatever its length', () => {
    const item = { '00209111': { vr: 'SQ', Value: [{ '00209157': { vr: 'UL', Value: [1, 2, 3] } }] } };
    const dataSet: DicomJson = { '52009230': { vr: 'SQ', Value: Array.from({ length: 20_000 }, () => item) } };
    let longest = 0;
    let length = 0;
    for (const piece of dicomXmlOfText(JSON.stringify(dataSet))) {
      longest = Math.max(longest, piece.length);
      length += piece.length;
    }
    expect(length).toBe(dicomXml(dataSet).length);
    expect(longest).toBeLessThan(1000);
  });
});
