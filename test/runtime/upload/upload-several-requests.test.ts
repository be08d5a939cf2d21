import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { Ledger } from '../../../src/archive/memory/ledger';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { BYTES, TUS } from '../../support/clients/upload-client';
import { comments, slice } from '../../support/files/samples';
import { plainBindings, testBindings } from '../../support/platform/bindings';
import { type Failure, failing, type Operation } from '../../support/platform/failing';
import { sampledPoints } from '../../support/sampled-points';

/** A file that several requests bring is read while it arrives: src/archive/upload/ingest/arriving-file.ts, kept-readings.ts. */

withArchive();

const MIB = 1024 * 1024;
const WORDS = new Uint32Array(3 * MIB);
for (let at = 0; at < WORDS.length; at += 1) WORDS[at] = Math.imul(at + 1, 2654435761);

/** A file of some MiB, whose metadata is an object of its own. */
const file = (mebibytes: number, options: Parameters<typeof slice>[0] = {}) =>
  slice({
    ...{ pixels: false, rows: 1024, columns: mebibytes * 512, ...options },
    elements: [[0x7fe00010, 'OW', new Uint8Array(WORDS.buffer, 0, mebibytes * MIB)], comments(6000)],
  });

type Client = Pick<ArchiveClient, 'fetch'>;

async function created(client: Client, length: number): Promise<string> {
  const headers = { ...TUS, 'Upload-Length': String(length) };
  return (await client.fetch('/dicomweb/uploads', { method: 'POST', headers })).headers.get('Location')!;
}

/** Sends some bytes in one request. @returns its status */
async function send(
  client: Client,
  path: string,
  bytes: Uint8Array,
  from: number,
  to: number,
  more = {},
): Promise<number> {
  const headers = { ...BYTES, 'Upload-Offset': String(from), 'Content-Length': String(to - from), ...more };
  const body = bytes.slice(from, to) as Uint8Array<ArrayBuffer>;
  return (await client.fetch(path, { method: 'PATCH', headers, body })).status;
}

const offsetOf = async (client: Client, path: string) =>
  Number((await client.fetch(path, { method: 'HEAD', headers: TUS })).headers.get('Upload-Offset'));

async function outcome(client: Client, path: string) {
  const { state, counts } = (await (await client.fetch(path)).json()) as { state: string; counts: object };
  return { state, counts };
}

const STORED = { state: 'done', counts: { stored: 1 } };

