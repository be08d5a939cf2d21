import { vrOf } from '../dicom/dictionary';
import type { DicomJson, DicomJsonAttribute } from '../dicom/json-model';
import { isPrivate } from '../dicom/private-blocks';
import { levelOf, TAG } from './attributes';
import { privateAttributes } from './private-attributes';
import type { SearchRow } from './rows';
import type { Match, QueryLevel, SearchRequest } from './search-query';
import { valueMatches } from './value-matches';

/** How an attribute of the tables is returned: always, empty when unknown (type R), or only when known (type C). */
type Presence = 'required' | 'known';

/** PS3.18 table 10.6.3-3; Study Description, which it lacks, is what study lists show. */
const STUDY_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.studyDate]: 'required',
  [TAG.studyTime]: 'required',
  [TAG.accessionNumber]: 'required',
  [TAG.modalitiesInStudy]: 'required',
  [TAG.referringPhysicianName]: 'required',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.studyDescription]: 'required',
  [TAG.patientName]: 'required',
  [TAG.patientID]: 'required',
  [TAG.patientBirthDate]: 'required',
  [TAG.patientSex]: 'required',
  [TAG.studyID]: 'required',
  [TAG.numberOfStudyRelatedSeries]: 'required',
  [TAG.numberOfStudyRelatedInstances]: 'required',
};

/** PS3.18 table 10.6.3-4. */
const SERIES_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.modality]: 'required',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.seriesDescription]: 'known',
  [TAG.seriesNumber]: 'required',
  [TAG.numberOfSeriesRelatedInstances]: 'required',
  [TAG.performedProcedureStepStartDate]: 'known',
  [TAG.performedProcedureStepStartTime]: 'known',
  [TAG.requestAttributesSequence]: 'known',
};

/** PS3.18 table 10.6.3-5. */
const INSTANCE_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.sopClassUID]: 'required',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.instanceNumber]: 'required',
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

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** Held for every answer without the metadata being read. */
const ALWAYS: ReadonlySet<string> = new Set([
  TAG.sopInstanceUID,
  TAG.instanceAvailability,
  TAG.retrieveURL,
  ...Object.keys(INSTANCE_TABLE),
]);

/** What the data sets of one search hold. */
export interface Answer {
  /** Levels whose attributes are read. */
  readonly levels: readonly QueryLevel[];
  readonly presence: ReadonlyMap<string, Presence>;
  /** Every attribute that is held of the level searched. */
  readonly all: QueryLevel | undefined;
  /** Attributes that the index does not keep are wanted: the instances' stored metadata has them. */
  readonly needsMetadata: boolean;
  /** Private attributes wanted, as asked for; they belong to the instance. */
  readonly privateTags: readonly string[];
  readonly privateCreators: ReadonlyMap<string, string>;
  /** Keys inside a sequence, by its tag. */
  readonly itemKeys: ReadonlyMap<string, readonly Match[]>;
}

/**
 * The attributes of tables 10.6.3-3 to -5 for the level searched and for each level above that the path does not name,
 * those matched, and those included (PS3.18 10.6.3.3). What belongs to a level below is left out, which is no error. The
 * standard gives private attributes no level; all that differ between the instances of a series are the instance's, so
 * they are, and are answered at instance level.
 */
