import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { Ledger } from '../../../src/archive/memory/ledger';
import { LEDGER_LIMITS, type LedgerLimits } from '../../../src/archive/memory/ledger-limits';
import { EXTRA, READ_FILE } from '../../../src/archive/memory/upload-memory';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { BYTES, TUS, upload, uploadAtOnce } from '../../support/clients/upload-client';
import { DEFLATED, type Element } from '../../support/files/part10';
import { comments, pixels, slice } from '../../support/files/samples';
import { zipOf } from '../../support/files/zip-writer';
import { plainBindings, testBindings } from '../../support/platform/bindings';
import { type Failure, failing, type Operation } from '../../support/platform/failing';
import { sampledPoints } from '../../support/sampled-points';

/** A file that one request sends as a whole is read while it arrives: src/archive/upload/ingest/arriving-file.ts. */

const MIB = 1024 * 1024;
const PART = 5 * MIB;
const FILE_TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*';

withArchive();

/** Pixels that differ from part to part. */
const WORDS = new Uint32Array(3 * MIB);
for (let at = 0; at < WORDS.length; at += 1) WORDS[at] = Math.imul(at + 1, 2654435761);

/** A file of some MiB. */
function file(mebibytes: number, options: Parameters<typeof slice>[0] = {}): Uint8Array {
  const image: Element = [0x7fe00010, 'OW', new Uint8Array(WORDS.buffer, 0, mebibytes * MIB)];
  return slice({
    pixels: false,
    rows: 1024,
    columns: mebibytes * 512,
    ...options,
    elements: [image, ...(options.elements ?? [])],
  });
}

/** A body that breaks off. */
function broken(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.error(new Error('the client has left'));
      else controller.enqueue(bytes.slice(at, at + 100_000));
      at += 100_000;
    },
  });
}

async function patch(client: Pick<ArchiveClient, 'fetch'>, path: string, offset: number, body: BodyInit) {
  return await client.fetch(path, { method: 'PATCH', headers: { ...BYTES, 'Upload-Offset': String(offset) }, body });
}

async function created(client: Pick<ArchiveClient, 'fetch'>, length: number): Promise<string> {
  const headers = { ...TUS, 'Upload-Length': String(length) };
  return (await client.fetch('/dicomweb/uploads', { method: 'POST', headers })).headers.get('Location')!;
}

async function offsetOf(client: ArchiveClient, path: string): Promise<number> {
  return Number((await client.fetch(path, { method: 'HEAD', headers: TUS })).headers.get('Upload-Offset'));
}

async function described(client: Pick<ArchiveClient, 'fetch'>, path: string) {
  const { state, counts } = (await (await client.fetch(path)).json()) as { state: string; counts: object };
  return { state, counts };
}

/** The digest of an instance as the archive returns it. */
async function retrieved(client: ArchiveClient, study = '1.2.3.4'): Promise<string> {
  const path = `/dicomweb/studies/${study}/series/1.2.3.4.0/instances/1.2.3.4.1`;
  const parts = await partsOf(await client.fetch(path, { headers: { Accept: FILE_TYPE } }));
  expect(parts).toHaveLength(1);
  return await digest(parts[0]!.body);
}

