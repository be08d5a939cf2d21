import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Upload } from 'tus-js-client';
import { residentMegabytes } from '../../bench/support/process.mjs';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { cuttingProxy } from '../../test/support/server/cutting-proxy.ts';
import { startFrontDoor } from '../../test/support/server/front-door.ts';
import { commandLine, descendants } from '../../test/support/server/processes.ts';
import { counted } from '../support/counted.mjs';
import { junk, longInstance, shortInstance } from './uploads/made-files.mjs';

/*
 * tus-js-client sends one instance of gigabytes, and beside it 2,000 files with a DICOMDIR and junk, through a line that drops
 * 20 times, to what `npm start` starts. Every digest is compared, and the memory of the runtime is watched.
 */

const { values } = parseArgs({
  options: {
    /** Mebibytes of the long instance. */
    long: { type: 'string', default: '6144' },
    files: { type: 'string', default: '2000' },
    cuts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '13' },
    /** Where the archive keeps its data. It needs as much room as the files. */
    tmp: { type: 'string', default: tmpdir() },
  },
});
const FILES = Number(values.files);
const CUTS = Number(values.cuts);

/** Bytes of one request at most: below the 100 MB of the platform. */
const CHUNK_BYTES = 90_000_000;
const MOST_BODY = 95_000_000;

/** Milliseconds in which a close is answered: it waits for 20 seconds itself. */
const CLOSE_MS = 60_000;

/** Files that are sent at the same time. */
const TOGETHER = 4;

/** How much the memory may grow from the first two tenths of the bytes to any later one. */
const GROWTH = 1 / 3;

/** Megabytes of the runtime at most while the long instance is retrieved, however long it is. */
const PEAK = 1000;

/** Requests to close the session that got no answer. */
let unanswered = 0;

