import type { DicomJson } from '../../../src/dicom/json/json-model';
import { partsOf } from '../clients/archive-client';
import { comments, slice } from '../files/samples';
import type { Isolate } from './isolate';
import { digestOf } from './objects';

/** An instance with a content: other contents of the same instance have another number. */
export interface Sample {
  readonly study: string;
  readonly series: string;
  readonly sop: string;
  /** Is InstanceNumber (0020,0013), and makes the pixels differ. */
  readonly content: number;
  readonly file: Uint8Array;
}

/** @param long its metadata is an object of its own */
export function sample(study: string, series: string, sop: string, content: number, long = false): Sample {
  const elements = long ? [comments(6000, content)] : [];
  const file = slice({ study, series, sop, seed: content, instanceNumber: content, rows: 2, columns: 2, elements });
  return { study, series, sop, content, file };
}

/** What clients see of an archive: the number of the content by SOP Instance UID. */
export type Seen = ReadonlyMap<string, number>;

/** What clients see when these are all that the archive holds. */
export function seenOf(samples: readonly Sample[]): Map<string, number> {
  return new Map(samples.map(({ sop, content }) => [sop, content]));
}

const FILES = { headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } };
const JSON_ACCEPT = { headers: { Accept: 'application/dicom+json' } };

/**
 * What clients see of some studies, by every service: searches at each level, metadata, files byte for byte.
 * @param samples all that may be there
 * @returns what they see, and where two services do not agree, in words
 */
export async function look(
  isolate: Isolate,
  studies: readonly string[],
  samples: readonly Sample[],
): Promise<{ seen: Map<string, number>; findings: string[] }> {
  const contents = await contentsByDigest(samples);
  const seen = new Map<string, number>();
  const findings: string[] = [];
  for (const study of studies) {
    const found = await json(isolate, `/dicomweb/studies/${study}/instances?limit=1000`);
    const sops = found.map((instance) => first(instance, '00080018'));
    const [inList, ...twice] = await json(isolate, `/dicomweb/studies?StudyInstanceUID=${study}`);
    const say = (what: string) => findings.push(`study ${study}: ${what}`);
    if (twice.length > 0) say('a search finds it twice');
    const counted = Number(inList === undefined ? 0 : first(inList, '00201208'));
    if (counted !== sops.length) say(`the list counts ${counted} instances, ${sops.length} are found`);
    const byText = await json(isolate, `/dicomweb/studies?PatientName=nept*&StudyInstanceUID=${study}`);
    if (byText.length !== Math.sign(sops.length)) say(`${byText.length} found by name, ${sops.length} instances`);
    const metadata = await isolate.fetch(`/dicomweb/studies/${study}/metadata`, JSON_ACCEPT);
    const files = await isolate.fetch(`/dicomweb/studies/${study}`, FILES);
    if (sops.length === 0) {
      for (const { status } of [metadata, files])
        if (status !== 404 && status !== 410) say(`${status} for a study that no search finds`);
      continue;
    }
    if (metadata.status !== 200 || files.status !== 200) {
      say(`metadata ${metadata.status}, files ${files.status} for a study that a search finds`);
      continue;
    }
    const numbers = new Map(((await metadata.json()) as DicomJson[]).map(numbered));
    const stored = new Map<string, number>();
    for (const { body } of await partsOf(files)) {
      const content = contents.get(await digestOf(body));
      if (content === undefined) say('a file is none that was sent');
      else stored.set(content.sop, content.content);
    }
    for (const sop of new Set([...sops, ...numbers.keys(), ...stored.keys()])) {
      const [number, file] = [numbers.get(sop), stored.get(sop)];
      if (!sops.includes(sop) || number === undefined || number !== file)
        say(`instance ${sop}: found ${sops.includes(sop)}, metadata of content ${number}, file of content ${file}`);
      if (file !== undefined) seen.set(sop, file);
    }
  }
  return { seen, findings };
}

function numbered(dataSet: DicomJson): [string, number] {
  return [first(dataSet, '00080018'), Number(first(dataSet, '00200013'))];
}

async function contentsByDigest(samples: readonly Sample[]): Promise<Map<string, Sample>> {
  for (const one of samples) if (!DIGESTS.has(one.file)) DIGESTS.set(one.file, await digestOf(one.file));
  return new Map(samples.map((one) => [DIGESTS.get(one.file)!, one]));
}

const DIGESTS = new WeakMap<Uint8Array, string>();

async function json(isolate: Isolate, path: string): Promise<DicomJson[]> {
  const response = await isolate.fetch(path, JSON_ACCEPT);
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return await response.json();
}

function first(dataSet: DicomJson, tag: string): string {
  return String(dataSet[tag]?.Value?.[0]);
}
