import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { Client } from './support/client.mjs';
import { storePictures } from './support/corpus.mjs';
import { median } from './support/quantiles.mjs';

const ROUNDS = 7;

/** An empty WebAssembly module. */
const EMPTY = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

const folder = mkdtempSync(join(tmpdir(), 'dicomweb-edge-startup-'));
try {
  const ours = await buildWorker();
  const bare = await buildWorker('bench/subjects/bare-worker.ts');
  const without = join(folder, 'without');
  cpSync(ours, without, { recursive: true });
  for (const name of readdirSync(without)) if (name.endsWith('.wasm')) writeFileSync(join(without, name), EMPTY);
  for (const name of readdirSync(ours).filter((file) => /\.(js|wasm)$/.test(file))) {
    const bytes = readFileSync(join(ours, name));
    const kibibytes = [bytes, gzipSync(bytes)].map(({ length }) => (length / 1024).toFixed(0));
    console.log(`${kibibytes[0]} KiB, ${kibibytes[1]} gzipped: ${name.replace(/^[0-9a-f]{40}-/, '')}`);
  }
  console.log('\nMilliseconds from the start of a process to the answer of its Worker, median and least:');
  const cases = { archive: ours, 'archive without the codecs': without, 'bare Worker': bare };
  const times = new Map(Object.keys(cases).map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, bundle] of Object.entries(cases)) {
      const begun = performance.now();
      const server = await startServer({ bundle });
      await (await fetch(`${server.origin}/nothing`)).arrayBuffer();
      times.get(name)?.push(performance.now() - begun);
      await server.stop();
      rmSync(server.data, { recursive: true, force: true });
    }
  }
  for (const [name, all] of times) console.log(`  ${name}: ${median(all).toFixed(0)}, ${Math.min(...all).toFixed(0)}`);
  await firstFrames(ours);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Measures what a codec costs the first request that needs it. @param {string} bundle */
async function firstFrames(bundle) {
  let server = await startServer({ bundle });
  const { data } = server;
  const pictures = await storePictures(server.origin, { count: 2 });
  await server.stop();
  server = await startServer({ bundle, data });
  const client = new Client(1);
  console.log('\nMilliseconds of a decoded frame: the first in a process, and those after it:');
  for (const kind of ['native', 'RLE', 'JPEG', 'JPEG lossless', 'JPEG-LS', 'JPEG 2000', 'HTJ2K']) {
    const series = pictures.get(kind);
    const url = `${server.origin}/dicomweb/studies/${series?.study}/series/${series?.series}/instances/${series?.instances[0]}/frames/1`;
    const all = [];
    for (let at = 0; at < 12; at += 1) {
      const begun = performance.now();
      await client.send({ url, headers: { Accept: 'multipart/related; type="application/octet-stream"' } });
      all.push(performance.now() - begun);
    }
    console.log(`  ${kind}: ${all[0]?.toFixed(0)}, ${median(all.slice(1)).toFixed(0)}`);
  }
  client.close();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
}
