/**
 * Which attribute belongs to which level of the hierarchy, and which may be searched. The store path (which attributes
 * a study and a series keep of their first instance) and the search (what is matched, what is returned) share this one
 * table.
 */

/** The level of the entities that a search returns (PS3.18 10.6.1). */
export type QueryLevel = 'study' | 'series' | 'instance';

/** How a matching key's values are compared, by value representation (PS3.4 C.2.2.2). */
export type Matching =
  /** Equality and wildcards, case-sensitive (C.2.2.2.1, C.2.2.2.4). */
  | 'text'
  /**
   * Like text, but case does not matter: people type "chest" for CHEST. A deployment may follow C.2.2.2.1 exactly
   * (SEARCH_CASE); then case does matter.
   */
  | 'caseless'
  /** Like text, folded: case, accents and component groups do not matter (C.2.2.2.1.1). */
  | 'name'
  /** Equality or a list (C.2.2.2.2); no wildcards. */
  | 'uid'
  /** Equality of integers. */
  | 'number'
  /** Equality of numbers in any notation: 5, 5.0 and 05 are equal. */
  | 'decimal'
  /** Single value and range (C.2.2.2.5). */
  | 'date'
  | 'time'
  /** Date and time, compared as moments in UTC. */
  | 'datetime'
  /** One of the values of a multi-valued code string. */
  | 'modalities';

/** An attribute that searches can match and sort by. */
export interface SearchKey {
  /** Eight hexadecimal digits. Inside a sequence: the tag of the sequence, a dot, and the tag of the attribute. */
  readonly path: string;
  /** Level of the entities that it describes. */
  readonly level: QueryLevel;
  readonly vr: string;
  readonly matching: Matching;
  readonly source: KeySource;
}

/** Where the index keeps a key's values. */
export type KeySource =
  /** Column of the level's table, or of `request_attribute` for a key inside that sequence. */
  | { readonly kind: 'column'; readonly column: string }
  /** An attribute that the deployment searches in addition to the standard's keys. Its values are rows of their own. */
  | {
      readonly kind: 'extra';
      /** Its names in the index: more than one when the tag means attributes of several private creators. */
      readonly names: readonly string[];
      /** The sequences that contain it, outermost first. */
      readonly sequence: readonly string[];
    };

/** Paths of attributes that searches treat specially. */
export const TAG = {
  sopClassUID: '00080016',
  sopInstanceUID: '00080018',
  studyDate: '00080020',
  studyTime: '00080030',
  accessionNumber: '00080050',
  instanceAvailability: '00080056',
  modality: '00080060',
  modalitiesInStudy: '00080061',
  referringPhysicianName: '00080090',
  timezoneOffsetFromUTC: '00080201',
  studyDescription: '00081030',
  seriesDescription: '0008103E',
  retrieveURL: '00081190',
  availableTransferSyntaxUID: '00083002',
  patientName: '00100010',
  patientID: '00100020',
  issuerOfPatientID: '00100021',
  patientBirthDate: '00100030',
  patientSex: '00100040',
  bodyPartExamined: '00180015',
  protocolName: '00181030',
  studyInstanceUID: '0020000D',
  seriesInstanceUID: '0020000E',
  studyID: '00200010',
  seriesNumber: '00200011',
  instanceNumber: '00200013',
  numberOfStudyRelatedSeries: '00201206',
  numberOfStudyRelatedInstances: '00201208',
  numberOfSeriesRelatedInstances: '00201209',
  numberOfFrames: '00280008',
  rows: '00280010',
  columns: '00280011',
  bitsAllocated: '00280100',
  scheduledProcedureStepID: '00400009',
  performedProcedureStepStartDate: '00400244',
  performedProcedureStepStartTime: '00400245',
  requestAttributesSequence: '00400275',
  requestedProcedureID: '00401001',
} as const;

/** PS3.18 table 10.6.1-5, and optional keys of PS3.4 tables C.6-1 to C.6-3 that people search by. */
export const SEARCH_KEYS: readonly SearchKey[] = [
  key('study', TAG.studyDate, 'DA', 'date', 'study_date'),
  key('study', TAG.studyTime, 'TM', 'time', 'study_time'),
  key('study', TAG.accessionNumber, 'SH', 'caseless', 'accession_number'),
  key('study', TAG.modalitiesInStudy, 'CS', 'modalities', 'modalities_in_study'),
  key('study', TAG.referringPhysicianName, 'PN', 'name', 'referring_physician_name'),
  key('study', TAG.studyDescription, 'LO', 'caseless', 'study_description'),
  key('study', TAG.patientName, 'PN', 'name', 'patient_name'),
  key('study', TAG.patientID, 'LO', 'caseless', 'patient_id'),
  key('study', TAG.studyInstanceUID, 'UI', 'uid', 'study_instance_uid'),
  key('study', TAG.studyID, 'SH', 'caseless', 'study_id'),
  key('study', TAG.issuerOfPatientID, 'LO', 'caseless', 'issuer_of_patient_id'),
  key('study', TAG.patientBirthDate, 'DA', 'date', 'patient_birth_date'),
  key('study', TAG.patientSex, 'CS', 'text', 'patient_sex'),
  key('series', TAG.modality, 'CS', 'text', 'modality'),
  key('series', TAG.seriesInstanceUID, 'UI', 'uid', 'series_instance_uid'),
  key('series', TAG.seriesNumber, 'IS', 'number', 'series_number'),
  key('series', TAG.seriesDescription, 'LO', 'caseless', 'series_description'),
  key('series', TAG.bodyPartExamined, 'CS', 'caseless', 'body_part_examined'),
  key('series', TAG.protocolName, 'LO', 'caseless', 'protocol_name'),
  key('series', TAG.performedProcedureStepStartDate, 'DA', 'date', 'performed_procedure_step_start_date'),
  key('series', TAG.performedProcedureStepStartTime, 'TM', 'time', 'performed_procedure_step_start_time'),
  key('series', request(TAG.scheduledProcedureStepID), 'SH', 'caseless', 'scheduled_procedure_step_id'),
  key('series', request(TAG.requestedProcedureID), 'SH', 'caseless', 'requested_procedure_id'),
  key('instance', TAG.sopClassUID, 'UI', 'uid', 'sop_class_uid'),
  key('instance', TAG.sopInstanceUID, 'UI', 'uid', 'sop_instance_uid'),
  key('instance', TAG.instanceNumber, 'IS', 'number', 'instance_number'),
];

