import type { UnusedBulk } from '../../archive/store/from-metadata/metadata-instances';
import type { StoreResult } from '../../archive/store/store-result';
import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { digestElements } from '../commitment/digest-element';
import { tooLongText } from '../request-length';
import { instanceURI, studyURI } from '../resource/resource-uris';
import { failureReason, WarningReason } from './failure-reasons';
import type { BodyEnd } from './request-source';

type Stored = Extract<StoreResult, { result: 'stored' | 'aside' | 'identical' | 'kept' }>;
type Failed = Exclude<StoreResult, Stored>;

/** The result of a Store request. */
export interface StoreOutcome {
  /** One for each instance or part; at least one. */
  readonly results: readonly StoreResult[];
  readonly body: BodyEnd;
  readonly unusedBulk: UnusedBulk;
  /** The most bytes of a request, if the body has more. Without Content-Length, this is noticed while the body is read. */
  readonly mostBytes?: number | undefined;
  /** The index gave the transaction up: sent again, the request may have another result. */
  readonly gaveUp?: boolean;
}

/** The answer before it is written as JSON or XML. */
export interface StoreResponse {
  readonly status: number;
  readonly dataSet: DicomJson;
  /** Texts for the Warning header: a status code where there is one, and a reason (PS3.18 10.5.3.2). */
  readonly warnings: readonly string[];
  /** Some of the refused instances may be stored when the client sends the request again. */
  readonly again: boolean;
  /** The URI of the study, if everything that was stored belongs to one study. */
  readonly studyURI: string | undefined;
}

/** Builds the answer to a Store request: PS3.18 10.5.3 and annex I. */
export function storeResponse({ results, body, unusedBulk, mostBytes }: StoreOutcome, baseURI: string): StoreResponse {
  const stored = results.filter((result): result is Stored => 'warnings' in result);
  const failed = results.filter((result): result is Failed => !('warnings' in result));
  const named = failed.filter(({ instance }) => instance.sopInstanceUID !== undefined);
  const unnamed = failed.filter(({ instance }) => instance.sopInstanceUID === undefined);
  const studies = new Set(stored.map(({ instance }) => instance.studyInstanceUID));
  const [only] = studies;
  const study = only !== undefined && studies.size === 1 ? studyURI(baseURI, only) : undefined;
  // Retrieve URL is of type 2: it is present but empty when the instances belong to several studies or to none.
  const dataSet: DicomJson = { '00081190': study === undefined ? { vr: 'UR' } : uri(study) };
  if (named.length > 0) dataSet['00081198'] = sequence(named.map(failedItem));
  if (stored.length > 0) dataSet['00081199'] = sequence(stored.map((result) => storedItem(result, baseURI)));
  // Failures without known UIDs go into Other Failures Sequence.
  if (unnamed.length > 0) dataSet['0008119A'] = sequence(unnamed.map(otherFailure));
  return {
    status: statusOf(stored, failed, body),
    dataSet,
    warnings: [
      ...warningTexts(stored),
      ...unusedTexts(unusedBulk),
      ...(mostBytes === undefined ? [] : [`A700 Out of resources: ${tooLongText(mostBytes, baseURI)}`]),
    ],
    again: failed.some(({ result }) => result === 'storage'),
    studyURI: study,
  };
}

/** Status codes: PS3.18 tables 10.5.3-1 and 8.5-1. */
function statusOf(stored: readonly Stored[], failed: readonly Failed[], body: BodyEnd): number {
  if (body === 'too-large') return 413;
  if (body === 'too-slow') return 408;
  if (stored.length > 0) return failed.length > 0 || stored.some(isWarned) ? 202 : 200;
  // A request without any instance has no failed instance, but there was nothing to store.
  if (body === 'broken' || failed.length === 0) return 400;
  if (failed.every(({ result }) => result === 'storage')) return 503;
  return failed.every(({ result }) => result === 'too-large') ? 413 : 409;
}