const folder = mkdtempSync(join(values.tmp, 'check-uploads-'));
const begun = performance.now();
const door = await startFrontDoor({ data: join(folder, 'archive'), args: ['--no-sample'] });
try {
  await check();
} catch (error) {
  console.log(door.output().slice(-3000));
  throw error;
} finally {
  await door.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function check() {
  const long = longInstance('a long instance', Number(values.long));
  const others = junk();
  const total = long.length + FILES * 200_000;
  const random = seededRandom(Number(values.seed));
  let planned = 0;
  const proxy = await cuttingProxy(door.origin, () => {
    planned += 1;
    return planned > CUTS ? undefined : Math.floor((total / (CUTS + 1)) * (0.5 + 0.9 * random.next()));
  });
  const memory = watchMemory();
  const opened = await fetch(`${door.origin}/dicomweb/upload-sessions`, { method: 'POST' });
  const { id: session } = /** @type {{ id: string }} */ (await opened.json());

  const sending = performance.now();
  const { expected, bytes } = await sendAll(`${proxy.origin}/dicomweb/uploads`, session, long, others, memory);
  const sent = performance.now();
  say(
    `sent: ${megabytes(bytes)} MB in ${seconds(sending, sent)} s, ${counted(proxy.cuts(), 'cut')}, longest body ${proxy.longestBody()} bytes`,
  );

  const response = await closed(session);
  const dataSet = /** @type {Record<string, { Value?: any[] }>} */ (await response.json());
  const stored = dataSet['00081199']?.Value ?? [];
  const failures = [...(dataSet['00081198']?.Value ?? []), ...(dataSet['0008119A']?.Value ?? [])];
  const reasons = Map.groupBy(failures, (one) => Number(one['00081197'].Value[0]).toString(16).toUpperCase());
  say(
    `closed: ${response.status} after ${seconds(sent, performance.now())} s, ${stored.length} stored, not stored: ${
      [...reasons].map(([reason, some]) => `${some.length} with ${reason}H`).join(', ') || 'none'
    }`,
  );

  const { tenths } = memory.end();
  const { different, peak } = await readBack(expected);
  say(
    `memory of the runtime, MB, at most in each tenth of the long instance: ${tenths.map((one) => one.toFixed(0)).join(' ')}; while it is retrieved ${peak.toFixed(0)}`,
  );
  proxy.close();

  const failed = [
    proxy.cuts() !== CUTS && 'the line was not cut as often as planned',
    proxy.longestBody() > MOST_BODY && 'a request was too long',
    response.status !== 202 && 'the answer is not 202',
    stored.length !== expected.size && 'an instance is not named as stored',
    failures.length !== others.length && 'a file that is no instance is not named as refused',
    different > 0 && 'bytes differ',
    unanswered > 0 && 'a close was not answered',
    peak > PEAK && 'the memory grows while the long instance is retrieved',
    Math.max(...tenths.slice(2)) > Math.max(...tenths.slice(0, 2)) * (1 + GROWTH) && 'the memory grows',
  ].filter(Boolean);
  for (const one of failed) console.log(`FAILED: ${one}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/**
 * Sends the long instance and, beside it, all other files.
 * @param {string} endpoint of resumable uploads
 * @param {string} session
 * @param {ReturnType<typeof longInstance>} long
 * @param {ReturnType<typeof junk>} others
 * @param {ReturnType<typeof watchMemory>} memory
 * @returns {Promise<{ expected: Map<string, { path: string, sha256: string }>, bytes: number }>} expected: by SOP Instance UID
 */
async function sendAll(endpoint, session, long, others, memory) {
  const expected = new Map();
  let bytes = 0;
  const sendLong = async () => {
    await send(endpoint, long.stream(), { session, filename: 'LONG', size: long.length }, (sent) =>
      memory.note(sent / long.length),
    );
    expected.set(long.identity.instance, { path: pathOf(long.identity), sha256: long.digest() });
    bytes += long.length;
  };
  const queue = [
    ...Array.from({ length: FILES }, (_, at) => () => {
      const { identity, file } = shortInstance('a CD', at);
      expected.set(identity.instance, { path: pathOf(identity), sha256: sha256(file) });
      return { filename: `DICOM/IM${at}`, file };
    }),
    ...others.map((one) => () => ({ filename: one.name, file: one.file })),
  ];
  const sendOthers = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { filename, file } = next();
      await send(endpoint, file, { session, filename, size: file.length });
      bytes += file.length;
    }
  };
  await Promise.all([sendLong(), ...Array.from({ length: TOGETHER }, sendOthers)]);
  return { expected, bytes };
}

/**
 * Retrieves all files and compares their digests.
 * @param {ReadonlyMap<string, { path: string, sha256: string }>} expected
 * @returns {Promise<{ different: number, peak: number }>} peak: megabytes of the runtime
 */
async function readBack(expected) {
  const memory = watchMemory();
  const reading = performance.now();
  let different = 0;
  const wanted = [...expected.values()];
  const read = async () => {
    for (let one = wanted.shift(); one !== undefined; one = wanted.shift()) {
      if ((await digestOf(door.origin + one.path)) !== one.sha256) different += 1;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, read));
  say(
    `retrieved: ${counted(expected.size, 'file')} in ${seconds(reading, performance.now())} s, ${different} with another SHA-256`,
  );
  return { different, peak: memory.end().peak };
}

/**
 * @param {string} endpoint
 * @param {import('node:stream').Readable | Buffer} file
 * @param {{ session: string, filename: string, size: number }} of
 * @param {(sent: number) => void} [onSent]
 * @returns {Promise<void>}
 */
function send(endpoint, file, { session, filename, size }, onSent = () => {}) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint,
      chunkSize: CHUNK_BYTES,
      uploadSize: size,
      retryDelays: [100, 500, 1000, 3000, 5000, 5000, 5000, 10_000],
      metadata: { session, filename },
      onProgress: onSent,
      onError: reject,
      onSuccess: () => resolve(),
    });
    upload.start();
  });
}

/** Closes the session once everything is stored. @param {string} session */
async function closed(session) {
  for (;;) {
    const signal = AbortSignal.timeout(CLOSE_MS);
    const url = `${door.origin}/dicomweb/upload-sessions/${session}/close`;
    const response = await fetch(url, { method: 'POST', signal }).catch((error) => {
      if (!signal.aborted) throw error;
      unanswered += 1;
      console.log(`  a close was not answered within ${CLOSE_MS / 1000} s`);
      return undefined;
    });
    if (response !== undefined && response.status !== 503) return response;
    await response?.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** @param {import('./uploads/made-files.mjs').Identity} identity */
function pathOf({ study, series, instance }) {
  return `/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
}

/** @param {string} url @returns {Promise<string>} SHA-256 of the file, which is not held */
function digestOf(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { Accept: 'application/dicom; transfer-syntax=*' } }, (answer) => {
      const hash = createHash('sha256');
      answer.on('data', (chunk) => hash.update(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve(answer.statusCode === 200 ? hash.digest('hex') : `status ${answer.statusCode}`));
    });
    request.on('error', reject);
  });
}

/** The processes of the runtime. They are others after wrangler has restarted it, as it does when a source has changed. */
function runtime() {
  return descendants(door.process.pid).filter((pid) => /workerd/.test(commandLine(pid)));
}

/** Watches the resident memory of the runtime. */
function watchMemory() {
  const first = String(runtime());
  let restarts = 0;
  /** @type {number[]} */
  const tenths = [];
  let part = 0;
  let peak = 0;
  const timer = setInterval(() => {
    const pids = runtime();
    if (String(pids) !== first && restarts++ === 0)
      say('  the runtime has been restarted: the measured memory is of both');
    const now = Math.max(0, ...pids.map(resident));
    const at = Math.min(9, Math.floor(part * 10));
    if (tenths[at] === undefined) console.log(`  ${at * 10} % after ${seconds(begun, performance.now())} s`);
    tenths[at] = Math.max(tenths[at] ?? 0, now);
    peak = Math.max(peak, now);
  }, 500);
  return {
    note: (/** @type {number} */ share) => {
      part = share;
    },
    end: () => {
      clearInterval(timer);
      return { tenths: Array.from(tenths, (one) => one ?? 0), peak };
    },
  };
}

/** @param {number} pid @returns {number} megabytes; 0 for a process that has ended */
function resident(pid) {
  try {
    return residentMegabytes(pid).now;
  } catch {
    return 0;
  }
}

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}

/** @param {number} from @param {number} to milliseconds */
function seconds(from, to) {
  return ((to - from) / 1000).toFixed(0);
}

/** @param {string} text */
function say(text) {
  console.log(text);
}
