import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Upload, type UploadOptions } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Identity, nativeImage, uidOf } from '../../support/files/synthetic';
import { seededRandom } from '../../support/seeded-random';
import { cuttingProxy } from '../../support/server/cutting-proxy';
import { type FrontDoor, freePort, scratchFolder, startFrontDoor } from '../../support/server/front-door';
import { descendants } from '../../support/server/processes';
import { SocketClient } from '../../support/server/socket-client';

/*
 * tus 1.0 at the front door: clients that leave, fall silent and drip, a server that is killed, and tus-js-client as it is.
 */

const TUS = { 'Tus-Resumable': '1.0.0' };
const MIB = 1024 * 1024;
const PIECE = 256 * 1024;

const folder = scratchFolder();
const files = mkdtempSync(join(tmpdir(), 'uploads-'));
let port: number;
let door: FrontDoor;

beforeAll(async () => {
  port = await freePort();
  door = await start();
});
afterAll(async () => {
  await kill();
  folder.remove();
  rmSync(files, { recursive: true, force: true });
});

const start = () => startFrontDoor({ data: folder.path, port, args: ['--no-sample'] });

/** Ends all processes of `npm start` at once, like a power failure. */
async function kill(): Promise<void> {
  const family = descendants(door.process.pid);
  const ended = door.end('SIGKILL');
  for (const pid of family) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with its parent.
    }
  }
  await ended;
}

const identityOf = (name: string): Identity => ({
  study: uidOf(`${name} study`),
  series: uidOf(`${name} series`),
  instance: uidOf(`${name} instance`),
});

/** An instance of so many MiB, and a little more. */
const imageOf = (name: string, mebibytes: number) =>
  nativeImage({ ...identityOf(name), rows: 1024, columns: 512, frames: mebibytes });

async function create(length: number): Promise<string> {
  const headers = { ...TUS, 'Upload-Length': String(length) };
  const response = await fetch(`${door.origin}/dicomweb/uploads`, { method: 'POST', headers });
  expect(response.status).toBe(201);
  return response.headers.get('Location')!;
}

async function offsetOf(path: string): Promise<number> {
  const response = await fetch(door.origin + path, { method: 'HEAD', headers: TUS });
  expect(response.status).toBe(200);
  return Number(response.headers.get('Upload-Offset'));
}

/** Every byte that was sent is kept, at the latest some seconds after the client is gone or silent. */
async function expectOffset(path: string, expected: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  let offset = await offsetOf(path);
  while (offset < expected && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    offset = await offsetOf(path);
  }
  expect(offset).toBe(expected);
}

const patchHeaders = (offset: number, length: number) => ({
  ...TUS,
  'Content-Type': 'application/offset+octet-stream',
  'Content-Length': String(length),
  'Upload-Offset': String(offset),
});

/** Sends the rest of a file, again while another request is in the way. @returns the status of each answer */
async function sendRest(path: string, file: Buffer): Promise<number[]> {
  const statuses: number[] = [];
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const offset = await offsetOf(path);
    const body = new Uint8Array(file.subarray(offset));
    const response = await fetch(door.origin + path, {
      method: 'PATCH',
      headers: patchHeaders(offset, body.length),
      body,
    });
    statuses.push(response.status);
    if (response.status === 204) return statuses;
    expect([409, 423]).toContain(response.status);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`the upload does not go on: ${statuses}`);
}

function* piecesOf(bytes: Buffer, pauseMs?: number): Generator<Buffer | number> {
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (pauseMs !== undefined) yield pauseMs;
    yield bytes.subarray(at, at + PIECE);
  }
}

/** Waits until the upload is ingested. */
async function done(path: string): Promise<void> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const { state } = (await (await fetch(door.origin + path)).json()) as { state: string };
    if (state === 'done') return;
    expect(state).not.toBe('failed');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the upload was not ingested');
}

