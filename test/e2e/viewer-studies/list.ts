import { beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { AWKWARD_STUDIES, listedStudies } from '../../support/archive/awkward-studies';
import { openStudy, PATIENTLY, untilPainted } from '../../support/viewer/ohif';
import type { Viewer } from '../../support/viewer/with-viewer';

/** More grey values than text, lines and an empty viewport have together. */
const AN_IMAGE = 100;
/** More than three pages of 50, together with the unusual studies. */
const LISTED = 140;
const ALL = LISTED + AWKWARD_STUDIES.length;

/** The list of studies, with studies that are awkward and more than a page has. @param viewer has no study yet */
export function list(viewer: Viewer): void {
  beforeAll(async () => {
    await viewer.open({ width: 1500, height: 900 });
    await stow(
      viewer.door.origin,
      AWKWARD_STUDIES.map(({ file }) => file),
    );
  });

  const rows = () => viewer.page.locator('tbody tr[aria-selected]');
  /** The texts of a column, by its position. */
  const column = async (at: number) =>
    rows().evaluateAll(
      (all, index) => all.map((tr) => tr.querySelectorAll('td')[index]?.textContent?.trim() ?? ''),
      at,
    );
  const MRN = 1;
  const pages = () => viewer.page.getByRole('button', { name: 'Rows per page' });
  const shows = async (label: string) => expect.poll(() => pages().textContent(), PATIENTLY).toBe(label);
  const next = () => viewer.page.getByRole('button', { name: 'Next page' }).click();
  const filters = () => viewer.page.locator('tr:has(#studyDateTime-start) input');

  describe('OHIF on studies that are awkward', () => {
    test('the list shows them all', async () => {
      await viewer.page.goto(viewer.door.origin);
      await shows(`1-${AWKWARD_STUDIES.length} of ${AWKWARD_STUDIES.length}`);
      const identified = AWKWARD_STUDIES.map(({ name }) => (name === 'no PatientID' ? '' : name));
      expect((await column(MRN)).sort()).toEqual(identified.sort());
      const names = (await column(0)).join('\n');
      for (const name of ['山田, 太郎', 'Żółć, Ünal (山田 太郎)']) expect(names).toContain(name);
    });

    test('a narrow list keeps the columns that tell patients and studies apart', async () => {
      const { page } = viewer;
      const headers = async () => (await page.locator('thead tr').first().locator('th').allTextContents()).join(' ');
      await page.setViewportSize({ width: 1024, height: 700 });
      await expect.poll(headers, PATIENTLY).toMatch(/^Patient MRN Study Date Modalities\b/);
      await page.setViewportSize({ width: 1500, height: 900 });
      await expect.poll(headers, PATIENTLY).toMatch(/^Patient MRN Study Date Modalities Description Accession\b/);
    });

    test.each(AWKWARD_STUDIES.map((study) => [study.name, study] as const))('%s: opens', async (_, { study }) => {
      await openStudy(viewer.page, viewer.door.origin, study);
      await untilPainted(viewer.page, (now) => now.greys > AN_IMAGE);
    });

    test('the way back to the list, and its filters, have names and can be reached by keyboard', async () => {
      const { page } = viewer;
      await page.getByRole('button', { name: 'Back to the list' }).press('Enter');
      await pages().waitFor();
      for (const name of ['Patient', 'MRN', 'Study date, start', 'Study date, end', 'Description', 'Accession'])
        await page.getByRole('textbox', { name }).focus();
    });

    test('nothing failed on the way', () => {
      expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
    });
  });

  describe('OHIF on more studies than a page has', () => {
    test('all of them can be reached, each once, and the total is shown', async () => {
      await stow(viewer.door.origin, listedStudies(LISTED));
      await viewer.page.goto(viewer.door.origin);
      await shows(`1-50 of ${ALL}`);
      const seen = await column(MRN);
      for (let first = 51; first <= ALL; first += 50) {
        await next();
        await shows(`${first}-${Math.min(first + 49, ALL)} of ${ALL}`);
        const last = seen.at(-1);
        await expect.poll(async () => (await column(MRN)).includes(last ?? ''), PATIENTLY).toBe(false);
        seen.push(...(await column(MRN)));
      }
      expect(seen).toHaveLength(ALL);
      expect(new Set(seen).size).toBe(ALL);
    });

    test('a page is kept over a reload', async () => {
      const shown = await column(MRN);
      await viewer.page.reload();
      await shows(`151-${ALL} of ${ALL}`);
      await expect.poll(() => column(MRN), PATIENTLY).toEqual(shown);
    });

    test('an address with a page after the last one leads to the last one', async () => {
      await viewer.page.goto(`${viewer.door.origin}/?pageNumber=99&resultsPerPage=100`);
      await shows(`101-${ALL} of ${ALL}`);
    });

    test('a filter with a wildcard of the user is asked as it stands', async () => {
      const asked = viewer.page.waitForRequest((one) => new URL(one.url()).searchParams.get('00100020') === 'MRN-*1');
      await viewer.page.getByRole('textbox', { name: 'MRN' }).fill('MRN-*1');
      await asked;
    });

    test('the order is that of all studies, not of a page', async () => {
      await viewer.page.goto(viewer.door.origin);
      await shows(`1-50 of ${ALL}`);
      await viewer.page.getByRole('button', { name: 'Sort MRN' }).click();
      await expect.poll(async () => (await column(MRN))[0], PATIENTLY).toBe('date range');
      await viewer.page.getByRole('button', { name: 'Sort MRN' }).click();
      await expect.poll(async () => (await column(MRN))[0], PATIENTLY).toBe('odd date');
      // The list does not offer an order that the archive does not have.
      expect(await viewer.page.getByRole('button', { name: 'Sort Description' }).count()).toBe(0);
    });

    test('a filter shows the total of all matches, each with its time', async () => {
      await viewer.page.goto(viewer.door.origin);
      await filters().first().fill('listed');
      await shows(`1-50 of ${LISTED}`);
      const shown = async () => (await rows().allTextContents()).filter((text) => text.includes('MRN-'));
      await expect.poll(async () => (await shown()).length, PATIENTLY).toBe(50);
      expect((await shown()).filter((text) => !text.includes('10:15'))).toEqual([]);
    });

    test('a typed date filters when it is complete, Enter adds none, and an emptied one filters no more', async () => {
      await viewer.page.goto(viewer.door.origin);
      await shows(`1-50 of ${ALL}`);
      const from = viewer.page.locator('#studyDateTime-start');
      await from.pressSequentially('2000-01-01');
      await viewer.page.keyboard.press('Enter');
      const address = () => new URL(viewer.page.url()).searchParams;
      await expect.poll(() => address().get('startDate'), PATIENTLY).toBe('20000101');
      expect(address().get('endDate')).toBeNull();
      expect(await from.inputValue()).toBe('2000-01-01');
      await from.fill('');
      await expect.poll(() => address().get('startDate'), PATIENTLY).toBeNull();
      await shows(`1-50 of ${ALL}`);
    });

    test('the menu of page sizes closes after a choice', async () => {
      await viewer.page.goto(viewer.door.origin);
      await shows(`1-50 of ${ALL}`);
      await pages().click();
      await viewer.page.getByRole('menuitem', { name: '25 per page' }).click();
      await shows(`1-25 of ${ALL}`);
      await viewer.page.getByRole('menu').waitFor({ state: 'detached' });
    });

    test('a narrow window has the patients of the list, and what is above them', async () => {
      const page = await viewer.browser.newPage({ viewport: { width: 360, height: 740 } });
      await page.goto(viewer.door.origin);
      await page.locator('tbody td').first().waitFor();
      const first = (await page.locator('tbody td').first().boundingBox())!;
      expect([first.x >= 0, first.width > 150, first.x + first.width <= 360]).toEqual([true, true, true]);
      const upload = (await page.getByRole('button', { name: 'Upload' }).first().boundingBox())!;
      expect([upload.x >= 0, upload.x + upload.width <= 360]).toEqual([true, true]);
      await page.goto(`${viewer.door.origin}/record`);
      await page.getByRole('button', { name: 'Search' }).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await page.close();
    });

    test('the list does not speak of 0 studies before it has an answer', async () => {
      const held = Promise.withResolvers<void>();
      await viewer.page.route('**/dicomweb/studies?*', async (route) => {
        await held.promise;
        await route.continue();
      });
      await viewer.page.goto(viewer.door.origin);
      await shows('…');
      held.resolve();
      await shows(`1-50 of ${ALL}`);
      await viewer.page.unrouteAll({ behavior: 'wait' });
    });
  });

  describe('OHIF without an answer of the archive', () => {
    test.each([
      ['busy', { status: 503, body: 'busy' }, 'The archive is busy. Try again in a moment.'],
      ['asked too often', { status: 429, body: '{"detail":"Wait a second."}' }, 'Wait a second.'],
      ['away', undefined, 'The archive cannot be reached.'],
    ])('the list says that the archive is %s, and not that there are no studies', async (_, answer, reason) => {
      const { page, door } = viewer;
      await page.route(/\/dicomweb\/studies\?/, (route) =>
        answer === undefined ? route.abort('internetdisconnected') : route.fulfill(answer),
      );
      await page.goto(door.origin);
      const said = page.getByRole('alert').filter({ hasText: 'The studies could not be listed.' });
      await said.getByText(reason).waitFor();
      for (const wrong of ['No studies available', 'configured correctly'])
        expect(await page.getByText(wrong).count()).toBe(0);
      await page.unrouteAll({ behavior: 'wait' });
      await said.getByRole('button', { name: 'Try again' }).click();
      await said.waitFor({ state: 'detached' });
      await expect.poll(() => rows().count(), PATIENTLY).toBeGreaterThan(0);
    });
  });

  describe('the page of the viewer', () => {
    const script = /\/app\.bundle\.[0-9a-f]+\.js$/;

    test('says that it loads, and that it could not', async () => {
      // A page of its own: what the others have watched stays free of failures.
      const page = await viewer.page.context().newPage();
      const held = Promise.withResolvers<void>();
      await page.route(script, async (route) => {
        await held.promise;
        await route.abort();
      });
      await page.goto(viewer.door.origin, { waitUntil: 'commit' });
      await page.getByRole('status').getByText('The viewer is loading.').waitFor();
      held.resolve();
      await page.getByRole('alert').getByText('The viewer could not be loaded').waitFor();
      await page.unroute(script);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('button', { name: 'Rows per page' }).waitFor();
      expect(await page.getByText('The viewer is loading.').count()).toBe(0);
      await page.close();
    });
  });
}
