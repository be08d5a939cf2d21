import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FrontDoor, freePort, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { descendants } from '../support/server/processes';
import { barriers } from '../support/viewer/accessibility';
import { type Complaints, launchBrowser, PATIENCE, screenshot, watch } from '../support/viewer/browser';
import { phantom, type Sample } from '../support/viewer/viewer-samples';
import { twoTabs } from './upload/two-tabs';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };

const scratch = scratchFolder();
const folder = join(scratch.path, 'CD');
/** 500 files, one of them twice, and one with other content under the same UIDs as another. */
const patients = ['Anna', 'Bertha', 'Clara', 'Dora', 'Emma'].map((name) => phantom(name, 100));
const zipped = phantom('Zipped', 30);

let port: number;
let door: FrontDoor;
let browser: Browser;
let page: Page;
let complaints: Complaints;
/** URLs that the page has asked for. */
const asked: string[] = [];

beforeAll(async () => {
  mkdirSync(join(folder, 'DICOM'), { recursive: true });
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  for (const samples of patients) {
    for (const [at, { file }] of samples.entries()) write(`DICOM/${samples[0]!.study.slice(-6)}-${at}`, file);
  }
  write('DICOM/copy', first(patients).file);
  write('DICOM/broken', phantom('Broken', 1)[0]!.file.subarray(0, 400));
  write('README.TXT', 'Start VIEWER.EXE to see the images.');
  write('AUTORUN.INF', '');
  const members = Object.fromEntries(zipped.map(({ file }, at) => [`IMAGES/${at}`, new Uint8Array(file)]));
  write('more.zip', zipSync({ ...members, 'IMAGES/notes.txt': new Uint8Array(300) }));
  port = await freePort();
  [door, browser] = await Promise.all([start(), launchBrowser()]);
  page = await browser.newPage({ viewport: DESKTOP });
  page.on('dialog', (dialog) => dialog.accept());
  complaints = watch(page, door.origin);
  page.on('request', (request) => asked.push(request.url()));
});

afterAll(async () => {
  await browser?.close();
  await door?.end();
  scratch.remove();
});

function start(): Promise<FrontDoor> {
  return startFrontDoor({ data: join(scratch.path, 'archive'), port, args: ['--no-sample'] });
}

function first(samples: readonly Sample[][]): Sample {
  return samples[0]![0]!;
}

const button = (name: string | RegExp) => page.getByRole('button', { name });
const status = () => page.getByRole('status');
const sent = async () => Number(/^(\d+) of/.exec((await page.locator('#figures').textContent()) ?? '')?.[1] ?? 0);
const untilSent = (count: number) => expect.poll(sent, { timeout: PATIENCE, interval: 20 }).toBeGreaterThan(count);
/** Presses Enter on the button that has the focus. */
async function press(name: string | RegExp): Promise<void> {
  await focused(name);
  await page.keyboard.press('Enter');
}
const focused = (name: string | RegExp) =>
  expect
    .poll(
      () =>
        page
          .locator('button:focus-visible')
          .textContent({ timeout: 1000 })
          .catch(() => ''),
      { timeout: PATIENCE },
    )
    .toMatch(name);
const list = (title: string) => page.locator('details', { has: page.locator('summary', { hasText: title }) });

/** Kills the front door as a power cut does. */
async function kill(): Promise<void> {
  const children = descendants(door.process.pid);
  const end = door.end('SIGKILL');
  for (const child of children) {
    try {
      process.kill(child, 'SIGKILL');
    } catch {
      // It has ended with its parent.
    }
  }
  await end;
}

async function stored(level: string): Promise<number> {
  const response = await fetch(`${door.origin}/dicomweb/${level}?limit=1&count=true`);
  return Number(response.headers.get('X-Total-Count'));
}

