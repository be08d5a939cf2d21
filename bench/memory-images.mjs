import { rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { parseArgs } from 'node:util';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { Client } from './support/client.mjs';
import { storePictures } from './support/corpus.mjs';
import { openInspector } from './support/inspector.mjs';
import { residentMegabytes } from './support/process.mjs';

const { values } = parseArgs({ options: { collect: { type: 'boolean', default: false }, only: { type: 'string' } } });
/** With --collect: milliseconds between two garbage collections in the Worker. */
const COLLECT_MS = 200;

/** How much the peak may grow when there are ten times as many clients. */
const GROWTH = 1 / 3;
const FEW = 3;
const MANY = 30;
const LARGE = 4096;

const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1';
const FILE = 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1';
const COMPRESSED = ['JPEG-LS', 'JPEG 2000', 'HTJ2K', 'RLE'];

/**
 * @typedef {{ origin: string, large: Map<string, import('./support/corpus.mjs').Series>, long: Map<string, import('./support/corpus.mjs').Series> }} Stored
 */

/** @type {{ title: string, run: (stored: Stored, clients: number) => Promise<unknown> }[]} */
const CASES = [
  { title: 'decoded frames of 4096x4096x16', run: (stored, clients) => all(stored, clients, OCTETS, () => '') },
  {
    title: 'rendered ones',
    run: (stored, clients) => all(stored, clients, 'image/jpeg', (at) => `/rendered?window=${500 + at},2000,linear`),
  },
  {
    title: 'thumbnails of them',
    run: (stored, clients) => all(stored, clients, 'image/jpeg', (at) => `/thumbnail?viewport=${100 + at},100`),
  },
  { title: 'readers of 200 decoded frames', run: (stored, clients) => readers(stored, clients, 40) },
  { title: 'clients that go away', run: (stored, clients) => readers(stored, 3 * clients, 2) },
];

const bundle = await buildWorker();
let failed = false;
console.log('Resident memory of the runtime, megabytes: the Worker, its garbage and the simulated R2 and D1.\n');
console.log(row(['', 'before', `${FEW} clients`, `${MANY} clients`, 'growth', 'after', 's']));
for (const { title, run } of CASES.filter((one) => one.title.includes(values.only ?? ''))) {
  const peaks = [];
  let before = 0;
  let after = 0;
  const begun = performance.now();
  for (const clients of [FEW, MANY]) {
    const server = await startServer({ bundle, inspector: values.collect });
    try {
      const { origin } = server;
      const large = await storePictures(origin, { count: 1, rows: LARGE, columns: LARGE, kinds: COMPRESSED });
      const long = await storePictures(origin, { count: 1, kinds: ['JPEG-LS'], frames: 200 });
      // The memory that storing took is in neither figure.
      const pid = server.workerd();
      const stop = values.collect ? await collecting(server.inspector ?? '') : () => {};
      resetPeak(pid);
      before = residentMegabytes(pid).now;
      await run({ origin, large, long }, clients);
      peaks.push(residentMegabytes(pid).peak);
      stop();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      after = residentMegabytes(pid).now;
    } catch (error) {
      console.error(server.takeLog());
      throw error;
    } finally {
      await server.stop();
      rmSync(server.data, { recursive: true, force: true });
    }
  }
  const [few = 0, many = 0] = peaks;
  failed ||= many / few - 1 > GROWTH;
  const growth = `${((many / few - 1) * 100).toFixed(0)} %`;
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(row([title, ...[before, few, many].map((value) => value.toFixed(0)), growth, after.toFixed(0), seconds]));
}
process.exitCode = failed ? 1 : 0;

/**
 * All clients send their requests at once, each for an image of another compression than the one before.
 * @param {Stored} stored
 * @param {number} clients
 * @param {string} Accept
 * @param {(at: number) => string} rest
 */
async function all({ origin, large }, clients, Accept, rest) {
  const client = new Client(clients);
  const calls = Array.from({ length: clients }, (_, at) => {
    const url = frameURL(origin, large.get(COMPRESSED[at % COMPRESSED.length] ?? ''));
    return client.send({ url: `${url}${rest(at)}`, headers: { Accept } });
  });
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  client.close();
  if (statuses.some((status) => status !== 200)) throw new Error(`Not all requests are answered: ${statuses.join()}`);
}

/** @param {string} origin @param {import('./support/corpus.mjs').Series | undefined} series */
function frameURL(origin, series) {
  return `${instanceURL(origin, series)}/frames/1`;
}

/** @param {string} origin @param {import('./support/corpus.mjs').Series | undefined} series */
function instanceURL(origin, series) {
  return `${origin}/dicomweb/studies/${series?.study}/series/${series?.series}/instances/${series?.instances[0]}`;
}

/**
 * Clients that read the bytes of a file slowly and disconnect before its end.
 * @param {Stored} stored @param {number} clients @param {number} chunks a tenth of a second apart
 */
async function readers({ origin, long }, clients, chunks) {
  const url = instanceURL(origin, long.get('JPEG-LS'));
  const reader = () =>
    new Promise((resolve, reject) => {
      const sent = request(url, { headers: { Accept: FILE } }, async (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`${answer.statusCode} from ${url}`));
        let left = chunks;
        answer.on('error', resolve);
        answer.on('data', () => {
          answer.pause();
          left -= 1;
          if (left > 0) setTimeout(() => answer.resume(), 100);
          else answer.destroy();
        });
        answer.on('close', resolve);
      });
      sent.on('error', reject);
      sent.end();
    });
  await Promise.all(Array.from({ length: clients }, reader));
}

/** Collects garbage repeatedly. @param {string} url */
async function collecting(url) {
  const inspector = await openInspector(url);
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    await inspector.send('HeapProfiler.collectGarbage').catch(() => undefined);
    busy = false;
  }, COLLECT_MS);
  return () => {
    clearInterval(timer);
    inspector.close();
  };
}

/** Resets the peak of a process's memory: Linux only. @param {number} pid */
function resetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** @param {readonly string[]} cells */
function row([title = '', ...cells]) {
  return title.padEnd(36) + cells.map((cell) => cell.padStart(12)).join('');
}
