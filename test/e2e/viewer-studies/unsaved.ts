import { beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { drawTool, loadStudy, type OhifWindow, PATIENTLY, textsOver, untilPainted } from '../../support/viewer/ohif';
import { phantom } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const FIRST = [
  [20, 30],
  [60, 30],
] as const;
const SECOND = [
  [20, 60],
  [70, 60],
] as const;

/** The lengths over the image. */
const FORTY = /^(39\.[89]|40(\.[012])?) mm/m;
const FIFTY = /^(49\.[89]|50(\.[012])?) mm/m;

/** What the user measures and draws: it is stored, or said to be lost. */
export function unsaved(viewer: Viewer): void {
  const [reported] = phantom('Unsaved reported', 1);
  const outlined = phantom('Unsaved drawn', 2);
  const [measured] = phantom('Unsaved measured', 1);
  const [other] = phantom('Unsaved later', 1);
  beforeAll(async () => {
    await viewer.open({ width: 1300, height: 760 });
    await stow(
      viewer.door.origin,
      [reported!, ...outlined, measured!, other!].map(({ file }) => file),
    );
  });

  const listed = (modality: string) =>
    viewer.page.locator('[data-cy="study-browser-thumbnail-no-image"]', { hasText: new RegExp(`^${modality}`) });
  const dialog = () => viewer.page.locator('[data-archive-leaving]');
  const answer = (name: string) => dialog().getByRole('button', { name, exact: true }).click();
  const listShows = () => viewer.page.getByRole('button', { name: 'Rows per page' }).waitFor();
  const toTheList = () => viewer.page.locator('[data-cy="return-to-work-list"]').click();

  async function load(study: string, mode?: string): Promise<void> {
    await loadStudy(viewer.page, viewer.door.origin, study, mode);
    await untilPainted(viewer.page, ({ greys }) => greys > 100);
  }

  /** Draws a length, and answers OHIF's question whether it is to be tracked. */
  async function measure(places: typeof FIRST | typeof SECOND, isFirst = true): Promise<void> {
    await drawTool(viewer.page, 'Length', places);
    // A click is up to half a pixel of the screen beside its place.
    await expect.poll(() => textsOver(viewer.page), PATIENTLY).toMatch(places === FIRST ? FORTY : FIFTY);
    if (!isFirst) return;
    await viewer.page.getByRole('button', { name: 'Yes' }).click();
    await viewer.page.locator('[data-cy="trackedMeasurements-btn"]').click();
  }

  const save = () => viewer.page.locator('[role=dialog]').getByRole('button', { name: 'Save' }).click();

  async function createReport(): Promise<void> {
    await viewer.page.getByText('Create SR').click();
    await save();
  }

  /** What the archive answers to stores from now on; nothing: it is away. */
  async function refuse(fulfilled?: { status: number; body: string; headers?: Record<string, string> }): Promise<void> {
    await viewer.page.unrouteAll({ behavior: 'wait' });
    await viewer.page.route(
      (url) => url.pathname === '/dicomweb/studies',
      (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        return fulfilled === undefined ? route.abort('internetdisconnected') : route.fulfill(fulfilled);
      },
    );
  }

  const seriesOf = async (study: string) => {
    const answer = await fetch(`${viewer.door.origin}/dicomweb/studies/${study}/series`, {
      headers: { Accept: 'application/dicom+json' },
    });
    const series = (await answer.json()) as Record<string, { Value: unknown[] }>[];
    return series.map((one) => one['00080060']!.Value[0]).sort();
  };

  describe('what is stored', () => {
    test('a report is listed when the archive has stored it, and otherwise the reason is said', async () => {
      const { page } = viewer;
      await load(reported!.study);
      await measure(FIRST);
      const said = (text: string) => page.locator('[data-sonner-toast]').getByText(text).waitFor();
      for (const [refusal, reason] of [
        [{ status: 503, body: '{"detail":"The disk is full."}' }, 'The disk is full.'],
        [{ status: 503, body: 'busy' }, 'The archive is busy. Try again in a moment.'],
        [undefined, 'The archive cannot be reached.'],
      ] as const) {
        await refuse(refusal);
        await createReport();
        await said('The archive did not store the report');
        await said(`${reason} The measurements are still here: you can try again.`);
        expect(await listed('SR').count()).toBe(0);
        expect(await textsOver(page)).toMatch(FORTY);
      }
      expect(await page.locator('[data-archive-notice]').count()).toBe(0);
      expect(await seriesOf(reported!.study)).toEqual(['CT']);
      await page.locator('[data-sonner-toast]').getByRole('button', { name: 'Close' }).click();
      await page.getByText('The archive did not store the report').waitFor({ state: 'detached' });
      await page.unrouteAll({ behavior: 'wait' });
      await createReport();
      await expect.poll(() => listed('SR').count(), PATIENTLY).toBe(1);
      expect(await listed('SR').textContent()).toContain('3001');
      expect(await seriesOf(reported!.study)).toEqual(['CT', 'SR']);
    });

    test('a segmentation is listed when the archive has stored it', async () => {
      const { page } = viewer;
      await load(outlined[0]!.study, 'segmentation');
      const run = (commandName: string, commandOptions: object) =>
        page.evaluate(
          (command) => {
            // Its end is not awaited: it asks the user.
            (window as unknown as OhifWindow).commandsManager!.run(command);
          },
          { commandName, commandOptions, context: 'CORNERSTONE' },
        );
      const ids = () =>
        page.evaluate(() =>
          (window as unknown as OhifWindow)
            .services!.segmentationService.getSegmentations()
            .map(({ segmentationId }) => segmentationId),
        );
      await run('createLabelmapForViewport', { viewportId: 'default', options: { createInitialSegment: true } });
      await expect.poll(async () => (await ids()).length, PATIENTLY).toBe(1);
      await drawTool(page, 'CircularBrush', FIRST);
      const [segmentationId] = await ids();
      const store = async () => {
        await run('storeSegmentation', { segmentationId, modality: 'SEG' });
        await save();
      };
      await refuse({ status: 503, body: '{"detail":"The disk is full."}' });
      await store();
      await page.getByText('The archive did not store the segmentation').waitFor();
      await page.getByText('The disk is full. The segmentation is still here: you can try again.').waitFor();
      expect(await ids()).toEqual([segmentationId]);
      expect(await page.getByText('Something went wrong').count()).toBe(0);
      await page.unrouteAll({ behavior: 'wait' });
      await toTheList();
      await dialog().getByText('1 segmentation is not stored. Leave the study?').waitFor();
      await answer('Stay');
      await store();
      await expect.poll(() => seriesOf(outlined[0]!.study), PATIENTLY).toEqual(['CT', 'SEG']);
      await expect.poll(() => listed('SEG').count(), PATIENTLY).toBe(1);
      await toTheList();
      await listShows();
    });
  });

  describe('what would be lost', () => {
    test('nothing asks where nothing was measured, nor where all is in a report of the archive', async () => {
      const { page } = viewer;
      await load(measured!.study);
      await toTheList();
      await listShows();
      await load(reported!.study);
      await listed('SR').dblclick();
      await page.getByRole('button', { name: 'Yes' }).click();
      await expect.poll(() => textsOver(page), PATIENTLY).toMatch(FORTY);
      await toTheList();
      await listShows();
    });

    test('a measurement beside those of a report is counted alone, and none when it is stored too', async () => {
      const { page } = viewer;
      await load(reported!.study);
      await listed('SR').dblclick();
      await page.getByRole('button', { name: 'Yes' }).click();
      await expect.poll(() => textsOver(page), PATIENTLY).toMatch(FORTY);
      await measure(SECOND, false);
      await toTheList();
      await dialog().getByText('1 measurement is not stored. Leave the study?').waitFor();
      await answer('Stay');
      await page.locator('[data-cy="trackedMeasurements-btn"]').click();
      await createReport();
      await page.getByText('saved successfully').waitFor();
      await toTheList();
      await listShows();
    });

    test('the arrow, Back and another address ask; Stay keeps the measurements, Leave leaves', async () => {
      const { page, door } = viewer;
      await page.goto(`${door.origin}/?mrn=Unsaved%20later`);
      await page.locator('tbody tr[aria-selected]', { hasText: 'Unsaved later' }).first().dblclick();
      await untilPainted(page, ({ greys }) => greys > 100);
      await measure(FIRST);
      const study = page.url();
      await measure(SECOND, false);
      for (const leave of [toTheList, () => page.evaluate(() => window.history.back())]) {
        await leave();
        await dialog().getByText('2 measurements are not stored. Leave the study?').waitFor();
        await answer('Stay');
        await expect.poll(() => dialog().count(), PATIENTLY).toBe(0);
        expect(page.url()).toBe(study);
        expect(await textsOver(page)).toMatch(FORTY);
      }
      await page.evaluate(() => window.history.back());
      await answer('Leave');
      await listShows();
      expect(new URL(page.url()).pathname).toBe('/');
      await page.evaluate(() => window.history.forward());
      await untilPainted(page, ({ greys }) => greys > 100);
      expect(await textsOver(page)).toBe('');
      await measure(FIRST);
      for (const name of ['Stay', 'Leave']) {
        await page.evaluate((to) => {
          window.history.pushState(null, '', to);
          window.dispatchEvent(new PopStateEvent('popstate', { state: null }));
        }, `/viewer?StudyInstanceUIDs=${measured!.study}`);
        await dialog().getByText('1 measurement is not stored. Leave the study?').waitFor();
        await answer(name);
        await expect.poll(() => dialog().count(), PATIENTLY).toBe(0);
        if (name === 'Stay') expect(page.url()).toBe(study);
      }
      await expect.poll(() => page.url(), PATIENTLY).toContain(measured!.study);
      await expect.poll(() => textsOver(page), PATIENTLY).toBe('');
    });

    test('a reload asks, by the browser', async () => {
      const { page } = viewer;
      await load(measured!.study);
      await measure(FIRST);
      const asked = page.waitForEvent('dialog');
      await page.evaluate(() => setTimeout(() => window.location.reload()));
      const question = await asked;
      expect(question.type()).toBe('beforeunload');
      await question.dismiss();
      expect(await textsOver(page)).toMatch(FORTY);
    });
  });
}
