import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stowStreamed } from '../test/support/clients/stow-client.ts';
import { streamedNativeImage, uidOf } from '../test/support/files/synthetic.ts';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { openInspector } from './support/inspector.mjs';
import { residentMegabytes } from './support/process.mjs';

const { values } = parseArgs({ options: { collect: { type: 'boolean', default: false } } });
/** With --collect: milliseconds between two garbage collections in the Worker. */
const COLLECT_MS = 1000;

/** How much the peak may grow when the request grows tenfold. */
const GROWTH = 1 / 3;

const FRAME_BYTES = 512 * 512 * 2;
const MEGABYTE = 1024 * 1024;

/** Bytes of the body of one request of a resumable upload. */
const CHUNK_BYTES = 90_000_000;

/**
 * @type {{
 *   title: string, sizes: [string, string], small: () => Iterable<Iterable<Buffer>>, large: () => Iterable<Iterable<Buffer>>,
 *   send: (origin: string, files: Iterable<Iterable<Buffer>>) => Promise<Response>,
 * }[]}
 */
const CASES = [
  {
    title: 'one instance',
    sizes: ['100 MB', '1 GB'],
    small: () => [multiFrame(100)],
    large: () => [multiFrame(1024)],
    send: stowStreamed,
  },
  {
    title: 'one resumable upload',
    sizes: ['100 MB', '1 GB'],
    small: () => [multiFrame(100)],
    large: () => [multiFrame(1024)],
    send: uploadStreamed,
  },
  {
    title: 'one request of CT slices',
    sizes: ['200', '2000'],
    small: () => slices(200),
    large: () => slices(2000),
    send: stowStreamed,
  },
];

/** The one request of a Store transaction may be as long as the largest case. */
const VARS = { MAX_REQUEST_BYTES: String(2 * 1024 ** 3) };

const bundle = await buildWorker();
let failed = false;
console.log(
  'Resident memory of the runtime, megabytes: the Worker and the simulated R2 and D1 are one process, so that only growth tells.',
);
if (values.collect) console.log('Garbage is collected every second; "heap" is the most that was in use after that.');
console.log(`\n${row(['', 'before', 'peak', 'MB/s', ...(values.collect ? ['heap'] : [])])}`);
for (const { title, sizes, small, large, send } of CASES) {
  const one = await peakOf(`${title}: ${sizes[0]}`, small(), send);
  const other = await peakOf(`${title}: ${sizes[1]}`, large(), send);
  const growth = other / one - 1;
  failed ||= growth > GROWTH;
  console.log(`  grows by ${(growth * 100).toFixed(0)} %; allowed ${(GROWTH * 100).toFixed(0)} %\n`);
}
process.exitCode = failed ? 1 : 0;

/**
 * Stores files in a fresh runtime.
 *
 * @param {string} title
 * @param {Iterable<Iterable<Buffer>>} files
 * @param {(origin: string, files: Iterable<Iterable<Buffer>>) => Promise<Response>} send
 */
async function peakOf(title, files, send) {
  const server = await startServer({ bundle, vars: VARS, inspector: values.collect });
  try {
    const pid = server.workerd();
    // Memory that the runtime takes at its first request is in both figures.
    await (await fetch(`${server.origin}/dicomweb/studies`)).arrayBuffer();
    const before = residentMegabytes(pid).now;
    const heap = values.collect ? await watchHeap(server.inspector ?? '') : undefined;
    const sent = { bytes: 0 };
    const begun = performance.now();
    const answer = await send(server.origin, counted(files, sent));
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${title}: ${answer.status} ${text.slice(0, 300)}`);
    const { peak } = residentMegabytes(pid);
    const used = heap?.stop();
    const rate = sent.bytes / MEGABYTE / ((performance.now() - begun) / 1000);
    console.log(
      row([title, before.toFixed(0), peak.toFixed(0), rate.toFixed(0), used === undefined ? '' : used.toFixed(1)]),
    );
    return peak;
  } finally {
    await server.stop();
    rmSync(server.data, { recursive: true, force: true });
  }
}

/**
 * Sends one file by tus 1.0. @returns the Store Instances Response
 *
 * @param {string} origin
 * @param {Iterable<Iterable<Buffer>>} files
 */
async function uploadStreamed(origin, files) {
  const [file = []] = files;
  // Its chunks share their memory.
  const chunks = [...file];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const tus = { 'Tus-Resumable': '1.0.0' };
  const headers = { ...tus, 'Upload-Length': String(length) };
  const created = await fetch(`${origin}/dicomweb/uploads`, { method: 'POST', headers });
  const url = new URL(created.headers.get('Location') ?? '', origin);
  for (let offset = 0; offset < length; ) {
    /** @type {Buffer[]} */
    const some = [];
    for (
      let bytes = 0;
      chunks[0] !== undefined && bytes + chunks[0].length <= CHUNK_BYTES;
      bytes += some.at(-1)?.length ?? 0
    ) {
      some.push(/** @type {Buffer} */ (chunks.shift()));
    }
    const body = new Uint8Array(Buffer.concat(some));
    const type = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) };
    const answer = await fetch(url, { method: 'PATCH', headers: { ...tus, ...type }, body });
    if (answer.status !== 204) return answer;
    offset += body.length;
  }
  for (;;) {
    const answer = await fetch(url, { headers: { Accept: 'application/dicom+json' } });
    if (answer.status !== 503) return answer;
    await answer.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Collects garbage repeatedly. @param {string} url */
async function watchHeap(url) {
  const inspector = await openInspector(url);
  let most = 0;
  let at = 0;
  const timer = setInterval(async () => {
    if (at > 0) return;
    at += 1;
    await inspector.send('HeapProfiler.collectGarbage');
    const { usedSize } = await inspector.send('Runtime.getHeapUsage');
    most = Math.max(most, usedSize / MEGABYTE);
    at -= 1;
  }, COLLECT_MS);
  return {
    stop() {
      clearInterval(timer);
      inspector.close();
      return most;
    },
  };
}

/** @param {number} megabytes */
function multiFrame(megabytes) {
  const name = `memory ${megabytes}`;
  const identity = { study: uidOf(name), series: uidOf(`${name} series`), instance: uidOf(`${name} instance`) };
  return streamedNativeImage({ ...identity, frames: (megabytes * MEGABYTE) / FRAME_BYTES });
}

/** @param {number} count */
function* slices(count) {
  for (let at = 0; at < count; at += 1) {
    const name = `memory slices ${count}`;
    const identity = { study: uidOf(name), series: uidOf(`${name} series`), instance: uidOf(`${name} ${at}`) };
    yield streamedNativeImage({ ...identity, number: at + 1, frames: 1 });
  }
}

/** @param {Iterable<Iterable<Buffer>>} files @param {{ bytes: number }} sent */
function* counted(files, sent) {
  for (const file of files) {
    yield (function* () {
      for (const chunk of file) {
        sent.bytes += chunk.length;
        yield chunk;
      }
    })();
  }
}

/** @param {readonly string[]} cells */
function row([title = '', ...cells]) {
  return title.padEnd(36) + cells.map((cell) => cell.padStart(10)).join('');
}
