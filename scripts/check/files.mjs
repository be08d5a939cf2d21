import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { counted } from '../support/counted.mjs';
import { checkFile } from './files/check.mjs';
import { whyNotToStore } from './files/empty.mjs';
import { openReader } from './files/reader.mjs';

const USAGE = `usage: npm run check:files -- DIR --base URL

Stores every file below DIR in the archive at URL (its origin or its DICOMweb root), which must be empty, and compares what
comes back, bytes, metadata, bulk data and frames, with the file and with an independent reader's view of it.`;

/** Number of files that are checked at the same time. */
const AT_ONCE = 4;
/** Number of differences that are printed for one file. */
const PRINTED = 8;

const { values, positionals } = parseArgs({ options: { base: { type: 'string' } }, allowPositionals: true });
const [folder] = positionals;
if (folder === undefined || values.base === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const origin = values.base.replace(/\/+$/, '');
const base = new URL(origin).pathname === '/' ? `${origin}/dicomweb` : origin;
const refusal = await whyNotToStore(base);
if (refusal !== undefined) {
  console.error(refusal);
  process.exit(2);
}
const root = resolve(folder);
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !/\.(tsv|md|txt|json)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

const reader = openReader();
console.log(`${counted(files.length, 'file')}, read independently by ${reader.name}`);
const counts = {
  stored: 0,
  warned: 0,
  refused: 0,
  failed: 0,
  renumbered: 0,
  attributes: 0,
  frames: 0,
  differences: 0,
  differing: 0,
};
const queue = [...files];
await Promise.all(Array.from({ length: AT_ONCE }, work));
reader.close();

console.log(`
stored       ${counts.stored}, ${counts.warned} of them with a warning, ${counts.renumbered} under another SOP Instance UID
refused      ${counts.refused}, with a reason, for files that are not whole
compared     ${counted(counts.attributes, 'attribute')}, ${counted(counts.frames, 'frame')}
differences  ${counts.differences} in ${counted(counts.differing, 'file')}`);
process.exitCode = counts.differences > 0 ? 1 : 0;

async function work() {
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const outcome = await checkFile(path, base, reader);
    counts[outcome.result] += 1;
    counts.warned += outcome.warned ? 1 : 0;
    counts.renumbered += outcome.renumbered ? 1 : 0;
    counts.attributes += outcome.compared;
    counts.frames += outcome.frames;
    counts.differences += outcome.differences.length;
    counts.differing += outcome.differences.length > 0 ? 1 : 0;
    print(relative(root, path), outcome);
  }
}

/** @param {string} name @param {import('./files/check.mjs').Outcome} outcome */
function print(name, { result, differences, notes }) {
  if (differences.length === 0 && notes.length === 0) return;
  console.log(`${differences.length > 0 ? 'DIFFERS' : result.padEnd(7)}  ${name}`);
  for (const note of notes) console.log(`           ${note}`);
  for (const { where, expected, got } of differences.slice(0, PRINTED)) {
    console.log(`  ${where}\n    expected ${expected}\n    got      ${got}`);
  }
  if (differences.length > PRINTED) console.log(`  and ${differences.length - PRINTED} more`);
}