export function answerOf(request: SearchRequest): Answer {
  const depth = LEVELS.indexOf(request.level);
  const fixed = request.seriesInstanceUID !== undefined ? 2 : request.studyInstanceUID !== undefined ? 1 : 0;
  const levels = new Set<QueryLevel>(LEVELS.slice(fixed, depth + 1));
  const presence = new Map<string, Presence>();
  for (const level of levels) {
    for (const [tag, kind] of Object.entries(TABLES[level])) presence.set(tag, presence.get(tag) ?? kind);
  }
  const wanted = request.include.tags.filter((tag) => LEVELS.indexOf(levelOf(tag)) <= depth);
  const privateTags = wanted.filter(isPrivate);
  for (const tag of wanted) {
    const level = levelOf(tag);
    if (level !== 'instance') levels.add(level);
    // An included attribute is a return key as in C-FIND: present, and empty where it is not known (8.3.4.3).
    if (!isPrivate(tag)) presence.set(tag, presence.get(tag) ?? 'required');
  }
  const instanceLevel = request.level === 'instance';
  return {
    levels: LEVELS.filter((level) => levels.has(level)),
    presence,
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

/** One result. @param baseURI of the DICOMweb root @param metadata of the instance, where the answer needs it and it is there */
export function dataSet(row: SearchRow, answer: Answer, baseURI: string, metadata?: DicomJson): DicomJson {
  const held: DicomJson = { ...row.study, ...row.series, ...metadata, ...row.instance };
  const whole = answer.all === 'instance' ? { ...metadata, ...row.instance } : answer.all && row[answer.all];
  const found: DicomJson = { ...whole };
  for (const [tag, presence] of answer.presence) {
    const attribute = held[tag] ?? (presence === 'required' ? { vr: vrOf(tag)?.slice(0, 2) ?? 'UN' } : undefined);
    if (attribute !== undefined) found[tag] = attribute;
  }
  for (const [tag, matches] of answer.itemKeys) {
    const sequence = found[tag];
    if (sequence !== undefined) found[tag] = matchingItems(sequence, matches);
  }
  const requests = found[TAG.requestAttributesSequence];
  if (requests !== undefined) found[TAG.requestAttributesSequence] = withRequired(requests);
  if (metadata !== undefined) Object.assign(found, privateAttributes(metadata, answer));
  return Object.assign(found, identifiers(row, baseURI));
}

/** The unique keys of the level and of those above it; where it can be had, and that it can be had at once. */
function identifiers(row: SearchRow, baseURI: string): DicomJson {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = row;
  const path = [
    `studies/${studyInstanceUID}`,
    ...(seriesInstanceUID === undefined ? [] : [`series/${seriesInstanceUID}`]),
    ...(sopInstanceUID === undefined ? [] : [`instances/${sopInstanceUID}`]),
  ];
  return {
    [TAG.studyInstanceUID]: { vr: 'UI', Value: [studyInstanceUID] },
    ...(seriesInstanceUID !== undefined && { [TAG.seriesInstanceUID]: { vr: 'UI', Value: [seriesInstanceUID] } }),
    ...(sopInstanceUID !== undefined && { [TAG.sopInstanceUID]: { vr: 'UI', Value: [sopInstanceUID] } }),
    [TAG.instanceAvailability]: { vr: 'CS', Value: ['ONLINE'] },
    [TAG.retrieveURL]: { vr: 'UR', Value: [[baseURI, ...path].join('/')] },
  };
}

/** Of a sequence searched in, the items that match (PS3.4 C.2.2.2.6); all, should the index have seen it otherwise. */
function matchingItems(sequence: DicomJsonAttribute, matches: readonly Match[]): DicomJsonAttribute {
  const found = sequence.Value?.filter((item) =>
    matches.every((match) => {
      // Keys deeper inside are left to the index.
      const [, tag = '', ...deeper] = match.key.path.split('.');
      return deeper.length > 0 || valueMatches(match, (item as DicomJson | null)?.[tag]);
    }),
  );
  return found === undefined || found.length === 0 ? sequence : { ...sequence, Value: found };
}

/** Each item of Request Attributes Sequence names its step and procedure (table 10.6.3-4), though empty. */
function withRequired(sequence: DicomJsonAttribute): DicomJsonAttribute {
  if (sequence.Value === undefined) return sequence;
  const required = { [TAG.scheduledProcedureStepID]: { vr: 'SH' }, [TAG.requestedProcedureID]: { vr: 'SH' } };
  return { ...sequence, Value: sequence.Value.map((item) => ({ ...required, ...(item as DicomJson | null) })) };
}
