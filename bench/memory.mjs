import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildWorker, startServer } from '../test/support/server.ts';
import { stowStreamed } from '../test/support/stow-client.ts';
import { streamedNativeImage, uidOf } from '../test/support/synthetic.ts';
import { openInspector } from './inspector.mjs';
import { residentMegabytes } from './process.mjs';

const { values } = parseArgs({ options: { collect: { type: 'boolean', default: false } } });
/** With --collect: milliseconds between two garbage collections in the Worker. */
const COLLECT_MS = 1000;

/** How much the peak may grow when the request grows tenfold. */
const GROWTH = 1 / 3;

const FRAME_BYTES = 512 * 512 * 2;
const MEGABYTE = 1024 * 1024;

/**
 * @type {{ title: string, small: () => Iterable<Iterable<Buffer>>, large: () => Iterable<Iterable<Buffer>>, sizes: [string, string] }[]}
 */
const CASES = [
  { title: 'one instance', sizes: ['100 MB', '1 GB'], small: () => [multiFrame(100)], large: () => [multiFrame(1024)] },
  { title: 'one request of CT slices', sizes: ['200', '2000'], small: () => slices(200), large: () => slices(2000) },
];

const bundle = await buildWorker();
let failed = false;
console.log(
  'Resident memory of the runtime, megabytes: the Worker and the simulated R2 and D1 are one process, so that only growth tells.',
);
if (values.collect) console.log('Garbage is collected every second; "heap" is the most that was in use after that.');
console.log(`\n${row(['', 'before', 'peak', 'MB/s', ...(values.collect ? ['heap'] : [])])}`);
for (const { title, sizes, small, large } of CASES) {
  const [one, other] = [await peakOf(`${title}: ${sizes[0]}`, small()), await peakOf(`${title}: ${sizes[1]}`, large())];
  const growth = other / one - 1;
  failed ||= growth > GROWTH;
  console.log(`  grows by ${(growth * 100).toFixed(0)} %; allowed ${(GROWTH * 100).toFixed(0)} %\n`);
}
process.exitCode = failed ? 1 : 0;

/** Stores files in a fresh runtime. @param {string} title @param {Iterable<Iterable<Buffer>>} files */
async function peakOf(title, files) {
  const server = await startServer({ bundle, inspector: values.collect });
  try {
    const pid = server.workerd();
    // Memory that the runtime takes at its first request is in both figures.
    await (await fetch(`${server.origin}/dicomweb/studies`)).arrayBuffer();
    const before = residentMegabytes(pid).now;
    const heap = values.collect ? await watchHeap(server.inspector ?? '') : undefined;
    const sent = { bytes: 0 };
    const begun = performance.now();
    const answer = await stowStreamed(server.origin, counted(files, sent));
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