async function digest(bytes: Uint8Array): Promise<string> {
  return String(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}

/** The digests of the files of a study, as they lie in the bucket. */
async function storedFiles({ prefix, bindings }: ArchiveClient, study: string): Promise<string[]> {
  const { results } = await bindings.database
    .prepare(
      `SELECT version FROM instance JOIN series ON series.id = instance.series_id JOIN study ON study.id = series.study_id
       WHERE study_instance_uid = ?`,
    )
    .bind(study)
    .all<{ version: string }>();
  const objects = results.map(({ version }) => bindings.bucket.get(`${prefix}/unfiled/${version}.dcm`));
  return await Promise.all(objects.map(async (object) => digest(new Uint8Array(await (await object)!.arrayBuffer()))));
}

const metadataObjects = async ({ prefix, bindings }: ArchiveClient) =>
  (await bindings.bucket.list({ prefix: `${prefix}/metadata/` })).objects.length;

describe('a file of several parts that one request brings', () => {
  it('is stored without being read from the bucket, and as a Store request stores it', async () => {
    const bytes = file(12, { elements: [comments(6000)] });
    const client = archiveClient();
    const path = await upload(client, bytes);
    expect(await described(client, path)).toEqual({ state: 'done', counts: { stored: 1 } });
    expect(client.operations.r2Reads).toEqual([]);
    expect(await retrieved(client)).toBe(await digest(bytes));
    expect(await metadataObjects(client)).toBe(1);
    const metadata = await client.json('/dicomweb/studies/1.2.3.4/metadata');
    expect((await client.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' })).status).toBe(204);
    expect((await client.store([bytes])).status).toBe(200);
    expect(await client.json('/dicomweb/studies/1.2.3.4/metadata')).toEqual(metadata);
    // Sent again, it is the instance that a Store request has stored: the digests are the same.
    const again = await upload(client, bytes);
    expect(await described(client, again)).toEqual({ state: 'done', counts: { identical: 1 } });
    const other = await upload(client, file(12, { elements: [comments(6000, 2)] }));
    expect(await described(client, other)).toEqual({ state: 'done', counts: { conflict: 1 } });
  });

  it('is stored without being read when it comes with the creation', async () => {
    const client = archiveClient();
    const bytes = file(6);
    const response = await uploadAtOnce(client, bytes);
    expect([response.status, response.headers.get('Upload-Offset')]).toEqual([201, String(bytes.length)]);
    expect(client.operations.r2Reads).toEqual([]);
    expect(await described(client, response.headers.get('Location')!)).toEqual({
      state: 'done',
      counts: { stored: 1 },
    });
    expect(await retrieved(client)).toBe(await digest(bytes));
  });

  it('goes on where its body breaks off, and leaves nothing behind', async () => {
    const client = archiveClient();
    const bytes = file(12, { elements: [comments(6000)] });
    const path = await created(client, bytes.length);
    await patch(client, path, 0, broken(bytes.subarray(0, 7 * MIB)));
    const offset = await offsetOf(client, path);
    expect(offset).toBeGreaterThanOrEqual(PART);
    expect(offset).toBeLessThan(bytes.length);
    expect(await metadataObjects(client)).toBe(0);
    expect((await patch(client, path, offset, bytes.slice(offset))).status).toBe(204);
    expect(await described(client, path)).toEqual({ state: 'done', counts: { stored: 1 } });
    expect(await retrieved(client)).toBe(await digest(bytes));
    expect(await metadataObjects(client)).toBe(1);
    // The same request again, as after a lost answer.
    expect((await patch(client, path, offset, bytes.slice(offset))).status).toBeLessThan(500);
    expect(await described(client, path)).toEqual({ state: 'done', counts: { stored: 1 } });
  });

  it('is left to the ingest when it is no instance, a ZIP archive, or deflated', async () => {
    const noise = Uint8Array.from(pixels(6 * MIB, 3));
    const cases: [Uint8Array, object][] = [
      [file(6, { elements: [[0x00080018, 'UI', '']] }), { 'missing-identity': 1 }],
      [file(6, { study: '1.2.8' }).subarray(0, -1000), { stored: 1 }],
      [file(6, { without: [0x0020000e] }), { 'missing-identity': 1 }],
      [noise, { 'not-part10': 1 }],
      [zipOf([{ name: 'IM1', bytes: file(6), stored: true }]), { stored: 1 }],
      [
        slice({
          study: '1.2.9',
          transferSyntaxUID: DEFLATED,
          elements: [[0x7fe00010, 'OW', noise]],
        }),
        { stored: 1 },
      ],
    ];
    const client = archiveClient();
    for (const [bytes, counts] of cases) {
      expect(bytes.length).toBeGreaterThan(PART);
      const path = await upload(client, bytes);
      expect(await described(client, path)).toEqual({ state: 'done', counts });
    }
    expect(await retrieved(client, '1.2.9')).toBe(await digest(cases.at(-1)![0]));
  });

  it('is stored once whichever call of its request fails', async () => {
    const unhandled: unknown[] = [];
    addEventListener('unhandledrejection', (event) => unhandled.push(event.reason));
    let rounds = 0;
    /** @returns the calls that the request made */
    const round = async (when: Failure['when'], at: number): Promise<Operation[]> => {
      rounds += 1;
      const study = `1.2.3.${rounds}`;
      const bytes = file(5, { study, elements: [comments(6000)] });
      const client = archiveClient();
      const path = await created(client, bytes.length);
      const calls: Operation[] = [];
      const cut = (operation: Operation): Failure | undefined => {
        calls.push(operation);
        if (calls.length === at) return { message: 'cut', when };
        return calls.length > at && when === 'after' ? { message: 'cut', when: 'before' } : undefined;
      };
      const cutOff = archiveClient({}, () => failing(testBindings(), cut), client.prefix);
      await patch(cutOff, path, 0, bytes.slice()).catch(() => undefined);
      await client.bindings.database.prepare('UPDATE upload SET claimed_until = 0, lease_until = 0').run();
      const offset = await offsetOf(client, path);
      const last = await patch(client, path, offset, bytes.slice(offset));
      expect([when, at, last.status]).toEqual([when, at, 204]);
      expect([when, at, await described(client, path)]).toEqual([when, at, { state: 'done', counts: { stored: 1 } }]);
      expect([when, at, await storedFiles(client, study)]).toEqual([when, at, [await digest(bytes)]]);
      return calls;
    };
    const calls = await round('before', 0);
    // One call fails; or its answer is lost, and all later calls fail, as when the isolate ends there.
    for (const when of ['before', 'after'] as const) {
      for (const at of sampledPoints(calls)) expect((await round(when, at)).length).toBeGreaterThanOrEqual(at);
    }
    expect(rounds).toBeGreaterThan(10);
    expect(unhandled).toEqual([]);
  });
});

describe('the memory of such a file', () => {
  /** A client of one isolate with a ledger that the test reads. */
  function isolate(limits: Partial<LedgerLimits> = {}) {
    const bindings: ArchiveBindings = plainBindings();
    const ledger = new Ledger({ ...LEDGER_LIMITS, ...limits });
    const app = createApp(() => openArchive('one-pass-memory', bindings), { ledger });
    const fetch = async (path: string, init?: RequestInit) => {
      const context = createExecutionContext();
      const response = await app.fetch(new Request(ORIGIN + path, init), { ...env, ALLOW_ANONYMOUS: 'true' }, context);
      const body = await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return new Response(response.status === 204 ? null : body, response);
    };
    return { ledger, fetch };
  }

  it('is one part and what its parser takes', async () => {
    const client = isolate();
    await upload(client, file(12));
    expect(client.ledger.peak).toBe(PART + MIB + READ_FILE);
    expect(client.ledger.held).toBe(0);
  });

  it('is only the part while there is no more', async () => {
    const client = isolate({ most: { ...LEDGER_LIMITS.most, upload: PART + MIB }, small: 0 });
    const bytes = file(6);
    const path = await created(client, bytes.length);
    expect((await patch(client, path, 0, bytes)).status).toBe(204);
    expect(await described(client, path)).toEqual({ state: 'done', counts: { stored: 1 } });
    expect(client.ledger.held).toBe(0);
  });

  it('is given back early by a file that is deflated', async () => {
    const client = isolate();
    const noise = Uint8Array.from(pixels(6 * MIB, 3));
    await upload(client, slice({ transferSyntaxUID: DEFLATED, elements: [[0x7fe00010, 'OW', noise]] }));
    expect(client.ledger.peak).toBeLessThan(LEDGER_LIMITS.most.upload + EXTRA);
    expect(client.ledger.held).toBe(0);
  });
});
