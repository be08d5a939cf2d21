/**
 * `npm run check:viewer-colours -- DIR`: compares the colours that OHIF paints with those of other decoders. Stores
 * each colour file below DIR alone in a fresh archive, opens it in OHIF in a real browser, and reads points of the
 * canvas whose pixel of the image is known. Compares them with the same pixels of the archive's own picture, and of the
 * decoders that viewer-colours/colours.py calls. Prints the files that differ, and counts.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { scratchFolder, startFrontDoor } from '../../test/support/server/front-door.ts';
import { browserCommand } from '../../test/support/viewer/chromium.ts';
import { stow } from '../samples/stow.mjs';
import { counted } from '../support/counted.mjs';
import { ROOT } from '../support/paths.mjs';
import { canvasPoints, picturePoints } from './viewer-colours/points.mjs';

const { values, positionals } = parseArgs({
  options: {
    /** Only files whose path contains this. */
    only: { type: 'string', default: '' },
    /** The number of files to skip, because a check of many files takes long. */
    from: { type: 'string', default: '0' },
    python: { type: 'string', default: 'python3' },
  },
  allowPositionals: true,
});

/**
 * Decoders of JPEG may differ by a few levels in all points, and by more where two pixels share a colour. A point differs from this
 * number of levels on, and a file differs where the mean is above the second number or more than this part of the points differs.
 */
const LEVELS = 8;
const MEAN = 2.5;
const PART = 0.03;

/** Milliseconds in which OHIF shows an image, or says why it does not. */
const PATIENCE_MS = 40_000;

const [folder] = positionals;
if (folder === undefined)
  throw new Error('usage: npm run check:viewer-colours -- DIR [--only TEXT] [--python COMMAND]');

/** @typedef {{ path: string, copy?: string, syntax: string, photometric: string, bits: number, study: string, series: string, sop: string, rgb?: string, columns: number, decoder?: string }} Entry */

const scratch = scratchFolder();
const reference = join(scratch.path, 'reference');
execFileSync(values.python, [join(ROOT, 'scripts/check/viewer-colours/colours.py'), folder, reference], {
  stdio: 'inherit',
});
/** @type {Entry[]} */
const all = JSON.parse(readFileSync(join(reference, 'files.json'), 'utf8'));
const files = all.filter(({ path }) => path.includes(values.only)).slice(Number(values.from));
const door = await startFrontDoor({
  data: join(scratch.path, 'archive'),
  args: ['--no-sample', '--var', 'FRAME_COPIES=none'],
});
const { executablePath, args, env } = browserCommand();
const browser = await chromium.launch({ executablePath, args: [...args], env, headless: true });
/** @type {Map<string, number>} */
const counts = new Map();
try {
  for (const [at, entry] of files.entries()) {
    const found = await compared(entry).catch((error) => ({ verdict: 'failed', text: String(error).slice(0, 200) }));
    counts.set(found.verdict, (counts.get(found.verdict) ?? 0) + 1);
    const about = `${entry.photometric} ${entry.bits} ${entry.syntax}`;
    console.log(`${at + 1}/${files.length} ${found.verdict}: ${basename(entry.path)} (${about}): ${found.text}`);
  }
} finally {
  await browser.close();
  await door.end();
  scratch.remove();
}
console.log([...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', '));
process.exitCode = (counts.get('different') ?? 0) + (counts.get('failed') ?? 0) > 0 ? 1 : 0;

/** @param {Entry} entry */
async function compared(entry) {
  try {
    await stow(door.origin, [readFileSync(entry.copy ?? entry.path)]);
  } catch (error) {
    return { verdict: 'not stored', text: String(error).slice(0, 600) };
  }
  const path = `/dicomweb/studies/${entry.study}/series/${entry.series}/instances/${entry.sop}`;
  // Without what another file has left in the browser: files of a test set share UIDs.
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(`${door.origin}/viewer?StudyInstanceUIDs=${entry.study}`);
    const shown = await canvasPoints(page, PATIENCE_MS);
    if (typeof shown === 'string') return { verdict: 'said in words', text: shown };
    const picture = await picturePoints(page, `${path}/frames/1/rendered`, shown);
    const ours = difference(shown, picture);
    const theirs = difference(shown, referencePoints(entry, shown));
    const differs = [ours, theirs].some((one) => one !== undefined && (one.mean > MEAN || one.part > PART));
    const text = `${counted(shown.length, 'point')}; archive ${said(ours)}; ${entry.decoder ?? 'no decoder'} ${said(theirs)}`;
    return { verdict: differs ? 'different' : 'equal', text };
  } finally {
    await context.close();
    await fetch(`${door.origin}/dicomweb/studies/${entry.study}`, { method: 'DELETE' });
  }
}

/** @typedef {import('./viewer-colours/points.mjs').Point} Point */

/** @param {Entry} entry @param {readonly Point[]} points @returns {(readonly number[])[] | undefined} */
function referencePoints({ rgb, columns }, points) {
  if (rgb === undefined) return undefined;
  const bytes = readFileSync(join(reference, rgb));
  return points.map(({ x, y }) => [...bytes.subarray((y * columns + x) * 3, (y * columns + x) * 3 + 3)]);
}

/** @param {readonly Point[]} points @param {(readonly number[])[] | undefined} other */
function difference(points, other) {
  if (other === undefined) return undefined;
  const gaps = points.map(({ rgb }, at) =>
    Math.max(...rgb.map((value, index) => Math.abs(value - (other[at]?.[index] ?? 999)))),
  );
  return {
    mean: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length,
    most: gaps.reduce((most, gap) => Math.max(most, gap), 0),
    part: gaps.filter((gap) => gap > LEVELS).length / gaps.length,
  };
}

/** @param {ReturnType<typeof difference>} found */
function said(found) {
  return found ? `mean ${found.mean.toFixed(2)}, most ${found.most}, ${(found.part * 100).toFixed(1)} %` : '-';
}
