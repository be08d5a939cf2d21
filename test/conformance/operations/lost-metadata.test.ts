import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import type { QueueMessage } from '../../../src/archive/background-messages';
import { hexadecimal } from '../../../src/archive/bytes';
import { compactSeries } from '../../../src/archive/metadata/compact';
import type { Archive } from '../../../src/archive/ports';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { findingsOf } from '../../support/archive/verifications';
import { withArchive } from '../../support/archive/with-archive';
import { type WorkerClient, workerClient } from '../../support/clients/worker-client';
import type { Element } from '../../support/files/part10';
import { comments, slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';

/*
 * The bucket has lost objects with metadata, and still has the files. The metadata is made again from the files, and a deletion does
 * not need it.
 */

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = [1, 2, 3].map((n) => `1.2.3.4.${n}`);
const pathOf = (series: number) => `${STUDY}/series/${SERIES[series - 1]}`;
const LATER = 10 * 60_000;

let client: WorkerClient;
let archive: Archive;
let files: Uint8Array[];
let before: unknown;

function file(series: number, instance: number, elements: Element[] = []): Uint8Array {
  const place = { series: `1.2.3.4.${series}`, sop: `1.2.3.4.${series}.${instance}` };
  const long = comments(series === 1 ? 1500 : 6000, series * 100 + instance);
  return slice({ ...place, instanceNumber: instance, rows: 2, columns: 2, elements: [long, ...elements] });
}

withArchive(async () => {
  vi.restoreAllMocks();
  const queued: QueueMessage[] = [];
  client = workerClient({}, queued);
  const sendBatch = async (messages: Iterable<MessageSendRequest<QueueMessage>>) => {
    for (const { body } of messages) queued.push(body);
  };
  archive = openArchive('', { ...testBindings(), queue: { sendBatch } as unknown as Queue });
  // Of the first series, merged segments become parts of another one.
  const first = Array.from({ length: 20 }, (_, at) =>
    file(1, at + 1, at === 0 ? [[0x00100010, 'PN', 'Other^One']] : []),
  );
  const others = [file(2, 1), file(3, 1), file(3, 2)];
  files = [...first, ...others];
  await stored(first.slice(0, 12));
  await merged();
  for (const one of [...first.slice(12), ...others]) await stored([one]);
  await merged();
  client.queued.length = 0;
  // An isolate keeps the answers that it has sent.
  before = (await Promise.all([1, 2, 3].map((series) => metadataAt(`${pathOf(series)}/metadata`)))).flat();
});

async function stored(some: readonly Uint8Array[]): Promise<void> {
  expect((await client.store(some)).status).toBe(200);
}

async function merged(): Promise<void> {
  for (const seriesInstanceUID of SERIES) {
    const series = { studyInstanceUID: '1.2.3.4', seriesInstanceUID };
    await compactSeries(archive, series, DEFAULT_LIMITS, Date.now() + LATER);
  }
}

/** Removes objects. @returns how many */
async function lose(of: RegExp): Promise<number> {
  const { objects } = await env.BUCKET.list();
  const lost = objects.filter(({ key }) => of.test(key));
  for (const { key } of lost) await env.BUCKET.delete(key);
  return lost.length;
}

const metadataOf = (series: number) => new RegExp(`^metadata/1\\.2\\.3\\.4/1\\.2\\.3\\.4\\.${series}/`);

const studyMetadata = () => metadataAt(`${STUDY}/metadata`);

/** @returns the data sets in the order of their UIDs, or another status than 200 */
async function metadataAt(path: string): Promise<unknown> {
  const response = await client.fetch(path, { headers: { Accept: 'application/dicom+json' } });
  if (response.status !== 200) return response.status;
  const dataSets = (await response.json()) as Record<string, { Value?: string[] }>[];
  const uidOf = (one: Record<string, { Value?: string[] }>) => one['00080018']?.Value?.[0] ?? '';
  return dataSets.sort((one, other) => uidOf(one).localeCompare(uidOf(other)));
}

/** Delivers what is queued until no metadata is to be made again. */
async function delivered(): Promise<void> {
  do expect(await client.deliver()).toBe(0);
  while (client.queued.some((message) => 'kind' in message && message.kind === 'remake'));
}

async function known(): Promise<number> {
  const { headers } = await client.fetch('/dicomweb/upload-sessions', { method: 'POST' });
  const body = await Promise.all(
    files.map(async (bytes) => ({
      sopInstanceUID: /1\.2\.3\.4\.\d\.\d+/.exec(new TextDecoder('latin1').decode(bytes))![0],
      sha256: hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))),
    })),
  );
  const response = await client.fetch(`${new URL(headers.get('Location')!, 'http://x').pathname}/known`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as unknown[]).length;
}

