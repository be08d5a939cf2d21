/**
 * Measures how long a viewer on a slow connection waits: OHIF in a real browser, throttled by the DevTools protocol,
 * opens a series of 100 slices, in an archive with losslessly compressed copies of frames and in one without. The two
 * take turns; the figures are medians. With `--cold` the browser has the viewer's files, but has not yet decoded
 * JPEG-LS.
 *
 *     node_modules/.bin/node --experimental-transform-types --no-warnings bench/slow-line.mjs [--slices 100] [--runs 3] [--cold] [--line 100]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { stow } from '../scripts/samples/stow.mjs';
import { imageOf, uidOf } from '../test/support/files/synthetic.ts';
import { startFrontDoor } from '../test/support/server/front-door.ts';
import { browserCommand } from '../test/support/viewer/chromium.ts';
import { median } from './support/quantiles.mjs';

const { values } = parseArgs({
  options: {
    slices: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    cold: { type: 'boolean', default: false },
    requests: { type: 'boolean', default: false },
    line: { type: 'string', default: '' },
  },
});
const SLICES = Number(values.slices);
const RUNS = Number(values.runs);
const SIDE = 512;
const LINES = [
  { name: '10 Mbit/s, 60 ms', latency: 60, downloadThroughput: 10e6 / 8 },
  { name: '100 Mbit/s, 60 ms', latency: 60, downloadThroughput: 100e6 / 8 },
];
const JPEG_LS =
  'multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80; transfer-syntax=1.2.840.10008.1.2.1';

/**
 * Slices of 12 bits: soft edges, and noise of which lossless compression leaves half.
 * @param {string} name
 * @param {number} slices
 * @param {number} side pixels
 */
function series(name, slices, side) {
  let state = 20_261_129;
  const noise = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 25;
  };
  return Array.from({ length: slices }, (_, at) => {
    const words = new Uint16Array(side * side);
    for (let index = 0; index < words.length; index += 1) {
      const [x, y] = [index % side, Math.floor(index / side)];
      words[index] = 1500 + 1000 * Math.sin(Math.hypot(x - 256, y - 256) / 30 + at / 5) + noise();
    }
    const instance = uidOf(`${name} ${at}`);
    const uids = { study: uidOf(`${name} study`), series: uidOf(`${name} series`), instance };
    return imageOf({ ...uids, number: at + 1, rows: side, columns: side }, new Uint8Array(words.buffer));
  });
}

/** @param {string} origin @param {string} study @param {{ latency: number, downloadThroughput: number }} line */
async function look(origin, study, line) {
  const { executablePath, args, env } = browserCommand();
  const browser = await chromium.launch({ executablePath, args: [...args], env, headless: true });
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
    await page.addInitScript(() => localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])));
    // The viewer is in the browser's cache before the connection becomes slow.
    await page.goto(`${origin}/viewer?StudyInstanceUIDs=${uidOf('warm study')}`);
    await painted(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', { ...line, offline: false, uploadThroughput: 1e6 });
    let frames = 0;
    let bytes = 0;
    const begun = Date.now();
    let done = begun;
    page.on('requestfinished', async (request) => {
      if (!request.url().includes(study) || !request.url().includes('/frames/')) return;
      const at = Date.now();
      frames += 1;
      done = Math.max(done, at);
      bytes += (await request.sizes()).responseBodySize;
    });
    const log = values.requests ? logged(page, begun) : [];
    await page.goto(`${origin}/viewer?StudyInstanceUIDs=${study}`);
    await painted(page);
    const first = Date.now() - begun;
    for (const line of log.slice(0, 60)) console.error(`${line}`);
    if (values.requests) console.error(`first image: ${first}`);
    for (const until = Date.now() + 180_000; frames < SLICES && Date.now() < until; ) await page.waitForTimeout(100);
    if (frames < SLICES) throw new Error(`Only ${frames} frames arrived.`);
    return { first: first / 1000, all: (done - begun) / 1000, frames, megabytes: bytes / 1e6 };
  } finally {
    await browser.close();
  }
}

