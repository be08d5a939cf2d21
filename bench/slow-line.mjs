/**
 * Measures how long a viewer on a slow connection waits: OHIF in a real browser, throttled by the DevTools protocol,
 * opens a series of 100 slices, with and without the archive's losslessly compressed copies of frames.
 *
 *     node_modules/.bin/node bench/slow-line.mjs [-- --slices 100]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { stow } from '../scripts/samples/stow.mjs';
import { browserCommand } from '../test/support/chromium.ts';
import { startFrontDoor } from '../test/support/front-door.ts';
import { imageOf, uidOf } from '../test/support/synthetic.ts';

const { values } = parseArgs({ options: { slices: { type: 'string', default: '100' } } });
const SLICES = Number(values.slices);
const SIDE = 512;
const LINES = [
  { name: '10 Mbit/s, 60 ms', latency: 60, downloadThroughput: 10e6 / 8 },
  { name: '100 Mbit/s, 20 ms', latency: 20, downloadThroughput: 100e6 / 8 },
];
const JPEG_LS =
  'multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80; transfer-syntax=1.2.840.10008.1.2.1';

/** Slices of 12 bits: soft edges, and noise of which lossless compression leaves half. @param {string} name */
function series(name) {
  let state = 20_261_129;
  const noise = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 25;
  };
  return Array.from({ length: SLICES }, (_, at) => {
    const words = new Uint16Array(SIDE * SIDE);
    for (let index = 0; index < words.length; index += 1) {
      const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
      words[index] = 1500 + 1000 * Math.sin(Math.hypot(x - 256, y - 256) / 30 + at / 5) + noise();
    }
    const instance = uidOf(`${name} ${at}`);
    const uids = { study: uidOf(`${name} study`), series: uidOf(`${name} series`), instance };
    return imageOf({ ...uids, number: at + 1, rows: SIDE, columns: SIDE }, new Uint8Array(words.buffer));
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
    await page.goto(`${origin}/viewer?StudyInstanceUIDs=${study}`);
    await painted(page);
    const first = Date.now() - begun;
    for (const until = Date.now() + 180_000; frames < SLICES && Date.now() < until; ) await page.waitForTimeout(100);
    return { first: first / 1000, all: (done - begun) / 1000, frames, megabytes: bytes / 1e6 };
  } finally {
    await browser.close();
  }
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

/** @param {string} origin @param {string} study */
async function copied(origin, study) {
  for (const until = Date.now() + 120_000; Date.now() < until; ) {
    const path = `${origin}/dicomweb/studies/${study}/series/${uidOf('slow series')}/instances`;
    const types = await Promise.all(
      [0, SLICES - 1].map(async (at) => {
        const answer = await fetch(`${path}/${uidOf(`slow ${at}`)}/frames/1`, { headers: { Accept: JPEG_LS } });
        return (await answer.text()).includes('image/jls');
      }),
    );
    if (types.every(Boolean)) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error('The frames have not been copied.');
}

const folder = mkdtempSync(join(tmpdir(), 'slow-line-'));
console.log('| line | frames | first image s | all images s | MB |\n|---|---|---:|---:|---:|');
try {
  for (const copies of ['none', 'jpeg-ls']) {
    const args = ['--no-sample', '--var', `FRAME_COPIES=${copies}`];
    const door = await startFrontDoor({ data: join(folder, copies), args });
    try {
      const warm = {
        study: uidOf('warm study'),
        series: uidOf('warm series'),
        instance: uidOf('warm'),
        rows: 64,
        columns: 64,
      };
      const words = Uint16Array.from({ length: 64 * 64 }, (_, at) => 864 + (at % 400));
      await stow(door.origin, [imageOf(warm, new Uint8Array(words.buffer))]);
      for (const file of series('slow')) await stow(door.origin, [file]);
      if (copies !== 'none') await copied(door.origin, uidOf('slow study'));
      for (const line of LINES) {
        const { first, all, frames, megabytes } = await look(door.origin, uidOf('slow study'), line);
        const name = copies === 'none' ? 'as stored, native' : 'copies, JPEG-LS';
        console.log(
          `| ${line.name} | ${name}, ${frames} | ${first.toFixed(1)} | ${all.toFixed(1)} | ${megabytes.toFixed(1)} |`,
        );
      }
    } finally {
      await door.end();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
