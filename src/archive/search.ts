import { vrOf } from '../dicom/dictionary';
import type { DicomJson, DicomJsonAttribute } from '../dicom/json-model';
import { levelOf, TAG } from './attributes';
import type { Archive, InstanceIdentity } from './ports';
import type { SearchRow } from './rows';
import type { QueryLevel, SearchRequest } from './search-query';

export interface SearchResults {
  /** DICOM JSON data sets, tags in order. */
  readonly results: readonly DicomJson[];
  /** There are matches after these. */
  readonly more: boolean;
}

/** Stored metadata of these instances, in their order; undefined where an instance is gone by now. */
export type InstanceMetadata = (instances: readonly InstanceIdentity[]) => Promise<readonly (DicomJson | undefined)[]>;

/**
 * Searches the archive (PS3.18 10.6): one statement to the index. Answers hold the attributes of tables 10.6.3-3 to -5
 * for the level searched and for each level above that the path does not name, and what the request includes beyond.
 * @param baseURI of the DICOMweb root, for RetrieveURL
 * @param instanceMetadata reads what the index does not keep, when the request includes that; without it, such attributes
 * are left out
 */
export async function search(
  archive: Archive,
  request: SearchRequest,
  baseURI: string,
  instanceMetadata?: InstanceMetadata,
): Promise<SearchResults> {
  const { include, ...criteria } = request;
  const answer = answerOf(request);
  const { rows } = await archive.index.search({ ...criteria, limit: request.limit + 1, attributesOf: answer.levels });
  const page = rows.slice(0, request.limit);
  const wanted = instanceMetadata !== undefined && needsMetadata(request) && page.length > 0;
  const metadata = wanted ? await instanceMetadata(page.map(identityOf)) : [];
  return {
    results: page.map((row, at) => dataSet(row, answer, baseURI, metadata[at])),
    more: rows.length > request.limit,
  };
}

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
interface Answer {
  /** Levels whose attributes are read. */
  readonly levels: readonly QueryLevel[];
  readonly presence: ReadonlyMap<string, Presence>;
  /** Every attribute that is held of the level searched. */
  readonly all: QueryLevel | undefined;
}

function answerOf(request: SearchRequest): Answer {
  const depth = LEVELS.indexOf(request.level);
  const fixed = request.seriesInstanceUID !== undefined ? 2 : request.studyInstanceUID !== undefined ? 1 : 0;
  const levels = new Set<QueryLevel>(LEVELS.slice(fixed, depth + 1));
  const presence = new Map<string, Presence>();
  for (const level of levels) {
    for (const [tag, kind] of Object.entries(TABLES[level])) presence.set(tag, presence.get(tag) ?? kind);
  }
  for (const tag of request.include.tags) {
    const level = levelOf(tag);
    // Attributes of levels below the one searched shall not be returned (10.6.3.3.1), which is no error.
    if (LEVELS.indexOf(level) > depth) continue;
    if (level !== 'instance') levels.add(level);
    // An included attribute is a return key as in C-FIND: present, and empty where it is not known (8.3.4.3).
    presence.set(tag, presence.get(tag) ?? 'required');
  }
  return {
    levels: LEVELS.filter((level) => levels.has(level)),
    presence,
    all: request.include.all ? request.level : undefined,
  };
}

function needsMetadata({ level, include }: SearchRequest): boolean {
  if (level !== 'instance') return false;
  return include.all || include.tags.some((tag) => levelOf(tag) === 'instance' && !ALWAYS.has(tag));
}

function dataSet(row: SearchRow, answer: Answer, baseURI: string, metadata: DicomJson | undefined): DicomJson {
  const held: DicomJson = { ...row.study, ...row.series, ...metadata, ...row.instance };
  const whole = answer.all === 'instance' ? { ...metadata, ...row.instance } : answer.all && row[answer.all];
  const found: DicomJson = { ...whole };
  for (const [tag, presence] of answer.presence) {
    const attribute = held[tag] ?? (presence === 'required' ? { vr: vrOf(tag)?.slice(0, 2) ?? 'UN' } : undefined);
    if (attribute !== undefined) found[tag] = tag === TAG.requestAttributesSequence ? requests(attribute) : attribute;
  }
  Object.assign(found, identifiers(row, baseURI));
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
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

/** Each item of Request Attributes Sequence names its step and procedure (table 10.6.3-4), though empty. */
function requests(sequence: DicomJsonAttribute): DicomJsonAttribute {
  if (sequence.Value === undefined) return sequence;
  const required = { [TAG.scheduledProcedureStepID]: { vr: 'SH' }, [TAG.requestedProcedureID]: { vr: 'SH' } };
  return {
    ...sequence,
    Value: sequence.Value.map((item) => {
      const named = { ...required, ...(item as DicomJson | null) };
      return Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
    }),
  };
}

function identityOf({ studyInstanceUID, seriesInstanceUID = '', sopInstanceUID = '' }: SearchRow): InstanceIdentity {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
}
