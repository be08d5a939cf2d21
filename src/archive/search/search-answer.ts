import { vrOf } from '../../dicom/dictionary/dictionary';
import { isPrivate } from '../../dicom/dictionary/private-blocks';
import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { attributeText, dataSetText, textsOf } from '../../dicom/json/json-text';
import type { SearchRow } from '../rows';
import { privateAttributes } from './private-attributes';
import type { QueryLevel } from './search-keys';
import { levelOf, TAG } from './search-keys';
import type { Match, SearchRequest } from './search-query';
import { valueMatches } from './value-matches';

/**
 * How an attribute of the tables is returned. required: always; it is empty when its value is not known (type R, PS3.4
 * C.2.2.1). valued: only with a value, also when the request names the attribute. The tables have these attributes as
 * type R too. But clients read the values of modality, number, date or name of an attribute that is there without a
 * check: one study whose ModalitiesInStudy was empty broke the study list of OHIF 3.13 for all users. known: only when
 * its value is known (type C).
 */
type Presence = 'required' | 'valued' | 'known';

/** PS3.18 table 10.6.3-3, and Study Description, which the table lacks and study lists show. */
const STUDY_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.studyDate]: 'valued',
  [TAG.studyTime]: 'valued',
  [TAG.accessionNumber]: 'required',
  [TAG.modalitiesInStudy]: 'valued',
  [TAG.referringPhysicianName]: 'valued',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.studyDescription]: 'required',
  [TAG.patientName]: 'valued',
  [TAG.patientID]: 'required',
  [TAG.patientBirthDate]: 'valued',
  [TAG.patientSex]: 'required',
  [TAG.studyID]: 'required',
  [TAG.numberOfStudyRelatedSeries]: 'valued',
  [TAG.numberOfStudyRelatedInstances]: 'valued',
};

/** PS3.18 table 10.6.3-4. */
const SERIES_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.modality]: 'valued',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.seriesDescription]: 'known',
  [TAG.seriesNumber]: 'valued',
  [TAG.numberOfSeriesRelatedInstances]: 'valued',
  [TAG.performedProcedureStepStartDate]: 'known',
  [TAG.performedProcedureStepStartTime]: 'known',
  [TAG.requestAttributesSequence]: 'known',
};

/** PS3.18 table 10.6.3-5. */
const INSTANCE_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.sopClassUID]: 'required',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.instanceNumber]: 'valued',
  [TAG.rows]: 'known',
  [TAG.columns]: 'known',
  [TAG.bitsAllocated]: 'known',
  [TAG.numberOfFrames]: 'known',
  [TAG.availableTransferSyntaxUID]: 'known',
};

const TABLES: Record<QueryLevel, Readonly<Record<string, Presence>>> = {
  study: STUDY_TABLE,
  series: SERIES_TABLE,
  instance: INSTANCE_TABLE,
};

/** Attributes that are returned only with a value, at every level. */
const VALUED: ReadonlySet<string> = new Set(
  Object.values(TABLES).flatMap((table) => Object.keys(table).filter((tag) => table[tag] === 'valued')),
);

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** Attributes that every row of the index has, so that their metadata need not be read. */
const ALWAYS: ReadonlySet<string> = new Set([
  TAG.sopInstanceUID,
  TAG.instanceAvailability,
  TAG.retrieveURL,
  ...Object.keys(INSTANCE_TABLE),
]);

/** What the data sets of one search contain. */
export interface Answer {
  /** Levels whose attributes are read. */
  readonly levels: readonly QueryLevel[];
  /**
   * Attributes of each result, with the text for an attribute whose value is not known; undefined when the attribute is
   * then left out.
   */
  readonly attributes: ReadonlyMap<string, string | undefined>;
  /** The tags of these attributes and of the identifiers, in order. */
  readonly order: readonly string[];
  /** Results may also contain other attributes. */
  readonly unforeseen: boolean;
  /** The level of the search, when every attribute of that level is returned. */
  readonly all: QueryLevel | undefined;
  /** Attributes that the index does not keep are requested: they are read from the instances' stored metadata. */
  readonly needsMetadata: boolean;
  /** Requested private attributes, as the client wrote them. They belong to the instance. */
  readonly privateTags: readonly string[];
  readonly privateCreators: ReadonlyMap<string, string>;
  /** Matched keys inside a sequence, by the tag of the sequence. */
  readonly itemKeys: ReadonlyMap<string, readonly Match[]>;
}

/**
 * What a search returns: the attributes of tables 10.6.3-3 to -5 for the level of the search and for each level above
 * that the path does not name, the matched attributes, and the included ones (PS3.18 10.6.3.3). An attribute of a level
 * below is left out; the standard does not treat it as an error. The standard gives private attributes no level. They
 * may differ between the instances of a series, so they count as instance attributes and are returned at instance
 * level.
 */
export function answerOf(request: SearchRequest): Answer {
  const depth = LEVELS.indexOf(request.level);
  const fixed = request.seriesInstanceUID !== undefined ? 2 : request.studyInstanceUID !== undefined ? 1 : 0;
  const levels = new Set<QueryLevel>(LEVELS.slice(fixed, depth + 1));
  const attributes = new Map<string, string | undefined>();
  for (const level of levels) {
    for (const [tag, presence] of Object.entries(TABLES[level])) {
      if (!attributes.has(tag)) attributes.set(tag, presence === 'required' ? emptyText(tag) : undefined);
    }
  }
  const wanted = request.include.tags.filter((tag) => LEVELS.indexOf(levelOf(tag)) <= depth);
  const privateTags = wanted.filter(isPrivate);
  for (const tag of wanted) {
    const level = levelOf(tag);
    if (level !== 'instance') levels.add(level);
    // An included attribute is a return key as in C-FIND: it is present, and empty when its value is not known
    // (8.3.4.3).
    if (!isPrivate(tag) && !attributes.has(tag)) attributes.set(tag, VALUED.has(tag) ? undefined : emptyText(tag));
  }
  const instanceLevel = request.level === 'instance';
  return {
    levels: LEVELS.filter((level) => levels.has(level)),
    attributes,
    order: [...new Set([...attributes.keys(), ...IDENTIFIERS])].sort(),
    unforeseen: request.include.all || privateTags.length > 0,
    all: request.include.all ? request.level : undefined,
    needsMetadata:
      instanceLevel && (request.include.all || wanted.some((tag) => levelOf(tag) === 'instance' && !ALWAYS.has(tag))),
    privateTags,
    privateCreators: request.include.privateCreators ?? new Map(),
    itemKeys: Map.groupBy(
      request.matches.filter(({ key }) => key.path.includes('.')),
      ({ key }) => key.path.slice(0, 8),
    ),
  };
}

function emptyText(tag: string): string {
  return JSON.stringify({ vr: vrOf(tag)?.slice(0, 2) ?? 'UN' });
}

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
  if (all === undefined) return [];
  const level = [...(row[all] ?? [])].filter(([, text]) => text !== '');
  return all === 'instance' && metadata !== undefined ? [...textsOf(metadata), ...level] : level;
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

/** The tags that `identifiers` gives at every level. */
const IDENTIFIERS = [
  TAG.sopInstanceUID,
  TAG.instanceAvailability,
  TAG.retrieveURL,
  TAG.studyInstanceUID,
  TAG.seriesInstanceUID,
];

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
