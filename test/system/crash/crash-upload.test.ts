import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Identity, nativeImage, uidOf } from '../../support/files/synthetic';
import { seededRandom } from '../../support/seeded-random';
import { crashRounds } from '../../support/server/crash-rounds';
import { withServer } from '../../support/server/with-server';

const { rounds, seed } = crashRounds({ rounds: 2, seed: 20_261_129 });
const LANES = 4;
const MIB = 1024 * 1024;
const TUS = { 'Tus-Resumable': '1.0.0' };

/** One file on its way. */
interface Sending {
  readonly name: string;
  readonly file: Buffer;
  /** Undefined until the server has answered the creation. */
  path?: string;
  /** Bytes that the server has acknowledged. */
  acknowledged: number;
  busy: boolean;
  done: boolean;
}

const server = withServer();
const identityOf = (name: string): Identity => ({
  study: uidOf('crash'),
  series: uidOf('series'),
  instance: uidOf(name),
});

test('a runtime killed during resumable uploads keeps what it acknowledged, and each file arrives whole', async () => {
  const random = seededRandom(seed);
  const all: Sending[] = [];
  let interrupted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const ends = { now: false };
    const lanes = Array.from({ length: LANES }, async () => {
      while (!ends.now) if (!(await goOn(next(all)))) interrupted += 1;
    });
    await new Promise((resolve) => setTimeout(resolve, 300 + random.below(900)));
    ends.now = true;
    await server.kill();
    await Promise.all(lanes);
    await server.restart();
  }
  // Otherwise the moments were badly chosen, and the test has shown nothing.
  expect(interrupted).toBeGreaterThanOrEqual(rounds);
  for (const deadline = Date.now() + 120_000; all.some(({ done }) => !done); ) {
    expect(Date.now()).toBeLessThan(deadline);
    for (const each of all) if (!each.done) await goOn(each);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.info(`${all.length} files, ${interrupted} requests interrupted by ${rounds} kills`);
  for (const each of all) await expectStored(each, `seed ${seed}`);
});

/** A file that no lane is sending, or a new one. */
function next(all: Sending[]): Sending {
  const waiting = all.filter(({ done, busy }) => !done && !busy);
  // An upload whose request was killed is locked for some seconds. Meanwhile others are sent.
  if (waiting.length > 3 * LANES) return waiting[Math.floor(waiting.length / 2)]!;
  const name = `file ${all.length}`;
  const file = nativeImage({ ...identityOf(name), rows: 1024, columns: 512, frames: 6 + (all.length % 3) * 3 });
  const made: Sending = { name, file, acknowledged: 0, busy: false, done: false };
  all.push(made);
  return made;
}

/** Sends one chunk. @returns false when the connection broke */
async function goOn(sending: Sending): Promise<boolean> {
  sending.busy = true;
  try {
    if (sending.path === undefined) await create(sending);
    else await sendChunk(sending, sending.path);
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return false;
  } finally {
    sending.busy = false;
  }
}

/** If its answer is lost, the same request makes the same upload. */
async function create(sending: Sending): Promise<void> {
  const headers = { ...TUS, 'Upload-Length': String(sending.file.length), 'Idempotency-Key': sending.name };
  const response = await fetch(`${server.origin}/dicomweb/uploads`, { method: 'POST', headers });
  expect(response.status).toBe(201);
  sending.path = response.headers.get('Location')!;
}

async function sendChunk(sending: Sending, path: string): Promise<void> {
  const shown = await fetch(server.origin + path, { method: 'HEAD', headers: TUS });
  expect(shown.status).toBe(200);
  const offset = Number(shown.headers.get('Upload-Offset'));
  expect(offset).toBeGreaterThanOrEqual(sending.acknowledged);
  sending.acknowledged = offset;
  if (offset === sending.file.length) {
    sending.done = true;
    return;
  }
  const headers = { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) };
  const body = new Uint8Array(sending.file.subarray(offset, offset + 7 * MIB));
  const answer = await fetch(server.origin + path, { method: 'PATCH', headers, body });
  await answer.arrayBuffer();
  expect([204, 423]).toContain(answer.status);
  if (answer.status === 204) sending.acknowledged = Number(answer.headers.get('Upload-Offset'));
  else await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Once, and byte for byte. */
async function expectStored({ name, file, path }: Sending, title: string): Promise<void> {
  for (const deadline = Date.now() + 120_000; ; ) {
    const { state } = (await (await fetch(server.origin + path)).json()) as { state: string };
    if (state === 'done') break;
    expect(state, title).toBe('received');
    expect(Date.now(), title).toBeLessThan(deadline);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { study, series, instance } = identityOf(name);
  const url = `${server.origin}/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
  const response = await fetch(url, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect(digest(Buffer.from(await response.arrayBuffer())), title).toBe(digest(file));
}
