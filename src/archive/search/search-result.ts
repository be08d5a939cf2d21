import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { attributeText, dataSetText, textsOf } from '../../dicom/json/json-text';
import type { SearchRow } from '../rows';
import { VALUED } from './answer-tables';
import { privateAttributes } from './private-attributes';
import type { Answer } from './search-answer';
import { TAG } from './search-keys';
import type { Match } from './search-query';
import { valueMatches } from './value-matches';

/**
 * One result as DICOM JSON text.
 * @param baseURI of the DICOMweb root
 * @param metadata of the instance, when the response needs it and it is there
 */
export function resultText(row: SearchRow, answer: Answer, baseURI: string, metadata?: DicomJson): string {
  if (isPlain(row, answer, metadata)) return plainText(row, answer, baseURI);
  const found = new Map(wholeOf(row, answer, metadata));
  for (const [tag, empty] of answer.attributes) {
    // When two levels have the same attribute, the lower level's is returned.
    const text =
      row.instance?.get(tag) ?? textOf(metadata?.[tag]) ?? row.series?.get(tag) ?? row.study?.get(tag) ?? empty;
    // Empty text: the attribute has a value that the index does not keep. An attribute without a value would deny that.
    if (text) found.set(tag, text);
    else if (text === '') found.delete(tag);
  }
  for (const [tag, matches] of answer.itemKeys) rewrite(found, tag, (sequence) => matchingItems(sequence, matches));
  rewrite(found, TAG.requestAttributesSequence, withRequired);
  for (const tag of VALUED) {
    const text = found.get(tag);
    if (text === undefined) continue;
    const valued = withValue(text);
    if (valued === undefined) found.delete(tag);
    else found.set(tag, valued);
  }
  if (metadata !== undefined) {
    for (const [tag, text] of textsOf(privateAttributes(metadata, answer))) found.set(tag, text);
  }
  for (const [tag, text] of identifiers(row, baseURI)) found.set(tag, text);
  return dataSetText(found, answer.unforeseen ? undefined : answer.order);
}

/** Whether a result needs only what the index keeps, in the order of its tags: most results do. */
function isPlain(row: SearchRow, { unforeseen, itemKeys }: Answer, metadata: DicomJson | undefined): boolean {
  const requested = row.series?.has(TAG.requestAttributesSequence) ?? false;
  return !unforeseen && metadata === undefined && itemKeys.size === 0 && !requested;
}

/** The text of such a result: the texts of its attributes one after the other. */
function plainText(row: SearchRow, { attributes, order }: Answer, baseURI: string): string {
  const own = new Map(identifiers(row, baseURI));
  let text = '';
  for (const tag of order) {
    const kept = () => row.instance?.get(tag) ?? row.series?.get(tag) ?? row.study?.get(tag) ?? attributes.get(tag);
    const stored = own.get(tag) ?? (attributes.has(tag) ? kept() : undefined);
    const attribute = stored && VALUED.has(tag) ? withValue(stored) : stored;
    // Empty: the attribute has a value that the index does not keep.
    if (attribute) text += `${text === '' ? '' : ','}"${tag}":${attribute}`;
  }
  return `{${text}}`;
}

function wholeOf(row: SearchRow, { all }: Answer, metadata: DicomJson | undefined): Iterable<[string, string]> {
  if (!all) return [];
  const { study = [], series = [], instance = [] } = row;
  // The lowest level is the last one, and counts.
  const kept = [...study, ...series, ...(metadata === undefined ? [] : textsOf(metadata)), ...instance];
  return kept.filter(([, text]) => text !== '');
}

function textOf(attribute: DicomJsonAttribute | undefined): string | undefined {
  return attribute && attributeText(attribute);
}

/** @param text of an attribute, as JSON without white space between tokens */
function hasFirstValue(text: string): boolean {
  return text.startsWith(',"Value":[', VR_LENGTH) && !/^(]|null)/.test(text.slice(VR_LENGTH + 10, VR_LENGTH + 14));
}

/** Characters of `{"vr":"CS"`. */
const VR_LENGTH = 10;

/** @returns the attribute's text without empty values; undefined when it has no other values */
function withValue(text: string): string | undefined {
  if (hasFirstValue(text)) return text;
  const { vr, Value = [] } = JSON.parse(text) as DicomJsonAttribute;
  const values = Value.filter((value) => value !== null);
  return values.length === 0 ? undefined : attributeText({ vr, Value: values });
}

/** Replaces an attribute if it is there. */
function rewrite(
  found: Map<string, string>,
  tag: string,
  change: (attribute: DicomJsonAttribute) => DicomJsonAttribute,
): void {
  const text = found.get(tag);
  if (text !== undefined) found.set(tag, attributeText(change(JSON.parse(text))));
}

/**
 * The unique keys of the level and of the levels above it, Retrieve URL, and Instance Availability: every instance is
 * online.
 */
function identifiers(row: SearchRow, baseURI: string): [tag: string, text: string][] {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = row;
  const found: [string, string][] = [
    [TAG.instanceAvailability, '{"vr":"CS","Value":["ONLINE"]}'],
    [TAG.studyInstanceUID, valueText('UI', studyInstanceUID)],
  ];
  let url = `${baseURI}/studies/${studyInstanceUID}`;
  if (seriesInstanceUID !== undefined) {
    found.push([TAG.seriesInstanceUID, valueText('UI', seriesInstanceUID)]);
    url += `/series/${seriesInstanceUID}`;
  }
  if (sopInstanceUID !== undefined) {
    found.push([TAG.sopInstanceUID, valueText('UI', sopInstanceUID)]);
    url += `/instances/${sopInstanceUID}`;
  }
  found.push([TAG.retrieveURL, valueText('UR', url)]);
  return found;
}

function valueText(vr: string, value: string): string {
  return `{"vr":"${vr}","Value":[${JSON.stringify(value)}]}`;
}

/**
 * The items of a searched sequence that match (PS3.4 C.2.2.2.6); all items when none matches here although the index
 * found one.
 */
function matchingItems(sequence: DicomJsonAttribute, matches: readonly Match[]): DicomJsonAttribute {
  const found = sequence.Value?.filter((item) =>
    matches.every((match) => {
      // Only the index matches keys that are deeper inside.
      const [, tag = '', ...deeper] = match.key.path.split('.');
      return deeper.length > 0 || valueMatches(match, (item as DicomJson | null)?.[tag]);
    }),
  );
  return found === undefined || found.length === 0 ? sequence : { ...sequence, Value: found };
}

/**
 * Each item of Request Attributes Sequence has its step and procedure IDs (table 10.6.3-4), even when they are empty.
 */
function withRequired(sequence: DicomJsonAttribute): DicomJsonAttribute {
  if (sequence.Value === undefined) return sequence;
  const required = { [TAG.scheduledProcedureStepID]: { vr: 'SH' }, [TAG.requestedProcedureID]: { vr: 'SH' } };
  return { ...sequence, Value: sequence.Value.map((item) => ({ ...required, ...(item as DicomJson | null) })) };
}
