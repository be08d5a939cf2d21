import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { uidOf } from '../../support/files/synthetic';
import { screenshot } from '../../support/viewer/browser';
import { type OhifWindow, openStudy, PATIENTLY, type Painted, scrollTo, untilPainted } from '../../support/viewer/ohif';
import { phantom, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

/**
 * Milliseconds after the status of an answer: longer than the page takes to read it and to show what it says. The end of an answer
 * that the page cancels is never told.
 */
const READ_MS = 1500;

/** What the viewer says of a series that changes while it is open. */
export function replaced(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  const painted = () => untilPainted(viewer.page, ({ greys }) => greys > 100);

  test('a series of which images were replaced is not shown as it was before, and a series that grows is', async () => {
    const { page, door } = viewer;
    const before = phantom('Replaced', 4);
    const after = phantom('Replaced', 4, { elements: [[0x00281052, 'DS', '-1000']] });
    const files = (samples: typeof before, count: number) => samples.slice(0, count).map(({ file }) => file);
    const words = page.getByText('has changed since it was opened');
    // OHIF shows the last slice first. The first one is held back.
    const held = `**/instances/${before[0]!.sop}/frames/**`;
    const hold = async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      await page.route(held, (route) => promise.then(() => route.continue()));
      return resolve;
    };
    await stow(door.origin, files(before, 2));
    const grows = await hold();
    await openStudy(page, door.origin, before[0]!.study);
    await painted();
    await stow(door.origin, files(before, 3));
    const asked = page.waitForResponse((answer) => answer.url().endsWith('/metadata'));
    grows();
    await asked;
    await page.waitForTimeout(READ_MS);
    await scrollTo(page, 1);
    await painted();
    expect(await words.count()).toBe(0);

    await page.unroute(held);
    const arrives = await hold();
    await page.reload();
    await painted();
    await fetch(`${door.origin}/dicomweb/studies/${before[0]!.study}`, { method: 'DELETE' });
    await stow(door.origin, files(after, 4));
    arrives();
    await words.waitFor();
    await screenshot(page, 'replaced-series');
    await page.getByRole('button', { name: 'Open the study again' }).click();
    await painted();
    await scrollTo(page, 3);
    await painted();
    expect(await words.count()).toBe(0);
  });

  test('images that arrive while their study is open are told, and come when it is opened again', async () => {
    const { page, door } = viewer;
    const files = phantom('Growing', 4).map(({ file }) => file);
    const { study } = phantom('Growing', 1)[0]!;
    await stow(door.origin, files.slice(0, 2));
    await openStudy(page, door.origin, study);
    await painted();
    // The page looks when its tab is shown again, and at intervals.
    const look = async () => {
      const answer = page.waitForResponse((one) => one.url().endsWith(`/studies/${study}/series`));
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await answer;
      await page.waitForTimeout(READ_MS);
    };
    const words = page.getByText('This study has grown');
    await look();
    expect(await words.count()).toBe(0);
    await stow(door.origin, files);
    await look();
    await page.getByText('2 more images of this study have arrived').waitFor();
    await screenshot(page, 'growing-study');
    await page.getByRole('button', { name: 'Open again' }).click();
    await painted();
    await scrollTo(page, 3);
    await painted();
    await look();
    expect(await words.count()).toBe(0);
  });

  test('a series that is deleted while it is open is said to be, and leads to the list', async () => {
    const { page, door } = viewer;
    const slices = phantom('Deleted', 3);
    await stow(
      door.origin,
      slices.map(({ file }) => file),
    );
    // OHIF shows the last slice first. The first one is held back until the study is deleted.
    const held = `**/instances/${slices[0]!.sop}/frames/**`;
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.route(held, (route) => promise.then(() => route.continue()));
    await openStudy(page, door.origin, slices[0]!.study);
    await painted();
    const words = page.getByText('was deleted', { exact: false });
    expect(await words.count()).toBe(0);
    await fetch(`${door.origin}/dicomweb/studies/${slices[0]!.study}`, { method: 'DELETE' });
    resolve();
    await words.waitFor();
    await screenshot(page, 'deleted-series');
    await page.getByRole('button', { name: 'Study list' }).click();
    await page.getByRole('button', { name: 'Rows per page' }).waitFor();
    await page.unroute(held);
  });

  test('a study that is opened again from the list is as it is now: series, images and their pixels', async () => {
    const { page, door } = viewer;
    const before = phantom('Reopened', 2);
    const even: Element = [0x7fe00010, 'OW', Array.from({ length: SIDE * SIDE }, () => 2048)];
    // Pixels alone are other ones, and there is one slice more.
    const after = phantom('Reopened', 3, { elements: [even] });
    const [other] = phantom('Reopened', 1, {
      elements: [even, [0x0020000e, 'UI', uidOf('another series')], [0x00080018, 'UI', uidOf('its image')]],
    });
    const { study } = before[0]!;
    const series = page.locator('[data-cy="study-browser-thumbnail"]');
    const isEven = ({ greys }: Painted) => greys > 0 && greys < 5;
    await stow(
      door.origin,
      before.map(({ file }) => file),
    );
    await openStudy(page, door.origin, study);
    await painted();
    await series.getByText('2', { exact: true }).waitFor();
    expect(await series.count()).toBe(1);
    await fetch(`${door.origin}/dicomweb/studies/${study}`, { method: 'DELETE' });
    await stow(
      door.origin,
      [...after, other!].map(({ file }) => file),
    );
    await openStudy(page, door.origin, study);
    await expect.poll(() => series.count(), PATIENTLY).toBe(2);
    await series.getByText('3', { exact: true }).waitFor();
    await series.filter({ hasText: '3' }).dblclick();
    for (const at of [2, 1, 0]) {
      await scrollTo(page, at);
      await untilPainted(page, isEven);
    }
  });

  test('a study whose attributes did not come is read again when it is opened again', async () => {
    const { page, door } = viewer;
    const slices = phantom('Failed once', 2);
    await stow(
      door.origin,
      slices.map(({ file }) => file),
    );
    const metadata = `**/studies/${slices[0]!.study}/series/*/metadata`;
    await page.route(metadata, (route) => route.fulfill({ status: 503 }));
    await openStudy(page, door.origin, slices[0]!.study);
    await page.locator('[data-archive-notice]').getByRole('button', { name: 'Study list' }).waitFor();
    await page.unroute(metadata);
    await openStudy(page, door.origin, slices[0]!.study);
    await painted();
  });
  test.each([
    ['when the next one is shown', ['next', 'left']],
    ['before the next one', ['left', 'next']],
  ] as const)('a study that was left does not come into the next one: its attributes arrive %s', async (how, order) => {
    const { page, door } = viewer;
    const studies = { left: phantom(`Left ${how}`, 2), next: phantom(`Next ${how}`, 3) };
    await stow(
      door.origin,
      [...studies.left, ...studies.next].map(({ file }) => file),
    );
    const arrives: Record<string, () => Promise<void>> = {};
    for (const [name, [one]] of Object.entries(studies)) {
      const metadata = `**/studies/${one!.study}/series/*/metadata`;
      const { promise, resolve } = Promise.withResolvers<void>();
      await page.route(metadata, (route) => promise.then(() => route.continue()));
      const asked = page.waitForRequest(metadata);
      await openStudy(page, door.origin, one!.study);
      await asked;
      arrives[name] = async () => {
        resolve();
        await (await asked).response();
        await page.waitForTimeout(READ_MS);
      };
    }
    for (const name of order) await arrives[name]!();
    await painted();
    const { study } = studies.next[0]!;
    expect(await shownStudies(page)).toEqual({ inGrid: [study], known: [study] });
    await page.unrouteAll({ behavior: 'wait' });
  });
}

/** The studies whose images are in the viewports, and those whose series the page has. */
async function shownStudies(page: Page) {
  return page.evaluate(() => {
    const { cornerstone, services } = window as unknown as OhifWindow;
    const viewports = cornerstone!.getRenderingEngines()[0]!.getViewports();
    return {
      inGrid: viewports.map((one) => /\/studies\/([\d.]+)\//.exec(one.getCurrentImageId() ?? '')?.[1]),
      known: services!.displaySetService.getActiveDisplaySets().map((one) => one.StudyInstanceUID),
    };
  });
}