async function digest(bytes: Uint8Array): Promise<string> {
  return String(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}

async function retrieved(client: ArchiveClient, study = '1.2.3.4'): Promise<string> {
  const path = `/dicomweb/studies/${study}/series/1.2.3.4.0/instances/1.2.3.4.1`;
  const Accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const [part] = await partsOf(await client.fetch(path, { headers: { Accept } }));
  return await digest(part!.body);
}

/** Reads of the file itself, not of the bytes after its last whole part. */
const fileReads = ({ operations }: ArchiveClient) => operations.r2Reads.filter(({ key }) => !key.endsWith('.rest'));

/** The archive knows the bytes by a digest of its own: the same file again, by a Store request, is known. */
const isKnown = async (client: ArchiveClient, bytes: Uint8Array) => {
  const { status } = await client.store([bytes]);
  const { count } = (await client.bindings.database
    .prepare('SELECT count(*) AS count FROM removal')
    .first<{ count: number }>())!;
  return status === 200 && count === 0;
};

describe('a file that several requests bring', () => {
  it.each([
    ['the first ones shorter than a part', [1, 200_000, 3 * MIB, 9 * MIB, 10 * MIB + 1]],
    ['each a whole part', [5 * MIB, 10 * MIB]],
  ])('is stored without being read from the bucket: %s', async (_name, cuts) => {
    const client = archiveClient();
    const bytes = file(11);
    const path = await created(client, bytes.length);
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      expect(await send(client, path, bytes, from, to)).toBe(204);
      from = to;
    }
    expect(fileReads(client)).toEqual([]);
    expect(await outcome(client, path)).toEqual(STORED);
    expect(await retrieved(client)).toBe(await digest(bytes));
    expect(await isKnown(client, bytes)).toBe(true);
  });

  it('goes on after a body that breaks off, a wrong checksum and a wrong offset', async () => {
    const client = archiveClient();
    const bytes = file(11);
    const path = await created(client, bytes.length);
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at > 6 * MIB) controller.error(new Error('the client has left'));
        else controller.enqueue(bytes.slice(at, at + 100_000));
        at += 100_000;
      },
    });
    expect(await send(client, path, bytes, 0, 100)).toBe(204);
    await client.fetch(path, { method: 'PATCH', headers: { ...BYTES, 'Upload-Offset': '0' }, body });
    expect(await send(client, path, bytes, 100, 5 * MIB + 100)).toBe(204);
    const wrong = { 'Upload-Checksum': `sha1 ${btoa('twenty characters...')}` };
    expect(await send(client, path, bytes, 5 * MIB + 100, bytes.length, wrong)).toBe(460);
    expect(await send(client, path, bytes, 3, 4)).toBe(409);
    expect(await send(client, path, bytes, 5 * MIB + 100, bytes.length)).toBe(204);
    expect(await outcome(client, path)).toEqual(STORED);
    expect(await retrieved(client)).toBe(await digest(bytes));
    expect(await isKnown(client, bytes)).toBe(true);
  });

  it('is read by the ingest when a request comes to another isolate', async () => {
    const one = archiveClient();
    const other = archiveClient({}, undefined, one.prefix);
    const bytes = file(11);
    const path = await created(one, bytes.length);
    // The first isolate still has its reading when the upload comes back to it.
    for (const [client, from, to] of [
      [one, 0, 5 * MIB + 9],
      [other, 5 * MIB + 9, 10 * MIB + 9],
      [one, 10 * MIB + 9, bytes.length],
    ] as const) {
      expect(await send(client, path, bytes, from, to)).toBe(204);
    }
    expect(fileReads(one).length + fileReads(other).length).toBeGreaterThan(0);
    expect(await outcome(one, path)).toEqual(STORED);
    expect(await retrieved(one)).toBe(await digest(bytes));
    expect(await isKnown(one, bytes)).toBe(true);
  });

  // Each round takes 5 MiB.
  it('is stored once whichever call of its last request is its last one', async () => {
    /** @returns the calls that the last request made */
    const round = async (at: number): Promise<Operation[]> => {
      const study = `1.2.3.${at}`;
      const bytes = file(5, { study });
      const calls: Operation[] = [];
      let isCutting = false;
      const cut = (operation: Operation): Failure | undefined => {
        if (!isCutting) return undefined;
        calls.push(operation);
        if (at === 0 || calls.length < at) return undefined;
        return { message: 'cut', when: calls.length === at ? 'after' : 'before' };
      };
      const client = archiveClient({}, () => failing(testBindings(), cut));
      const path = await created(client, bytes.length);
      expect(await send(client, path, bytes, 0, 5 * MIB + 50)).toBe(204);
      isCutting = true;
      await send(client, path, bytes, 5 * MIB + 50, bytes.length).catch(() => 0);
      isCutting = false;
      await client.bindings.database.prepare('UPDATE upload SET claimed_until = 0, lease_until = 0').run();
      const offset = await offsetOf(client, path);
      await send(client, path, bytes, offset, bytes.length);
      expect([at, await outcome(client, path)]).toEqual([at, STORED]);
      expect([at, await retrieved(client, study)]).toEqual([at, await digest(bytes)]);
      return calls;
    };
    for (const at of sampledPoints(await round(0))) expect((await round(at)).length).toBeGreaterThanOrEqual(at);
  });
});

describe('what an isolate keeps between the requests', () => {
  it('is little, counted by its ledger, and dropped when a request needs the memory', async () => {
    const ledger = new Ledger();
    const app = createApp(() => openArchive('several-memory', plainBindings()), { ledger });
    const fetch = async (path: string, init?: RequestInit) => {
      const context = createExecutionContext();
      const response = await app.fetch(new Request(ORIGIN + path, init), { ...env, ALLOW_ANONYMOUS: 'true' }, context);
      const body = await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return new Response(response.status === 204 ? null : body, response);
    };
    const bytes = file(12);
    const path = await created({ fetch }, bytes.length);
    expect(await send({ fetch }, path, bytes, 0, 6 * MIB)).toBe(204);
    expect(ledger.held).toBeGreaterThan(100_000);
    expect(ledger.held).toBeLessThan(MIB);
    (await ledger.take(ledger.limits.alone, { purpose: 'image' })).release();
    expect(ledger.held).toBe(0);
    expect(await send({ fetch }, path, bytes, 6 * MIB, bytes.length)).toBe(204);
    expect(await outcome({ fetch }, path)).toEqual(STORED);
    expect(ledger.held).toBe(0);
    // More uploads than an isolate keeps readings of.
    for (let at = 0; at < 17; at += 1) {
      const one = await created({ fetch }, bytes.length);
      expect(await send({ fetch }, one, bytes, 0, 5 * MIB + 10)).toBe(204);
    }
    expect(ledger.held).toBeLessThan(17 * 400_000);
  });
});