function isWarned(stored: Stored): boolean {
  return warningReason(stored) !== undefined;
}

/** The Warning Reason of an instance that is stored with a warning. */
export function warningReason({ result, warnings }: Stored): number | undefined {
  if (result === 'kept') return WarningReason.DuplicateKept;
  if (warnings.some(({ reason }) => reason === 'other-patient')) return WarningReason.OtherPatient;
  return warnings.length > 0 ? WarningReason.DataSetDoesNotMatch : undefined;
}

function warningTexts(stored: readonly Stored[]): string[] {
  const count = (reason: number) => stored.filter((one) => warningReason(one) === reason).length;
  const odd = count(WarningReason.DataSetDoesNotMatch);
  const kept = count(WarningReason.DuplicateKept);
  const others = count(WarningReason.OtherPatient);
  return [
    ...(odd > 0
      ? [`B007 Data Set does not match SOP Class: ${odd} stored with values that do not fit their attributes`]
      : []),
    ...(kept > 0 ? [`B111 Duplicate SOP Instance: ${kept} kept aside, and what was stored before stays current`] : []),
    ...(others > 0 ? [`B112 Other patient: ${others} stored into a study that has another Patient ID`] : []),
  ];
}

function unusedTexts({ unreferenced, tooMany }: UnusedBulk): string[] {
  return [
    ...(unreferenced > 0 ? [`${unreferenced} bulk data part(s) ignored because no metadata refers to them`] : []),
    ...(tooMany > 0 ? [`A700 Out of resources: ${tooMany} bulk data part(s) too many`] : []),
  ];
}

function storedItem(stored: Stored, baseURI: string): DicomJson {
  const { instance, warnings, heldDigest } = stored;
  const item: DicomJson = {
    '00081150': { vr: 'UI', Value: [instance.sopClassUID] },
    '00081155': { vr: 'UI', Value: [instance.sopInstanceUID] },
    '00081190': uri(instanceURI(baseURI, instance)),
    // The sender can request the commitment of the file that the archive holds (docs/conformance.md, "Storage
    // commitment").
    ...(heldDigest === undefined ? {} : digestElements([heldDigest])),
  };
  const reason = warningReason(stored);
  if (reason !== undefined) item['00081196'] = { vr: 'US', Value: [reason] };
  const tags = [...new Set(warnings.map(({ tag }) => tag))].filter((tag) => /^[0-9A-F]{8}$/.test(tag));
  if (tags.length > 0) item['00741048'] = failedAttributes(tags);
  return item;
}

function failedItem({ result, instance, tag }: Failed): DicomJson {
  const item: DicomJson = {
    '00081150': instance.sopClassUID === undefined ? { vr: 'UI' } : { vr: 'UI', Value: [instance.sopClassUID] },
    '00081155': { vr: 'UI', Value: [instance.sopInstanceUID!] },
    '00081197': { vr: 'US', Value: [failureReason(result)] },
  };
  if (tag !== undefined) item['00741048'] = failedAttributes([tag]);
  return item;
}

function otherFailure({ result, tag }: Failed): DicomJson {
  const item: DicomJson = { '00081197': { vr: 'US', Value: [failureReason(result)] } };
  if (tag !== undefined) item['00741048'] = failedAttributes([tag]);
  return item;
}

/**
 * Failed Attributes Sequence (0074,1048): the attributes that caused the failure, as Selector Attribute (0072,0026) of
 * the macro of PS3.3 table 10-20. It never contains their values.
 */
function failedAttributes(tags: readonly string[]): DicomJsonAttribute {
  return sequence(tags.map((tag) => ({ '00720026': { vr: 'AT', Value: [tag] } })));
}

function sequence(items: DicomJson[]): DicomJsonAttribute {
  return { vr: 'SQ', Value: items };
}

function uri(value: string): DicomJsonAttribute {
  return { vr: 'UR', Value: [value] };
}
