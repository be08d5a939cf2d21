import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hexadecimal } from '../../../src/archive/bytes';
import type { Archive } from '../../../src/archive/ports';
import { faultyObjects } from '../../../src/archive/verification/faulty-objects';
import { encodeRLE } from '../../../src/imaging/codecs/rle-encoder';
import { openArchive } from '../../../src/storage/open-archive';
import { keysOf } from '../../support/archive/sweeps';
import { findingsOf } from '../../support/archive/verifications';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { closeSession, newSession, upload, uploadAtOnce } from '../../support/clients/upload-client';
import { formatOf, frameOf } from '../../support/files/frames';
import { DEFLATED } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { zipOf } from '../../support/files/zip-writer';
import { failing, type Operation } from '../../support/platform/failing';

/*
 * Instances that the index names, and whose objects the bucket has lost or damaged, are sent again. A success means that their bytes
 * are held.
 */

const PATH = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.';
const POLICIES = ['reject', 'replace', 'keep'] as const;

let client: ArchiveClient;
let archive: Archive;
let files: readonly Uint8Array[];

/** Uncompressed, of three compressed frames, deflated. */
async function filesOfEachKind(): Promise<Uint8Array[]> {
  const format = formatOf({ rows: 16, columns: 16 });
  const frames = await Promise.all([1, 2, 3].map((seed) => encodeRLE(frameOf(format, 'noise', seed))));
  const fragments = frames.map(({ codeStream: bytes }) => (bytes.length % 2 ? Uint8Array.from([...bytes, 0]) : bytes));
  return [
    slice({ sop: '1.2.3.4.1' }),
    slice({
      sop: '1.2.3.4.2',
      transferSyntaxUID: '1.2.840.10008.1.2.5',
      fragments,
      elements: [[0x00280008, 'IS', '3']],
    }),
    slice({ sop: '1.2.3.4.3', transferSyntaxUID: DEFLATED }),
  ];
}

