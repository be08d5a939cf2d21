import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../scripts/samples/stow.mjs';
import { launchBrowser, screenshotAfter } from '../support/browser';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/front-door';
import { openStudy, PATIENTLY, skipTours, untilPainted } from '../support/ohif';
import { phantom } from '../support/viewer-samples';

const scratch = scratchFolder();
const [image] = phantom('Reasons', 1);
let door: FrontDoor;
let closed: FrontDoor;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const start = (name: string, ...args: string[]) =>
    startFrontDoor({ data: join(scratch.path, name), args: ['--no-sample', ...args] });
  [door, browser] = await Promise.all([start('open'), launchBrowser()]);
  closed = await start('closed', '--var', 'ALLOW_ANONYMOUS=');
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await skipTours(page);
  await stow(door.origin, [image!.file]);
});

afterEach(({ task }) => screenshotAfter(task, page, 'reasons-'));

afterAll(async () => {
  await browser?.close();
  await Promise.all([door?.end(), closed?.end()]);
  scratch.remove();
});

describe('OHIF’s upload dialog says why a file is not taken', () => {
  const [other] = phantom('Reasons', 1, { elements: [[0x00081030, 'LO', 'Other content']] });
  const cases: [name: string, file: Buffer, reason: string][] = [
    ['a ZIP archive', Buffer.from('PK\x03\x04 and so on'), 'This is a ZIP file. Send it by the upload page'],
    ['a text', Buffer.alloc(500, 'text'), 'This is not a DICOM file: bytes 129 to 132 are not "DICM".'],
    ['a file that is cut short', image!.file.subarray(0, 400), 'it ends before its data set does'],
    [
      'other content under the same UIDs',
      other!.file,
      'The archive already has other content under the UIDs of the file',
    ],
  ];
  test.each(cases)('%s', async (name, file, reason) => {
    const path = join(scratch.path, `${name}.dcm`);
    writeFileSync(path, file);
    await page.goto(door.origin);
    await page.getByText('Upload', { exact: true }).click();
    await page.locator('[role=dialog] input[type=file]:not([webkitdirectory])').setInputFiles(path);
    const shown = page.getByText(reason);
    await shown.waitFor();
    // The background is black, so text without a colour of its own would be invisible.
    const colour = await shown.evaluate((element) => getComputedStyle(element).color);
    const channels = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
    expect(Math.min(...channels), colour).toBeGreaterThan(150);
  });
});

test('OHIF’s upload dialog says that the connection broke off', async () => {
  const path = join(scratch.path, 'cut.dcm');
  writeFileSync(path, image!.file);
  await page.goto(door.origin);
  const isStore = (url: URL) => url.pathname === '/dicomweb/studies';
  await page.route(isStore, (route) =>
    route.request().method() === 'POST' ? route.abort('connectionreset') : route.continue(),
  );
  await page.getByText('Upload', { exact: true }).click();
  await page.locator('[role=dialog] input[type=file]:not([webkitdirectory])').setInputFiles(path);
  await page.getByText(/The connection to the archive broke off|The archive cannot be reached/).waitFor();
  expect(await page.getByText(/request failed/i).count()).toBe(0);
  await page.unroute(isStore);
});

describe('OHIF leads on', () => {
  test('from a viewer without a study to the study list', async () => {
    for (const path of ['/viewer', '/viewer?StudyInstanceUIDs=', '/segmentation/archive']) {
      await page.goto(`${door.origin}${path}`);
      await page.getByText('Study List', { exact: true }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/');
    }
  });

  test('to no tool whose model it may not load', async () => {
    await openStudy(page, door.origin, image!.study, 'segmentation');
    await untilPainted(page, (now) => now.greys > 100);
    const tool = (name: string) => page.locator(`[data-cy="${name}"], [data-cy="${name}-btn"]`);
    await expect.poll(() => tool('Brush').count(), PATIENTLY).toBeGreaterThan(0);
    for (const name of ['LabelmapSlicePropagation', 'MarkerLabelmap']) expect(await tool(name).count()).toBe(0);
  });

  test('from a deployment that lets nobody in to what its owner has to do', async () => {
    for (const path of ['/', `/viewer?StudyInstanceUIDs=${image!.study}`]) {
      await page.goto(`${closed.origin}${path}`);
      const notice = page.locator('[data-archive-notice]');
      await notice.waitFor();
      expect(await notice.textContent()).toContain('This deployment has no access control configured');
      expect(await notice.textContent()).toContain('wrangler.toml');
    }
  });
});
