/**
 * Measures the study list of a large archive: OHIF in a real browser opens the list, and pages to its end, in an archive
 * of 100 studies and in one of 5,000.
 *
 *     node_modules/.bin/node --experimental-transform-types --no-warnings bench/study-list.mjs [--studies 100,5000]
 */
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { stow } from '../scripts/samples/stow.mjs';
import { imageOf, uidOf } from '../test/support/files/synthetic.ts';
import { scratchFolder, startFrontDoor } from '../test/support/server/front-door.ts';
import { browserCommand } from '../test/support/viewer/chromium.ts';
import { median, quantile } from './support/quantiles.mjs';

const { values } = parseArgs({ options: { studies: { type: 'string', default: '100,5000' } } });
const ON_A_PAGE = 50;
const IN_A_STORE = 250;
/** How often each search is sent without a browser. */
const REPEATED = 20;

const scratch = scratchFolder();
console.log('| studies | what | pages | shown, ms | 95 % | search, ms | 95 % |\n|---:|---|---:|---:|---:|---:|---:|');
try {
  for (const count of values.studies.split(',').map(Number)) await measure(count);
} finally {
  scratch.remove();
}

/** @param {number} count of studies */
async function measure(count) {
  const args = ['--no-sample', '--var', 'FRAME_COPIES=none'];
  const door = await startFrontDoor({ data: `${scratch.path}/${count}`, args });
  try {
    for (let at = 0; at < count; at += IN_A_STORE) {
      await stow(
        door.origin,
        Array.from({ length: Math.min(IN_A_STORE, count - at) }, (_, index) => study(at + index)),
      );
    }
    const pages = await paged(door.origin, count);
    const third = Math.ceil(pages.length / 3);
    print(count, 'first page, loaded five times', await loaded(door.origin));
    print(count, 'next pages, first third', pages.slice(0, third));
    print(count, 'next pages, last third', pages.slice(-third));
    for (const [name, offset] of /** @type {const} */ ([
      ['search of the first page', 0],
      ['search of the last page', count - ON_A_PAGE],
    ])) {
      print(count, name, await searched(door.origin, offset));
    }
  } finally {
    await door.end();
  }
}

/** A study of one small image. The dates lie within ten years. @param {number} at */
function study(at) {
  const [study, series, instance] = ['study', 'series', 'instance'].map((level) => uidOf(`listed ${at} ${level}`));
  const identity = { study: study ?? '', series: series ?? '', instance: instance ?? '', patientID: `L${at}` };
  const file = imageOf({ ...identity, rows: 4, columns: 4 }, Buffer.alloc(32));
  const date = new Date(Date.UTC(2016, 0, 1 + ((at * 997) % 3650))).toISOString().slice(0, 10).replaceAll('-', '');
  file.write(date, file.indexOf('20240102'), 'latin1');
  return file;
}

/** @typedef {{ readonly shown?: number, readonly search: number }} Times milliseconds */

/** @param {number} studies @param {string} what @param {readonly Times[]} times */
function print(studies, what, times) {
  const figures = /** @type {const} */ (['shown', 'search']).flatMap((name) => {
    const numbers = times.map((one) => one[name]).filter((number) => number !== undefined);
    return numbers.length === 0 ? ['', ''] : [median(numbers).toFixed(0), quantile(numbers, 0.95).toFixed(0)];
  });
  console.log(`| ${[studies, what, times.length, ...figures].join(' | ')} |`);
}

/** Opens the list in a browser. @template T @param {(page: import('playwright-core').Page) => Promise<T>} work */
async function withPage(work) {
  const { executablePath, args, env } = browserCommand();
  const browser = await chromium.launch({ executablePath, args: [...args], env, headless: true });
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    return await work(page);
  } finally {
    await browser.close();
  }
}

/**
 * Does something that makes the list show other rows.
 * @param {import('playwright-core').Page} page
 * @param {string} label of the page that is shown then
 * @param {() => Promise<unknown>} act
 * @returns {Promise<Times>}
 */
async function turned(page, label, act) {
  const answered = page.waitForResponse((response) => /\/dicomweb\/studies\?/.test(response.url()));
  const begun = performance.now();
  await act();
  await page.getByRole('button', { name: 'Rows per page' }).filter({ hasText: label }).waitFor();
  const shown = performance.now() - begun;
  const request = (await answered).request();
  await (await answered).finished();
  return { shown, search: request.timing().responseEnd };
}

/** @param {string} origin @param {number} count @returns {Promise<Times[]>} of every page after the first */
async function paged(origin, count) {
  return await withPage(async (page) => {
    await turned(page, `of ${count}`, () => page.goto(origin));
    const times = [];
    for (let first = ON_A_PAGE + 1; first <= count; first += ON_A_PAGE) {
      const label = `${first}-${Math.min(first + ON_A_PAGE - 1, count)} of ${count}`;
      times.push(await turned(page, label, () => page.getByRole('button', { name: 'Next page' }).click()));
    }
    return times;
  });
}

/** @param {string} origin @returns {Promise<Times[]>} */
async function loaded(origin) {
  return await withPage(async (page) => {
    const times = [];
    for (let load = 0; load < 6; load += 1) times.push(await turned(page, ' of ', () => page.goto(origin)));
    // The first load fills the browser's cache.
    return times.slice(1);
  });
}

/** @param {string} origin @param {number} offset @returns {Promise<Times[]>} of the search alone */
async function searched(origin, offset) {
  const times = [];
  for (let at = 0; at < REPEATED; at += 1) {
    const begun = performance.now();
    const answer = await fetch(`${origin}/dicomweb/studies?limit=${ON_A_PAGE}&offset=${offset}&count=true`);
    await answer.arrayBuffer();
    times.push({ search: performance.now() - begun });
  }
  return times;
}
