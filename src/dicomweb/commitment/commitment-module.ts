import type { CommitmentFailure, CommitmentResult } from '../../archive/commitment/commit-storage';
import { MOST_INSTANCES, type ReferencedInstance } from '../../archive/commitment/commit-storage';
import { isUsableUID } from '../../dicom/instance/identity';
import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { HttpProblem } from '../../http/problem';
import { digestElements, digestIn, reasonElements } from './digest-element';

/**
 * How a request names its instances (PS3.18 table J.1-1): by their UIDs alone, in Referenced SOP Sequence (0008,1199), or
 * within their studies, in Referenced Study Sequence (0008,1110). The answer names them in the same way.
 */
export type CommitmentForm = 'instances' | 'studies';

const FAILURE_REASONS: Record<CommitmentFailure, number> = {
  /** No such object instance: PS3.3 C.14.1.1. */
  absent: 0x0112,
  /** Class/instance conflict. */
  'other-class': 0x0119,
  /** No such object instance: the file that the sender has is not here. */
  'other-bytes': 0x0112,
  /** Processing failure. */
  lost: 0x0110,
};

/**
 * Reads the Storage Commitment Request Module: PS3.18 J.1.
 * @throws HttpProblem 400, or 413 for more than MOST_INSTANCES instances
 */
export function requestedInstances(dataSet: DicomJson): [form: CommitmentForm, ReferencedInstance[]] {
  const hasInstances = dataSet['00081199'] !== undefined;
  const hasStudies = dataSet['00081110'] !== undefined;
  if (hasInstances === hasStudies) {
    throw new HttpProblem(
      'bad-request',
      'The request must have either Referenced SOP Sequence (0008,1199) or Referenced Study Sequence (0008,1110).',
    );
  }
  const references = [...(hasInstances ? instancesOf(dataSet) : instancesOfStudies(dataSet))];
  if (references.length > MOST_INSTANCES) {
    throw new HttpProblem(
      'too-large',
      `A request names at most ${MOST_INSTANCES} instances. Send several requests, each with a Transaction UID of its own.`,
    );
  }
  return [hasInstances ? 'instances' : 'studies', references];
}

function* instancesOf(dataSet: DicomJson): Generator<ReferencedInstance> {
  for (const item of items(dataSet, '00081199')) {
    yield { sopClassUID: uid(item, '00081150'), sopInstanceUID: uid(item, '00081155'), digest: digest(item) };
  }
}

function* instancesOfStudies(dataSet: DicomJson): Generator<ReferencedInstance> {
  for (const study of items(dataSet, '00081110')) {
    const studyInstanceUID = uid(study, '0020000D');
    for (const series of items(study, '00081115')) {
      const seriesInstanceUID = uid(series, '0020000E');
      for (const ofClass of items(series, '00081112')) {
        const sopClassUID = uid(ofClass, '00081150');
        for (const item of items(ofClass, '0008114A')) {
          const sopInstanceUID = uid(item, '00081155');
          yield { sopClassUID, sopInstanceUID, studyInstanceUID, seriesInstanceUID, digest: digest(item) };
        }
      }
    }
  }
}

/** The items of a sequence, at least one. */
function items(dataSet: DicomJson, tag: string): readonly DicomJson[] {
  const attribute = dataSet[tag];
  if (attribute?.vr !== 'SQ' || !attribute.Value?.length) throw wrong(tag, 'must be a sequence with an item');
  return attribute.Value as DicomJson[];
}

function uid(dataSet: DicomJson, tag: string): string {
  const value = dataSet[tag]?.Value?.[0];
  // Some writers pad a UID, as in a file.
  const text = typeof value === 'string' ? value.replace(/[\0 ]+$/, '') : '';
  // Instances with UIDs that are not valid are stored, so they can be asked for too.
  if (!isUsableUID(text)) throw wrong(tag, 'must have a UID');
  return text;
}

function digest(item: DicomJson): string | undefined {
  try {
    return digestIn(item);
  } catch {
    throw wrong('0009xx01', 'must be one SHA-256 as 64 hexadecimal digits');
  }
}

function wrong(tag: string, what: string): HttpProblem {
  return new HttpProblem('bad-request', `(${tag.slice(0, 4)},${tag.slice(4)}) ${what}.`);
}

/** Builds the Storage Commitment Response Module: PS3.18 J.2. */
export function commitmentResponse(form: CommitmentForm, results: readonly CommitmentResult[]): DicomJson {
  const committed = results.filter(({ failure }) => failure === undefined);
  const failed = results.filter(({ failure }) => failure !== undefined);
  const dataSet: DicomJson = {};
  if (form === 'instances') {
    if (failed.length > 0) dataSet['00081198'] = sequence(failed.map((one) => ({ ...classOf(one), ...itemOf(one) })));
    if (committed.length > 0) {
      dataSet['00081199'] = sequence(committed.map((one) => ({ ...classOf(one), ...itemOf(one) })));
    }
    return dataSet;
  }
  if (committed.length > 0) dataSet['00081110'] = studies(committed);
  if (failed.length > 0) dataSet['0008119B'] = studies(failed);
  return dataSet;
}

/** Referenced Study Sequence, or Failed Study Sequence (0008,119B), which has the same structure. */
function studies(results: readonly CommitmentResult[]): DicomJsonAttribute {
  return sequence(
    grouped(results, 'studyInstanceUID').map(([study, ofStudy]) => ({
      '0020000D': ui(study),
      '00081115': sequence(
        grouped(ofStudy, 'seriesInstanceUID').map(([series, ofSeries]) => ({
          '0020000E': ui(series),
          '00081112': sequence(
            grouped(ofSeries, 'sopClassUID').map(([sopClass, ofClass]) => ({
              '00081150': ui(sopClass),
              '0008114A': sequence(ofClass.map(itemOf)),
            })),
          ),
        })),
      ),
    })),
  );
}

type Grouping = 'studyInstanceUID' | 'seriesInstanceUID' | 'sopClassUID';

function grouped(results: readonly CommitmentResult[], by: Grouping): [uid: string, CommitmentResult[]][] {
  return [...Map.groupBy(results, (result) => result[by] ?? '')];
}

function classOf({ sopClassUID }: CommitmentResult): DicomJson {
  return { '00081150': ui(sopClassUID) };
}

function itemOf({ sopInstanceUID, failure, digests }: CommitmentResult): DicomJson {
  const named: DicomJson = { '00081155': ui(sopInstanceUID) };
  if (failure === undefined) return { ...named, ...digestElements(digests) };
  return { ...named, '00081197': { vr: 'US', Value: [FAILURE_REASONS[failure]] }, ...reasonElements(failure) };
}

function sequence(of: DicomJson[]): DicomJsonAttribute {
  return { vr: 'SQ', Value: of };
}

function ui(value: string): DicomJsonAttribute {
  return { vr: 'UI', Value: [value] };
}
