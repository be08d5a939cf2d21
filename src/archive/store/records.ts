import type { ParsedInstance } from '../../dicom/instance/instance-reader';
import type { DicomJson, DicomJsonAttribute, PersonName } from '../../dicom/json/json-model';
import { splitItems } from '../../dicom/json/json-text';
import { foldCase } from '../../dicom/values/fold-case';
import { findableWords } from '../../dicom/values/name-words';
import { foldPersonName } from '../../dicom/values/person-name';
import type { InstanceRecord, SeriesRecord, StudyRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { SegmentLocation } from '../metadata/metadata-segment';
import { comparableText, timezoneOffsetOf } from '../search/comparable-value';
import { SERIES_ATTRIBUTES, STUDY_ATTRIBUTES } from '../search/search-keys';
import { boundedAttributes, LEFT_OUT } from './bounded-attributes';

/** Gives an attribute of a data set by its tag; undefined when there is none. */
export type AttributeReader = (tag: string) => DicomJsonAttribute | undefined;

/** Reads the attributes of a received instance. */
export function attributesOf(instance: ParsedInstance): AttributeReader {
  return (tag) => {
    const json = instance.elements.get(tag);
    // The mark of a BulkDataURI is not valid JSON, so it is removed. The callers need the URI only to know that there
    // is a value.
    return json === undefined ? undefined : JSON.parse(shortened(json).replaceAll('\u0001', ''));
  };
}

/**
 * Characters of a sequence whose items are parsed; the others do not count. A longer sequence would hold the isolate's only
 * thread, and the index does not keep as much of an attribute.
 */
const MOST_PARSED = 512 * 1024;

function shortened(json: string): string {
  const items = json.length > MOST_PARSED ? splitItems(json) : undefined;
  if (items === undefined) return json;
  const first: string[] = [];
  let characters = 0;
  for (const item of items) {
    first.push(item);
    characters += item.length;
    if (characters > MOST_PARSED) break;
  }
  return `{"vr":"SQ","Value":[${first.join(',')}]}`;
}

/** Patient ID of a received instance, folded for matching; null when it has none. */
export function patientIDOf(instance: ParsedInstance): string | null {
  return values(attributesOf(instance)).caseless('00100020');
}

/**
 * The record of a study, as a data set describes it: one of its instances, or the attributes of it that the index
 * keeps.
 */
export function studyRecord(studyInstanceUID: string, attribute: AttributeReader): StudyRecord {
  const value = values(attribute);
  return {
    studyInstanceUID,
    studyDate: date(value.text('00080020')),
    studyTime: time(value.text('00080030')),
    accessionNumber: value.caseless('00080050'),
    studyDescription: value.caseless('00081030'),
    studyID: value.caseless('00200010'),
    patientID: value.caseless('00100020'),
    patientName: value.name('00100010'),
    referringPhysicianName: value.name('00080090'),
    patientNameWords: words(value.name('00100010')),
    referringPhysicianNameWords: words(value.name('00080090')),
    issuerOfPatientID: value.caseless('00100021'),
    patientBirthDate: date(value.text('00100030')),
    patientSex: value.text('00100040'),
    timezoneOffset: timezoneOffsetOf(value.text('00080201')) ?? null,
    attributes: value.pick(STUDY_ATTRIBUTES),
  };
}

/**
 * The record of a series, as a data set describes it: one of its instances, or the attributes of it that the index
 * keeps.
 */
export function seriesRecord(
  { studyInstanceUID, seriesInstanceUID }: SeriesIdentity,
  attribute: AttributeReader,
): SeriesRecord {
  const value = values(attribute);
  return {
    studyInstanceUID,
    seriesInstanceUID,
    modality: value.text('00080060'),
    seriesNumber: value.integer('00200011'),
    performedProcedureStepStartDate: date(value.text('00400244')),
    performedProcedureStepStartTime: time(value.text('00400245')),
    seriesDescription: value.caseless('0008103E'),
    bodyPartExamined: value.caseless('00180015'),
    protocolName: value.caseless('00181030'),
    institutionName: value.caseless('00080080'),
    timezoneOffset: timezoneOffsetOf(value.text('00080201')) ?? null,
    requests: requestsOf(attribute),
    attributes: value.pick(SERIES_ATTRIBUTES),
  };
}

/** The instance's index row, once its bytes are stored. */
export function instanceRecord(
  instance: ParsedInstance,
  stored: {
    readonly version: string;
    readonly byteLength: number;
    readonly digest: string;
    readonly crc32: number;
  },
): Omit<InstanceRecord, keyof SegmentLocation> {
  const value = values(attributesOf(instance));
  return {
    studyInstanceUID: instance.studyInstanceUID,
    seriesInstanceUID: instance.seriesInstanceUID,
    sopInstanceUID: instance.sopInstanceUID,
    sopClassUID: instance.sopClassUID,
    transferSyntaxUID: instance.transferSyntaxUID,
    instanceNumber: value.integer('00200013'),
    rows: value.integer('00280010'),
    columns: value.integer('00280011'),
    bitsAllocated: value.integer('00280100'),
    numberOfFrames: value.integer('00280008'),
    version: stored.version,
    byteLength: stored.byteLength,
    digest: stored.digest,
    crc32: stored.crc32,
    layout: instance.layout,
  };
}

/** Requests of one series that searches find. If a series is made to have more, searches do not find the others. */
const MOST_REQUESTS = 1000;
const MOST_REQUEST_CHARACTERS = 64 * 1024;

/** The items of Request Attributes Sequence (PS3.3 10.6), without duplicates. */
function requestsOf(attribute: AttributeReader): SeriesRecord['requests'] {
  const items = (attribute('00400275')?.Value ?? []) as (DicomJson | null)[];
  const requests = new Map<string, SeriesRecord['requests'][number]>();
  let characters = 0;
  for (const item of items) {
    const scheduledProcedureStepID = foldCase(textOf(item?.['00400009']) ?? '');
    const requestedProcedureID = foldCase(textOf(item?.['00401001']) ?? '');
    const key = JSON.stringify([scheduledProcedureStepID, requestedProcedureID]);
    if (requests.has(key)) continue;
    characters += key.length;
    if (requests.size === MOST_REQUESTS || characters > MOST_REQUEST_CHARACTERS) break;
    requests.set(key, { scheduledProcedureStepID, requestedProcedureID });
  }
  return [...requests.values()];
}

function values(attribute: AttributeReader) {
  const text = (tag: string): string | null => textOf(attribute(tag));
  return {
    text,
    /** The value in the form in which the index keeps keys that match without regard to case. */
    caseless: (tag: string): string | null => {
      const found = text(tag);
      return found === null ? null : foldCase(found);
    },
    name: (tag: string): string | null => {
      const name = attribute(tag)?.Value?.[0] as PersonName | null | undefined;
      return name == null ? null : comparableText(foldPersonName(name)) || null;
    },
    integer: (tag: string): number | null => {
      const number = Number(text(tag) ?? Number.NaN);
      return Number.isInteger(number) ? number : null;
    },
    pick: (tags: ReadonlySet<string>): DicomJson => {
      const picked: DicomJson = {};
      for (const tag of tags) {
        const found = attribute(tag);
        if (found !== undefined) picked[tag] = found;
      }
      const leftOut = attribute(LEFT_OUT);
      return boundedAttributes(leftOut === undefined ? picked : { ...picked, [LEFT_OUT]: leftOut });
    },
  };
}

/** The first value as text; null when there is none. */
function textOf(attribute: DicomJsonAttribute | undefined): string | null {
  const value = attribute?.Value?.[0];
  if (value == null || typeof value === 'object') return null;
  // SQL functions treat NUL as the end of a text.
  return comparableText(String(value).replaceAll('\0', '')) || null;
}

function words(name: string | null): string[] | null {
  return name === null ? null : findableWords(name);
}

/** YYYYMMDD, also from the YYYY.MM.DD of ACR-NEMA (PS3.5 6.2 DA); null when it is not a date. */
function date(value: string | null): string | null {
  const digits = value?.replaceAll('.', '') ?? '';
  return /^\d{8}$/.test(digits) ? digits : null;
}

/** HHMMSS.FFFFFF in any precision, also from HH:MM:SS (PS3.5 6.2 TM); null when it is not a time. */
function time(value: string | null): string | null {
  const digits = value?.replaceAll(':', '') ?? '';
  return /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/.test(digits) ? digits : null;
}