function key(level: QueryLevel, path: string, vr: string, matching: Matching, column: string): SearchKey {
  return { level, path, vr, matching, source: { kind: 'column', column } };
}

function request(tag: string): string {
  return `${TAG.requestAttributesSequence}.${tag}`;
}

const KEY_BY_PATH = new Map(SEARCH_KEYS.map((entry) => [entry.path, entry]));

/**
 * One of the standard's keys; undefined when the path names none of them.
 * @param path as in SearchKey
 */
export function searchKey(path: string): SearchKey | undefined {
  return KEY_BY_PATH.get(path);
}

/**
 * Attributes that describe the patient and the study: Patient (PS3.3 C.7.1.1), Clinical Trial Subject (C.7.1.3),
 * General Study (C.7.2.1), Patient Study (C.7.2.2), Clinical Trial Study (C.7.2.3), Patient Medical and Visit, and the
 * time zone, which PS3.18 table 10.6.3-3 requires for a study.
 */
export const STUDY_ATTRIBUTES: ReadonlySet<string> = tags(`
  00080020 00080030 00080050 00080051 00080090 00080092 00080094 00080096 0008009C 0008009D 00080201
  00081030 00081032 00081048 00081049 00081060 00081062 00081080 00081084 00081110 00081120
  00100010 00100011 00100014 00100020 00100021 00100022 00100024 00100026 00100027 00100030 00100032 00100033 00100034
  00100035 00100040 00100041 00100043 00100050 00100101 00100200 00100212 00100213 00100214 00100215 00100216 00100217
  00100218 00100219 00100221 00100229
  00101000 00101001 00101002 00101005 00101010 00101020 00101021 00101022 00101023 00101024 00101030 00101040 00101050
  00101060 00101080 00101081 00101090 00101100
  00102000 00102110 00102150 00102152 00102154 00102155 00102160 00102161 00102162 00102180 001021A0 001021B0 001021C0
  001021D0 001021F0 00102201 00102202 00102203 00102292 00102293 00102294 00102297 00102298 00102299 00104000
  00120010 00120020 00120021 00120022 00120023 00120030 00120031 00120032 00120040 00120041 00120042 00120043
  00120050 00120051 00120052 00120053 00120054 00120055 00120062 00120063 00120064 00120081 00120082 00120083
  0020000D 00200010
  0032000A 0032000C 00321032 00321033 00321034 00321066 00321067 00324000
  00380004 00380010 00380011 00380014 00380016 00380020 00380021 00380050 00380060 00380061 00380062 00380064 00380300
  00380500 00401012
`);

/**
 * Attributes that describe the series: General Series (PS3.3 C.7.3.1), Clinical Trial Series (C.7.3.2), Frame of Reference
 * (C.7.4.1), Synchronization (C.7.4.2), General Equipment (C.7.5.1), the series modules of CR, DX and PET, and the time
 * zone.
 */
export const SERIES_ATTRIBUTES: ReadonlySet<string> = tags(`
  00080021 00080031 00080060 00080068 00080070 00080080 00080081 00080201
  00081010 0008103E 0008103F 00081040 00081041 00081050 00081052 00081070 00081072 00081090 00081111 00081250
  00102210 00120060 00120071 00120072 00120073
  00180015 00181000 00181002 00181008 0018100A 0018100B 00181020 00181030 00181050 00181200 00181201 00181202
  00185100 00185101
  0020000E 00200011 00200052 00200060 00200200 00201040
  00280108 00280109 00280120
  00400244 00400245 00400250 00400251 00400253 00400254 00400260 00400275 00400280
  00541000 00541001 00541002 00541004 00541006 00541100 00541101 00541102 00541103 00541104 00541105
  300A0700
`);

function tags(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/** Attributes that the archive computes and does not store, and the levels at which they are returned. */
const COMPUTED: ReadonlyMap<string, QueryLevel> = new Map<string, QueryLevel>([
  [TAG.modalitiesInStudy, 'study'],
  [TAG.numberOfStudyRelatedSeries, 'study'],
  [TAG.numberOfStudyRelatedInstances, 'study'],
  [TAG.numberOfSeriesRelatedInstances, 'series'],
]);

/**
 * The level of an attribute. An attribute that does not describe the study or the series describes the instance.
 * @param tag eight upper-case hexadecimal digits
 */
export function levelOf(tag: string): QueryLevel {
  const computed = COMPUTED.get(tag);
  if (computed !== undefined) return computed;
  if (STUDY_ATTRIBUTES.has(tag)) return 'study';
  return SERIES_ATTRIBUTES.has(tag) ? 'series' : 'instance';
}