withArchive(async () => {
  files = await filesOfEachKind();
  use(archiveClient());
  expect((await client.store(files)).status).toBe(200);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function use(other: ArchiveClient): void {
  client = other;
  archive = openArchive(client.prefix, client.bindings);
}

const as = (variables: Record<string, string>) => use(archiveClient(variables, undefined, client.prefix));

async function objects(of: RegExp): Promise<string[]> {
  return (await keysOf(client)).filter((key) => of.test(key));
}

async function lose(of = /\/1\.2\.3\.4\.\d\//): Promise<void> {
  const lost = await objects(of);
  expect(lost).not.toEqual([]);
  await client.bindings.bucket.delete(lost);
}

/** Another byte at the end. The bucket has no digest of it, so only a verification that reads the bytes can find the fault. */
async function damage(): Promise<void> {
  for (const key of await objects(/\.dcm$/)) {
    const bytes = new Uint8Array(await (await env.BUCKET.get(key))!.arrayBuffer());
    bytes[bytes.length - 1]! ^= 1;
    await env.BUCKET.put(key, bytes);
  }
}

async function isRead(n: number): Promise<boolean> {
  const response = await client.fetch(PATH + n, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
  return response.status === 200 && hexOf(await response.arrayBuffer()) === hexOf(files[n - 1]!);
}

const hexOf = (bytes: ArrayBuffer | Uint8Array) => hexadecimal(new Uint8Array(bytes));

async function expectWhole(keys: readonly string[]): Promise<void> {
  for (const n of [1, 2, 3]) expect(await isRead(n), `instance ${n}`).toBe(true);
  expect((await client.fetch(`${PATH}2/frames/3`)).status).toBe(200);
  expect((await client.fetch(`${PATH}3/frames/1`)).status).toBe(200);
  expect((await objects(/instances|unfiled|metadata/)).sort()).toEqual([...keys].sort());
  expect(await findingsOf(archive, 4)).toEqual([]);
}

/** Which of the files the archive says that it holds. */
async function known(): Promise<string[]> {
  const body = await Promise.all(
    files.map(async (file, at) => ({
      sopInstanceUID: `1.2.3.4.${at + 1}`,
      sha256: hexOf(await crypto.subtle.digest('SHA-256', file as Uint8Array<ArrayBuffer>)),
    })),
  );
  const response = await client.fetch(`/dicomweb/upload-sessions/${await newSession(client)}/known`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { sopInstanceUID: string }[]).map(({ sopInstanceUID }) => sopInstanceUID);
}

describe.each(POLICIES)('the same bytes again, DUPLICATES=%s', (policy) => {
  it('are written again when the bucket has lost them', async () => {
    as({ DUPLICATES: policy });
    const lines = vi.spyOn(console, 'log');
    const keys = await objects(/instances|unfiled|metadata/);
    await lose();
    expect(await isRead(1)).toBe(false);
    expect((await client.store(files)).status).toBe(200);
    const healed = lines.mock.calls.flatMap(([line]) => (/objects-healed/.test(line) ? [JSON.parse(line)] : []));
    expect(healed).toEqual([
      expect.objectContaining({ event: 'objects-healed', objects: 5, object: expect.stringMatching(/^instances/) }),
    ]);
    await expectWhole(keys);
  });

  it('are written again when a verification has found them damaged, and the finding ends', async () => {
    as({ DUPLICATES: policy });
    const keys = await objects(/instances|unfiled|metadata/);
    await damage();
    expect(await findingsOf(archive)).toHaveLength(3);
    expect(await known()).toEqual([]);
    expect((await client.store(files)).status).toBe(200);
    expect(await archive.verification.countFaults(10)).toBe(0);
    expect(await known()).toHaveLength(3);
    await expectWhole(keys);
  });
});

describe('the same bytes again', () => {
  it('cost one look at the bucket for each object, and write nothing, when they are held', async () => {
    const before = await keysOf(client);
    client.operations.r2Writes.length = 0;
    expect((await client.store([files[0]!])).status).toBe(200);
    expect(client.operations.r2Writes).toHaveLength(1);
    expect(await keysOf(client)).toEqual(before);
  });

  it('are written again when only the places of frames, or the inflated data set, are lost', async () => {
    const keys = await objects(/instances|unfiled|metadata/);
    await lose(/\.(frames|inflated)$/);
    expect((await client.store(files)).status).toBe(200);
    await expectWhole(keys);
  });

  it('are written again when they were shortened', async () => {
    const [key] = await objects(/1\.2\.3\.4\.1\/.*dcm$/);
    await env.BUCKET.put(key!, files[0]!.subarray(0, 100));
    expect(await known()).toEqual(['1.2.3.4.2', '1.2.3.4.3']);
    expect((await client.store(files)).status).toBe(200);
    expect(await isRead(1)).toBe(true);
  });

  it('are written again for content that was kept aside', async () => {
    as({ DUPLICATES: 'keep' });
    const other = slice({ sop: '1.2.3.4.1', seed: 7 });
    const first = await objects(/1\.2\.3\.4\.1\/.*dcm$/);
    expect((await client.store([other])).status).toBe(202);
    const [aside] = (await objects(/1\.2\.3\.4\.1\/.*dcm$/)).filter((key) => !first.includes(key));
    await client.bindings.bucket.delete(aside!);
    expect((await client.store([other])).status).toBe(202);
    expect(hexOf(await (await client.bindings.bucket.get(aside!))!.arrayBuffer())).toBe(hexOf(other));
    expect(await findingsOf(archive)).toEqual([]);
  });

  it('are written again by resumable uploads and from ZIP archives, and are known only then', async () => {
    const sending = {
      'several requests': (session: string) => upload(client, files[0]!, { session, chunk: 300 }),
      'one request': (session: string) => uploadAtOnce(client, files[0]!, session),
      ZIP: async (session: string) => uploadAtOnce(client, await zipOf([{ name: 'IM1', bytes: files[0]! }]), session),
    };
    for (const [how, send] of Object.entries(sending)) {
      await lose(/1\.2\.3\.4\.1\/.*dcm$/);
      expect(await known(), how).toEqual(['1.2.3.4.2', '1.2.3.4.3']);
      const session = await newSession(client);
      await send(session);
      expect((await closeSession(client, session)).status, how).toBe(200);
      expect(await isRead(1), how).toBe(true);
      expect(await known(), how).toHaveLength(3);
    }
  });

  it('are written once or twice by two requests at the same time', async () => {
    const keys = await objects(/instances|unfiled|metadata/);
    await lose();
    const both = await Promise.all([client.store(files), archiveClient({}, undefined, client.prefix).store(files)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    await expectWhole(keys);
  });
});

describe('a success means that the bytes are held', () => {
  it.each<Operation>(['get', 'put', 'query', 'batch'])('when calls fail: %s', async (operation) => {
    const whole = client;
    for (let first = 0; first < 4; first += 1) {
      await lose(/1\.2\.3\.4\.1\/.*dcm$/);
      let made = 0;
      const over = (real: typeof client.bindings) =>
        failing(real, (of) =>
          of === operation && made++ >= first ? { message: 'broken', when: 'before' } : undefined,
        );
      const { status } = await archiveClient({}, over, whole.prefix).store([files[0]!]);
      const held = await isRead(1);
      expect(status === 200 && !held, `${operation} ${first}: ${status}`).toBe(false);
      expect((await client.store([files[0]!])).status).toBe(200);
      expect(await isRead(1)).toBe(true);
    }
  });
});

it('looks for more objects than there are calls in the list of their series', async () => {
  const keys = (await archive.objects.list('instances/')).objects;
  const [missing, short] = keys.map(({ key }) => key).filter((key) => key.endsWith('.dcm'));
  await archive.objects.delete([missing!]);
  await env.BUCKET.put(`${client.prefix}/${short}`, new Uint8Array(10));
  expect(await faultyObjects(archive, keys, 0)).toEqual(new Set([missing, short]));
});
