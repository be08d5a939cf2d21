import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../scripts/samples/stow.mjs';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { type Complaints, launchBrowser, screenshotAfter, watch } from '../support/viewer/browser';
import { PATIENTLY, settled } from '../support/viewer/ohif';
import { phantom } from '../support/viewer/viewer-samples';

/** More grey values than text, lines and an empty viewport have together. */
const AN_IMAGE = 100;

const scratch = scratchFolder();
const [own] = phantom('Own', 1);
const [northern] = phantom('Northern', 1);
let door: FrontDoor;
let browser: Browser;
let page: Page;
let complaints: Complaints;
/** Paths of requests for DICOM objects. */
const asked: string[] = [];

beforeAll(async () => {
  const start = { data: join(scratch.path, 'archive'), args: ['--no-sample', '--archive', 'north'] };
  [door, browser] = await Promise.all([startFrontDoor(start), launchBrowser()]);
  await stow(door.origin, [own!.file]);
  await stow(`${door.origin}/archives/north`, [northern!.file]);
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  complaints = watch(page, door.origin);
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/\/(dicomweb|wado)(\/|$)/.test(pathname)) asked.push(pathname);
  });
});

afterEach(({ task }) => screenshotAfter(task, page, 'archives-'));

afterAll(async () => {
  await browser?.close();
  await door?.end();
  scratch.remove();
});

const row = (name: string) => page.locator('tbody tr[aria-selected]', { hasText: name });
const rows = () => page.locator('tbody tr[aria-selected]');
const current = () => page.getByLabel('Archive', { exact: true });

describe('the viewer on a deployment of two archives', () => {
  test('lists the default archive, and leads to the other', async () => {
    await page.goto(door.origin);
    await row('Own').waitFor();
    expect(await rows().count()).toBe(1);
    expect(await current().inputValue()).toBe('default');
    await current().selectOption('north');
    await row('Northern').waitFor();
    expect(await rows().count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('archive')).toBe('north');
    expect(await current().inputValue()).toBe('north');
  });

  test('opens a study of the other archive, and stays in it over a reload and back', async () => {
    asked.length = 0;
    await row('Northern').dblclick();
    await settled(page, (now) => now.greys > AN_IMAGE);
    const address = new URL(page.url());
    expect([address.pathname, address.searchParams.get('archive')]).toEqual(['/viewer', 'north']);
    await page.reload();
    await settled(page, (now) => now.greys > AN_IMAGE);
    expect(await current().inputValue()).toBe('north');
    await page.goBack();
    await row('Northern').waitFor();
    expect(await row('Own').count()).toBe(0);
    expect(new URL(page.url()).searchParams.get('archive')).toBe('north');
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((path) => !path.startsWith('/archives/north/'))).toEqual([]);
    expect(complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  test('uploads to the archive that the address names', async () => {
    const [more] = phantom('Uploaded', 1);
    await page.goto(`${door.origin}/?archive=north`);
    await page.getByRole('link', { name: 'Folders, ZIP' }).click();
    await page.getByRole('button', { name: 'Choose files' }).waitFor();
    await page.locator('#files').setInputFiles({ name: 'image', mimeType: '', buffer: more!.file });
    await page.getByRole('button', { name: 'Send 1 file' }).click();
    await page.getByRole('status').filter({ hasText: 'Done: 1 stored.' }).waitFor();
    const studies = async (root: string) =>
      (await fetch(`${door.origin}${root}/dicomweb/studies?StudyInstanceUID=${more!.study}`)).json();
    expect([(await studies('/archives/north')).length, (await studies('')).length]).toEqual([1, 0]);
    const link = page.getByRole('link', { name: /Open in the viewer/ });
    expect(await link.getAttribute('href')).toBe(`/viewer?StudyInstanceUIDs=${more!.study}&archive=north`);
  });

  test('does not find the study of one archive in the other', async () => {
    const { study } = own!;
    expect((await fetch(`${door.origin}/archives/north/dicomweb/studies/${study}/metadata`)).status).toBe(404);
    await page.goto(`${door.origin}/viewer?StudyInstanceUIDs=${study}&archive=north`);
    await expect.poll(() => page.url(), PATIENTLY).toContain('/notfoundstudy');
    expect(await page.locator('canvas.cornerstone-canvas').count()).toBe(0);
  });

  test('says that an archive is not there, and leads to those that are', async () => {
    await page.goto(`${door.origin}/?archive=south`);
    const notice = page.locator('[data-archive-notice]');
    await notice.filter({ hasText: 'no archive "south"' }).waitFor();
    // Keys do not reach what is covered, and do not close the notice.
    await page.keyboard.press('Escape');
    for (let presses = 0; presses < 3; presses += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('#root') ?? null)).toBeNull();
    }
    expect(await notice.isVisible()).toBe(true);
    // By its text: a dialog of OHIF may hide what is beside it from assistive technology, and so from getByRole.
    await notice.getByText('Open the archive "north"').click();
    await row('Northern').waitFor();
  });
});
