import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { median } from './support/quantiles.mjs';

/*
 * What the gate costs: microseconds of CPU a request with each kind of credential, all caches warm, beside a request of
 * nobody where all are let in. The kinds take turns, so that what else the machine does meets all of them; the median of
 * the rounds counts. `node bench/gate.mjs [rounds]`
 */

const ROUNDS = Number(process.argv[2] ?? 60);
const REQUESTS = 500;
const URL_MEASURED = 'http://archive.test/dicomweb/studies?limit=x';

const folder = mkdtempSync(join(tmpdir(), 'dicomweb-edge-gate-'));
try {
  const outfile = join(folder, 'subject.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('subjects/gate-subject.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    loader: { '.wasm': 'empty' },
  });
  // What the Worker has, and Node 20 does not.
  Map.groupBy ??= grouped;
  console.log = () => {};
  const { kinds } = await import(pathToFileURL(outfile).href);
  await measure(await kinds(URL_MEASURED));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @typedef {{ name: string, send: () => Promise<number> }} Kind */

/** @param {readonly Kind[]} kinds */
async function measure(kinds) {
  /** @type {Map<string, number[]>} */
  const times = new Map(kinds.map(({ name }) => [name, []]));
  for (let round = -5; round < ROUNDS; round += 1) {
    for (const { name, send } of kinds) {
      const time = await microseconds(name, send);
      // The first rounds warm the caches and the compiler.
      if (round >= 0) times.get(name)?.push(time);
    }
  }
  const [anonymous] = kinds;
  const base = median(times.get(anonymous?.name ?? '') ?? []);
  for (const [name, all] of times) {
    const time = median(all);
    const ratio = (time / base).toFixed(2);
    process.stdout.write(
      `${name.padEnd(18)}${time.toFixed(1).padStart(7)} µs  ${(time - base).toFixed(1).padStart(6)}  ${ratio}\n`,
    );
  }
}

/**
 * @param {string} name
 * @param {Kind['send']} send
 * @returns CPU time of one request
 */
async function microseconds(name, send) {
  const before = process.cpuUsage();
  for (let at = 0; at < REQUESTS; at += 1) {
    const status = await send();
    if (status !== 400) throw new Error(`${name} was answered with ${status}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}

/**
 * @template Item, Key
 * @param {Iterable<Item>} items
 * @param {(item: Item, at: number) => Key} keyOf
 * @returns {Map<Key, Item[]>}
 */
function grouped(items, keyOf) {
  /** @type {Map<Key, Item[]>} */
  const groups = new Map();
  let at = 0;
  for (const item of items) {
    const key = keyOf(item, at++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
