import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { documentTypeOfClass, encapsulatedDocument } from '../../../../src/dicom/reports/encapsulated-document';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';
const attribute = { vr: 'OB', BulkDataURI: 'https://pacs.example.org/bulkdata/00420011' };

function document(more: DicomJson): DicomJson {
  return { '00080016': { vr: 'UI', Value: [`${STORAGE}104.2`] }, '00420011': attribute, ...more };
}

describe('an encapsulated document (PS3.3 C.24.2)', () => {
  it('has the type that it names, otherwise that of its class, otherwise octets', () => {
    for (const [named, mediaType] of [
      ['application/pdf', 'application/pdf'],
      [' Text/XML; charset=utf-8', 'text/xml'],
      ['model/gltf+json', 'model/gltf+json'],
      ['pdf', 'text/xml'],
      ['text/html\r\nX-Header: 1', 'text/xml'],
      ['', 'text/xml'],
    ] as const) {
      expect(encapsulatedDocument(document({ '00420012': { vr: 'LO', Value: [named] } }))).toEqual({
        mediaType,
        attribute,
      });
    }
    expect(encapsulatedDocument({ '00420011': attribute })?.mediaType).toBe('application/octet-stream');
    expect(encapsulatedDocument({ '00420012': { vr: 'LO', Value: ['application/pdf'] } })).toBeUndefined();
  });

  it('is as long as it says', () => {
    for (const [value, length] of [
      [12345, 12345],
      [0, 0],
      [-1, undefined],
      [1.5, undefined],
    ] as const) {
      expect(encapsulatedDocument(document({ '00420015': { vr: 'UL', Value: [value] } }))?.length).toBe(length);
    }
    expect(encapsulatedDocument(document({ '00420015': { vr: 'UL' } }))).toEqual({ mediaType: 'text/xml', attribute });
  });

  it('has the type of its SOP class', () => {
    const types = [1, 2, 3, 4, 5, 6].map((n) => documentTypeOfClass(`${STORAGE}104.${n}`));
    expect(types).toEqual(['application/pdf', 'text/xml', 'model/stl', 'model/obj', 'model/mtl', undefined]);
  });
});