describe('metadata that the bucket has lost', () => {
  it('of any of its series: the metadata of the study is 500 object-missing', async () => {
    for (const series of [3, 2, 1]) {
      expect(await lose(metadataOf(series))).toBeGreaterThan(0);
      for (const accept of ['application/dicom+json', 'multipart/related; type="application/dicom+xml"']) {
        const response = await client.fetch(`${STUDY}/metadata`, { headers: { Accept: accept } });
        expect(response.status, `series ${series}, ${accept}`).toBe(500);
        expect(await response.json()).toMatchObject({ code: 'object-missing' });
      }
    }
  });

  it('of a series after one whose metadata is in the index: the metadata of the study is 500 too', async () => {
    const short = slice({ study: '1.2.5', series: '1.2.5.1', sop: '1.2.5.1.1' });
    await stored([short]);
    await stored([slice({ study: '1.2.5', series: '1.2.5.2', sop: '1.2.5.2.1', elements: [comments(6000)] })]);
    expect(await lose(/^metadata\/1\.2\.5\//)).toBe(1);
    expect(await metadataAt('/dicomweb/studies/1.2.5/metadata')).toBe(500);
    expect(await metadataAt('/dicomweb/studies/1.2.5/series/1.2.5.1/metadata')).toHaveLength(1);
  });

  it('is made again after a verification, and the finding ends', async () => {
    const lines = vi.spyOn(console, 'log');
    await lose(/^metadata/);
    const findings = await findingsOf(archive);
    expect(findings).toHaveLength(3);
    expect(findings.every((finding) => finding.startsWith('missing-object metadata/'))).toBe(true);
    expect(await studyMetadata()).toBe(500);
    await delivered();
    expect(await studyMetadata()).toEqual(before);
    expect(await archive.verification.countFaults(10)).toBe(0);
    expect(lines.mock.calls.filter(([line]) => /objects-healed.*metadata\//.test(line))).toHaveLength(3);
    expect(await findingsOf(archive, 4)).toEqual([]);
  });

  it('is made again when it is damaged', async () => {
    const { objects } = await env.BUCKET.list({ prefix: 'metadata/' });
    for (const { key } of objects) await env.BUCKET.put(key, new Uint8Array(10));
    const findings = await findingsOf(archive);
    expect(findings).toHaveLength(3);
    expect(findings.every((finding) => finding.startsWith('wrong-length metadata/'))).toBe(true);
    await delivered();
    expect(await studyMetadata()).toEqual(before);
    expect(await archive.verification.countFaults(10)).toBe(0);
  });

  it.each<[how: string, lost: RegExp, send: () => Promise<unknown>]>([
    ['the same bytes are stored again', /^metadata/, () => stored(files)],
    ['the same bytes are stored again, and the files are lost too', /^(metadata|instances)/, () => stored(files)],
    ['one instance of each series is stored again', /^metadata/, () => stored([3, 20, 22].map((at) => files[at]!))],
    ['a sender asks which files are known', /^metadata/, async () => expect(await known()).toBe(files.length)],
  ])('is made again when %s', async (_, of, send) => {
    await findingsOf(archive);
    expect(await lose(of)).toBeGreaterThan(0);
    client.queued.length = 0;
    await send();
    await delivered();
    expect(await studyMetadata()).toEqual(before);
    expect(await archive.verification.countFaults(10)).toBe(0);
  });

  it('is made again when it is to be merged', async () => {
    await lose(/^metadata/);
    await stored([file(3, 3)]);
    client.queued.push({ archive: '', studyInstanceUID: '1.2.3.4', seriesInstanceUID: SERIES[2]! });
    await merged().catch(() => undefined);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + LATER);
    await delivered();
    expect(await metadataAt(`${pathOf(3)}/metadata`)).toHaveLength(3);
  });

  it('stays lost for an instance whose file is lost too, and is there for the others', async () => {
    const lines = vi.spyOn(console, 'error');
    await lose(/^metadata|1\.2\.3\.4\.1\.7\//);
    await findingsOf(archive);
    await delivered();
    const statusOf = async (n: number) => await metadataAt(`${pathOf(1)}/instances/1.2.3.4.1.${n}/metadata`);
    expect(await statusOf(7)).toBe(500);
    expect(await statusOf(8)).toHaveLength(1);
    expect(await metadataAt(`${pathOf(2)}/metadata`)).toHaveLength(1);
    expect(lines.mock.calls.filter(([line]) => /object-not-healed.*metadata\//.test(line))).toHaveLength(1);
    await stored([files[6]!]);
    await delivered();
    expect(await studyMetadata()).toEqual(before);
  });

  it('is made again in several runs when it is of many instances', async () => {
    const many = Array.from({ length: 510 }, (_, at) =>
      slice({ sop: `1.2.3.4.4.${at}`, series: '1.2.3.4.4', pixels: false, elements: [comments(60, at)] }),
    );
    await stored(many);
    expect(await lose(metadataOf(4))).toBe(1);
    await stored([many[0]!]);
    await delivered();
    expect(await metadataAt(`${STUDY}/series/1.2.3.4.4/metadata`)).toHaveLength(510);
  });

  it('asks for nothing when it is there', async () => {
    await findingsOf(archive);
    await stored(files);
    expect(await known()).toBe(files.length);
    expect(client.queued).toEqual([]);
  });
});

describe('what the bucket has lost the metadata of', () => {
  const nameOf = async () =>
    (await client.json(`${STUDY.replace('/1.2.3.4', '')}?StudyInstanceUID=1.2.3.4`))[0]?.['00100010'];
  const remove = async (path: string) => (await client.fetch(path, { method: 'DELETE' })).status;

  it.each<[what: string, path: string]>([
    ['an instance', `${pathOf(1)}/instances/1.2.3.4.1.1`],
    ['a series', pathOf(1)],
  ])('%s is deleted, and what remains is described by its own files', async (_, path) => {
    expect(await nameOf()).toMatchObject({ Value: [{ Alphabetic: 'Other^One' }] });
    await lose(/^metadata/);
    expect(await remove(path)).toBe(204);
    expect(await nameOf()).toMatchObject({ Value: [{ Alphabetic: 'Neptune^Planet' }] });
  });

  it('an instance is deleted when all files are lost too', async () => {
    await lose(/^(metadata|instances)/);
    expect(await remove(`${pathOf(1)}/instances/1.2.3.4.1.1`)).toBe(204);
    expect(await remove(pathOf(1))).toBe(204);
    expect(await remove(STUDY)).toBe(204);
    expect(await client.json(`${STUDY}/instances`)).toEqual([]);
  });

  it('an instance that was deleted is restored', async () => {
    expect(await remove(`${pathOf(1)}/instances/1.2.3.4.1.1`)).toBe(204);
    await lose(/^metadata/);
    const restored = await client.fetch(`${pathOf(1)}/instances/1.2.3.4.1.1/restore`, { method: 'POST' });
    expect(restored.status).toBe(204);
    await findingsOf(archive);
    await delivered();
    expect(await studyMetadata()).toEqual(before);
  });
});
