import { describe, expect, it } from 'vitest';
import { InstanceReader } from '../../src/dicom/instance/instance-reader';
import { chunksOf, part10File } from '../../src/dicom/part10/part10-writer';
import { readDicomXml } from '../../src/dicom/xml/xml-reader';
import { xmlText } from '../../src/dicom/xml/xml-text';
import { dicomXml } from '../../src/dicom/xml/xml-writer';

const DATA_SET = {
  '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
  '00080018': { vr: 'UI', Value: ['1.2.3.4'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müller^Änne', Ideographic: '山田' }] },
  '0020000D': { vr: 'UI', Value: ['1.2.3.5'] },
  '0020000E': { vr: 'UI', Value: ['1.2.3.6'] },
  '7FE00010': { vr: 'OW', BulkDataURI: 'pixels' },
};

describe('the Native DICOM Model in the runtime', () => {
  it('becomes a file with the same attributes', async () => {
    const dataSet = readDicomXml(xmlText(new TextEncoder().encode(dicomXml(DATA_SET))));
    expect(dataSet).toEqual(DATA_SET);
    const file = part10File(dataSet, {
      transferSyntaxUID: '1.2.840.10008.1.2.1',
      bulk: (uri) => (uri === 'pixels' ? [{ length: 3, open: () => new Blob(['abc']).stream() }] : undefined),
    });
    const reader = new InstanceReader();
    let length = 0;
    for await (const chunk of chunksOf(file.parts)) {
      length += chunk.length;
      reader.push(chunk);
    }
    expect(length).toBe(file.length);
    const elements = reader.end().elements;
    expect(JSON.parse(elements.get('00100010')!)).toEqual(DATA_SET['00100010']);
    expect(JSON.parse(elements.get('00080005')!)).toEqual({ vr: 'CS', Value: ['ISO_IR 192'] });
  });

  it('is refused when it is not XML', () => {
    expect(() => readDicomXml('<!DOCTYPE a><NativeDicomModel/>')).toThrow('the document declares a document type');
    expect(() => readDicomXml('<NativeDicomModel>')).toThrow('the document is not XML');
  });
});
