import type { StoreResult } from '../archive/store';
import type { DicomJson, DicomJsonAttribute } from '../dicom/json-model';
import { failureReason, WarningReason } from './failure-reasons';
import { instanceURI, studyURI } from './resource-uris';

type Stored = Extract<StoreResult, { result: 'stored' | 'identical' | 'kept' }>;
type Failed = Exclude<StoreResult, Stored>;

/**
 * The answer to a STOW request: PS3.18 10.5.3 and annex I.2.
 * @param results one for each part, at least one
 */
export function storeResponse(
  results: readonly StoreResult[],
  baseURI: string,
): { status: number; dataSet: DicomJson } {
  const stored = results.filter((result): result is Stored => 'warnings' in result);
  const failed = results.filter((result): result is Failed => !('warnings' in result));
  const named = failed.filter(({ instance }) => instance.sopInstanceUID !== undefined);
  const unnamed = failed.filter(({ instance }) => instance.sopInstanceUID === undefined);
  const studies = new Set(stored.map(({ instance }) => instance.studyInstanceUID));
  const [study] = studies;
  const dataSet: DicomJson = {};
  if (study !== undefined && studies.size === 1) dataSet['00081190'] = uri(studyURI(baseURI, study));
  if (named.length > 0) dataSet['00081198'] = sequence(named.map(failedItem));
  if (stored.length > 0) dataSet['00081199'] = sequence(stored.map((result) => storedItem(result, baseURI)));
  // PS3.18 I.2.2: what cannot be named stands in Other Failures Sequence.
  if (unnamed.length > 0) dataSet['0008119A'] = sequence(unnamed.map(otherFailure));
  return { status: statusOf(stored, failed), dataSet };
}

/** PS3.18 table 10.5.3-1. */
function statusOf(stored: readonly Stored[], failed: readonly Failed[]): number {
  if (stored.length > 0) return failed.length > 0 || stored.some(isWarned) ? 202 : 200;
  return failed.every(({ result }) => result === 'storage') ? 503 : 409;
}

function isWarned({ result, warnings }: Stored): boolean {
  return result === 'kept' || warnings.length > 0;
}

function storedItem({ result, instance, warnings }: Stored, baseURI: string): DicomJson {
  const item: DicomJson = {
    '00081150': { vr: 'UI', Value: [instance.sopClassUID] },
    '00081155': { vr: 'UI', Value: [instance.sopInstanceUID] },
    '00081190': uri(instanceURI(baseURI, instance)),
  };
  if (result === 'kept') item['00081196'] = { vr: 'US', Value: [WarningReason.DuplicateKept] };
  else if (warnings.length > 0) {
    item['00081196'] = { vr: 'US', Value: [WarningReason.DataSetDoesNotMatch] };
    const tags = [...new Set(warnings.map(({ tag }) => tag))].filter((tag) => /^[0-9A-F]{8}$/.test(tag));
    if (tags.length > 0) item['00741048'] = failedAttributes(tags);
  }
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

/** Failed Attributes Sequence (0074,1048): which attributes are to blame, by Selector Attribute (0072,0026); never their values. */
function failedAttributes(tags: readonly string[]): DicomJsonAttribute {
  return sequence(tags.map((tag) => ({ '00720026': { vr: 'AT', Value: [tag] } })));
}

function sequence(items: DicomJson[]): DicomJsonAttribute {
  return { vr: 'SQ', Value: items };
}

function uri(value: string): DicomJsonAttribute {
  return { vr: 'UR', Value: [value] };
}