describe('the upload page', () => {
  test('is led to by the study list', async () => {
    await page.goto(door.origin);
    await page.getByRole('link', { name: 'Folders, ZIP' }).click();
    await button('Choose a folder').waitFor();
    expect(new URL(page.url()).pathname).toBe('/upload');
    expect(await barriers(page)).toEqual([]);
    await screenshot(page, 'upload-empty');
  });

  test('shows what was chosen before anything is sent', async () => {
    // By keyboard: from the link to the study list to the button that opens the browser's dialog.
    await page.getByRole('link', { name: 'Study list' }).focus();
    await page.keyboard.press('Tab');
    await focused('Choose files');
    await page.keyboard.press('Tab');
    await focused('Choose a folder');
    await screenshot(page, 'upload-focus');
    const dialog = page.waitForEvent('filechooser');
    await page.keyboard.press('Enter');
    await (await dialog).setFiles(folder);
    await focused('Send 503 files');
    expect(await status().textContent()).toBe(
      '532 DICOM files found, 30 of them in 1 ZIP file. 3 files will be left out. Nothing is sent yet.',
    );
    expect(await page.locator('tbody').count()).toBe(7);
    const anna = page.locator('tbody', { hasText: 'Anna, Phantom (Anna)' });
    expect(await anna.textContent()).toContain('2024-01-31, Anna, 1 series, 101 files');
    expect(await anna.locator('td').allTextContents()).toEqual(['1 · CT · Axial', '101', '101 waiting']);
    const left = await list('Left out: 3').locator('li').allTextContents();
    expect(left.sort()).toEqual([
      'CD/AUTORUN.INFThe file is empty.',
      'CD/README.TXTThis is not a DICOM file.',
      'CD/more.zip: IMAGES/notes.txtThis is not a DICOM file.',
    ]);
    await screenshot(page, 'upload-chosen');
    expect(await barriers(page)).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    await screenshot(page, 'upload-chosen-phone');
    await page.setViewportSize(DESKTOP);
    expect(await stored('instances')).toBe(0);
  });

  test('goes on when the archive is killed and starts again', async () => {
    await press('Send 503 files');
    await untilSent(60);
    await kill();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
    await screenshot(page, 'upload-killed');
    expect(await barriers(page)).toEqual([]);
    expect(await page.locator('#figures').textContent()).not.toContain('left');
    door = await start();
    const before = await sent();
    await untilSent(before + 20);
    await expect.poll(() => page.getByRole('alert').count(), { timeout: PATIENCE }).toBe(0);
    // The time of the outage does not count: some megabytes are left, even on a busy machine.
    expect(await page.locator('#figures').textContent()).not.toMatch(/\d h /);
  });

  test('pauses, and goes on after a reload with what is not sent', async () => {
    await press('Pause');
    await focused('Resume');
    expect(await status().textContent()).toBe('Paused.');
    const before = await sent();
    await screenshot(page, 'upload-paused');
    await press('Resume');
    await focused('Pause');
    await untilSent(before + 20);
    await page.reload();
    await page.getByText(/An upload of 503 files .* was interrupted: \d+ of them are sent/).waitFor();
    await screenshot(page, 'upload-unfinished');
    asked.length = 0;
    await page.locator('#folder').setInputFiles(folder);
    await button('Send 503 files').click();
    await untilSent(before);
    await page.setViewportSize(PHONE);
    await screenshot(page, 'upload-sending-phone');
    await page.setViewportSize(DESKTOP);
    await focused('Upload more');
    const creations = asked.filter((url) => url.endsWith('/dicomweb/uploads')).length;
    expect(creations).toBeLessThan(503 - before);
  });

  test('says what became of every file, in words', async () => {
    await screenshot(page, 'upload-done');
    expect(await barriers(page)).toEqual([]);
    await page.setViewportSize(PHONE);
    await screenshot(page, 'upload-done-phone');
    await page.setViewportSize(DESKTOP);
    expect(await stored('instances')).toBe(530);
    expect(await stored('studies')).toBe(6);
    expect(await list('Not stored: 1').locator('li').textContent()).toMatch(/^CD\/DICOM\/brokenThe file is cut short/);
    const counts = (await status().textContent()) ?? '';
    const total = [...counts.matchAll(/(\d+) /g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect([counts, total]).toEqual([expect.stringContaining('1 not stored'), 532]);
    for (const { study, series, sop, file } of [first(patients), patients[4]![99]!, zipped[29]!]) {
      const url = `${door.origin}/dicomweb/studies/${study}/series/${series}/instances/${sop}`;
      const response = await fetch(url, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
      const body = Buffer.from(await response.arrayBuffer());
      expect(body.includes(file)).toBe(true);
    }
    await page
      .locator('tbody', { hasText: 'Zipped' })
      .getByRole('link', { name: /Open in the viewer/ })
      .waitFor();
    const link = page.getByRole('link', { name: 'Open in the viewer: Zipped, Phantom' });
    expect(await link.getAttribute('href')).toBe(`/viewer?StudyInstanceUIDs=${zipped[0]!.study}`);
  });

  test('sends nothing that the archive has', async () => {
    await button('Upload more').click();
    asked.length = 0;
    await page
      .locator('#files')
      .setInputFiles(patients[1]!.slice(0, 20).map(({ file }, at) => ({ name: `${at}`, mimeType: '', buffer: file })));
    await button('Send 20 files').click();
    await status().filter({ hasText: 'Done: 20 already in the archive.' }).waitFor();
    expect(asked.filter((url) => url.includes('/dicomweb/uploads'))).toEqual([]);
  });

  test('says why other content under known UIDs is not stored, and sends it again when asked to', async () => {
    const [other] = phantom('Dora', 1, { elements: [[0x00081030, 'LO', 'Other content']] });
    await button('Upload more').click();
    await page.evaluate((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], 'other'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, other!.file.toString('base64'));
    await button('Send 1 file').click();
    await list('Not stored: 1').filter({ hasText: 'already has other content under the UIDs' }).waitFor();
    const again = page.waitForRequest(
      (request) => request.method() === 'POST' && request.url().endsWith('/upload-sessions'),
    );
    await button('Send the refused ones again').focus();
    await page.keyboard.press('Enter');
    await again;
    await list('Not stored: 1').waitFor();
    await press('Upload more');
    await focused('Choose files');
  });

  test('goes on at once when the line is back, and when the page is looked at again', async () => {
    const other = await browser.newPage();
    let answers = 0;
    other.on('response', (response) => {
      if (response.url().includes('/dicomweb/')) answers += 1;
    });
    await other.clock.install();
    await other.goto(`${door.origin}/upload`);
    await other.getByRole('button', { name: 'Choose files' }).waitFor();
    const alert = other.getByRole('alert').filter({ hasText: 'cannot be reached' });
    for (const [round, name] of ['Online', 'Visible'].entries()) {
      const images = phantom(name, 12).map(({ file }, at) => ({ name: `${at}`, mimeType: '', buffer: file }));
      await other.locator('#files').setInputFiles(images);
      if (round === 0) await other.context().setOffline(true);
      else await other.route('**/dicomweb/**', (route) => route.abort());
      await other.getByRole('button', { name: 'Send 12 files' }).click();
      await alert.waitFor();
      // From here on no pause of the page ends by itself.
      await other.clock.pauseAt(new Date(Date.now() + 1000));
      answers = 0;
      if (round === 0) await other.context().setOffline(false);
      else {
        await other.unroute('**/dicomweb/**');
        await other.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
      }
      await expect.poll(() => answers, { timeout: PATIENCE }).toBeGreaterThan(0);
      await other.clock.resume();
      await other.getByRole('status').filter({ hasText: 'Done: 12 stored' }).waitFor();
    }
    await other.close();
  });

  test('does not share the session of another tab, and goes on when its own has ended', () =>
    twoTabs(browser, door.origin));

  test('asks nobody else, and names nobody in an address', () => {
    const { requests, errors, foreign } = complaints;
    // While the archive is killed and starts again its answers are missing, or say so: 423, 5xx. Other content is refused with 409.
    const isExpected = (text: string) => /^(net::|409 POST|423 |50[0234] )|Failed to load resource/.test(text);
    expect(foreign).toEqual([]);
    expect([...requests, ...errors].filter((text) => !isExpected(text))).toEqual([]);
    expect(asked.filter((url) => /Dora|Anna|Phantom|\/CD/.test(url))).toEqual([]);
  });
});