/** The requests of a page, as they end: milliseconds of their start and end. @param {import('playwright-core').Page} page @param {number} begun */
function logged(page, begun) {
  /** @type {string[]} */
  const lines = [];
  page.on('requestfinished', (request) => {
    const { startTime, responseStart, responseEnd } = request.timing();
    const at = Math.round(startTime - begun);
    const path = request
      .url()
      .replace(/^https?:\/\/[^/]+/, '')
      .replace(/[\d.]{20,}/g, '*');
    lines.push(`${at} +${Math.round(responseStart)} +${Math.round(responseEnd)} ${path}`);
  });
  return lines;
}

/** @param {import('playwright-core').Page} page */
async function painted(page) {
  await page.waitForFunction(
    () => {
      const canvas = document.querySelector('canvas.cornerstone-canvas');
      if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0) return false;
      const copy = new OffscreenCanvas(64, 64);
      const context = copy.getContext('2d');
      context?.drawImage(canvas, 0, 0, 64, 64);
      const { data } = context?.getImageData(0, 0, 64, 64) ?? { data: [] };
      return new Set([...data].filter((_, at) => at % 4 === 0)).size > 50;
    },
    undefined,
    { timeout: 120_000, polling: 50 },
  );
}

/** Waits until an image has a copy. @param {string} origin @param {string} name @param {number} at */
async function copied(origin, name, at) {
  const path = `${origin}/dicomweb/studies/${uidOf(`${name} study`)}/series/${uidOf(`${name} series`)}/instances`;
  for (const until = Date.now() + 300_000; Date.now() < until; ) {
    // A busy isolate makes no copies: each look is one request, and then there is time.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const answer = await fetch(`${path}/${uidOf(`${name} ${at}`)}/frames/1`, { headers: { Accept: JPEG_LS } });
    if ((await answer.text()).includes('image/jls')) return;
  }
  throw new Error('The frames have not been copied.');
}

/** Starts an archive that holds the two series. @param {'none' | 'jpeg-ls'} copies @param {string} folder */
async function filled(copies, folder) {
  const args = ['--no-sample', '--var', `FRAME_COPIES=${copies}`];
  const door = await startFrontDoor({ data: join(folder, copies), args });
  // An image of 64 by 64 is too small for a copy.
  const warm = series('warm', 1, values.cold ? 64 : SIDE);
  for (const file of [...warm, ...series('slow', SLICES, SIDE)]) await stow(door.origin, [file]);
  if (copies !== 'none') await copied(door.origin, 'slow', SLICES - 1);
  if (copies !== 'none' && !values.cold) await copied(door.origin, 'warm', 0);
  return door;
}

const folder = mkdtempSync(join(tmpdir(), 'slow-line-'));
const doors = [];
console.log('| connection | frames | first image, s | all images, s | MB |\n|---|---|---:|---:|---:|');
try {
  for (const copies of /** @type {const} */ (['none', 'jpeg-ls'])) doors.push(await filled(copies, folder));
  for (const line of LINES.filter(({ name }) => name.startsWith(values.line))) {
    const looks = doors.map(() => /** @type {Awaited<ReturnType<typeof look>>[]} */ ([]));
    for (let run = 0; run < RUNS; run += 1) {
      for (const [at, door] of doors.entries()) looks[at]?.push(await look(door.origin, uidOf('slow study'), line));
    }
    for (const [at, name] of ['as stored', 'copies'].entries()) {
      const figures = /** @type {const} */ (['first', 'all', 'megabytes']).map((figure) =>
        median((looks[at] ?? []).map((one) => one[figure])).toFixed(1),
      );
      console.log(`| ${[line.name, name, ...figures].join(' | ')} |`);
    }
  }
} finally {
  for (const door of doors) await door.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