/** The instance is stored, byte for byte. */
async function expectStored(path: string, name: string, file: Buffer): Promise<void> {
  await done(path);
  const { study, series, instance } = identityOf(name);
  const url = `${door.origin}/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
  const response = await fetch(url, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
  expect(response.status).toBe(200);
  expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(file));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

// Each mostly waits, so they do it at the same time.
describe.concurrent('clients at a socket', () => {
  it('one that leaves in the middle of a chunk goes on from the bytes that had arrived', async () => {
    const file = imageOf('leaves', 12);
    const path = await create(file.length);
    const client = new SocketClient(door.origin);
    const sent = file.subarray(0, 7 * MIB);
    await client.send({ method: 'PATCH', path, headers: patchHeaders(0, file.length), body: piecesOf(sent) });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    client.leave();
    await expectOffset(path, sent.length);
    await sendRest(path, file);
    await expectStored(path, 'leaves', file);
  });

  it('one that falls silent loses neither its bytes nor the way for its next request', async () => {
    const file = imageOf('silent', 8);
    const path = await create(file.length);
    const client = new SocketClient(door.origin);
    const sent = file.subarray(0, 7 * MIB);
    await client.send({ method: 'PATCH', path, headers: patchHeaders(0, file.length), body: piecesOf(sent) });
    const beside = await fetch(door.origin + path, { method: 'PATCH', headers: patchHeaders(5 * MIB, 1), body: 'a' });
    expect(beside.status).toBe(423);
    await expectOffset(path, sent.length);
    await sendRest(path, file);
    await expectStored(path, 'silent', file);
    client.leave();
  });

  it('one that drips keeps the upload to itself; a second one beside it is told to wait', async () => {
    const file = imageOf('drips', 2);
    const path = await create(file.length);
    const client = new SocketClient(door.origin);
    const headers = patchHeaders(0, file.length);
    const sending = client.send({ method: 'PATCH', path, headers, body: piecesOf(file, 400) });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const beside = await fetch(door.origin + path, {
      method: 'PATCH',
      headers: patchHeaders(0, 3),
      body: 'abc',
    });
    expect(beside.status).toBe(423);
    expect(Number(beside.headers.get('Retry-After'))).toBeGreaterThan(0);
    await sending;
    expect((await client.answer(120_000))?.status).toBe(204);
    await expectStored(path, 'drips', file);
  });
});

describe('a client at a socket', () => {
  it('goes on after the server was killed and started again with the same data', async () => {
    const file = imageOf('killed', 13);
    const path = await create(file.length);
    const client = new SocketClient(door.origin);
    const sending = client.send({
      method: 'PATCH',
      path,
      headers: patchHeaders(0, file.length),
      body: piecesOf(file.subarray(0, 11 * MIB)),
    });
    await sending;
    // Whole parts are noted as they arrive, while the request goes on.
    await expect.poll(() => offsetOf(path)).toBeGreaterThanOrEqual(5 * MIB);
    expect(client.ended).toBe(false);
    await kill();
    client.leave();
    door = await start();
    expect(await offsetOf(path)).toBeGreaterThanOrEqual(5 * MIB);
    await sendRest(path, file);
    await expectStored(path, 'killed', file);
  });
});

describe('tus-js-client as it is', () => {
  const upload = (endpoint: string, path: string, more: Partial<UploadOptions>) =>
    new Promise<Upload>((resolve, reject) => {
      const sent = new Upload(createReadStream(path), {
        endpoint,
        chunkSize: 20 * MIB,
        retryDelays: Array.from({ length: 40 }, () => 250),
        metadata: { filename: 'image.dcm' },
        onError: reject,
        onSuccess: () => resolve(sent),
        ...more,
      });
      // Otherwise each part would be tried 40 times, and the whole 40 times again.
      void door.exit.then(() => sent.abort().then(() => reject(new Error('npm start has ended'))));
      sent.start();
    });

  it('sends a file through a line that is cut twenty times', async () => {
    const file = imageOf('cut', 24);
    const path = join(files, 'cut.dcm');
    writeFileSync(path, file);
    const random = seededRandom(20_261_129);
    let made = 0;
    const proxy = await cuttingProxy(door.origin, () => {
      made += 1;
      return made > 20 ? undefined : MIB / 4 + random.below(MIB);
    });
    try {
      const sent = await upload(`${proxy.origin}/dicomweb/uploads`, path, {});
      expect(proxy.cuts()).toBe(20);
      expect(proxy.longestBody()).toBeLessThanOrEqual(95_000_000);
      await expectStored(new URL(sent.url!).pathname, 'cut', file);
    } finally {
      proxy.close();
    }
  });

  it('sends a file in parts at the same time, which become one', async () => {
    const file = imageOf('parallel', 18);
    const path = join(files, 'parallel.dcm');
    writeFileSync(path, file);
    const sent = await upload(`${door.origin}/dicomweb/uploads`, path, { parallelUploads: 3 });
    await expectStored(new URL(sent.url!).pathname, 'parallel', file);
  });

  it('removes an upload that it gives up', async () => {
    const file = imageOf('given up', 12);
    const path = join(files, 'given-up.dcm');
    writeFileSync(path, file);
    const url = await new Promise<string>((resolve, reject) => {
      const sent = new Upload(createReadStream(path), {
        endpoint: `${door.origin}/dicomweb/uploads`,
        chunkSize: MIB,
        onError: reject,
        onChunkComplete: () => void sent.abort(true).then(() => resolve(sent.url!), reject),
      });
      sent.start();
    });
    expect((await fetch(url, { method: 'HEAD', headers: TUS })).status).toBe(404);
  });
});
