import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { measurementReport } from '../../support/files/measurement-report';
import type { Element } from '../../support/files/part10';
import { uidOf } from '../../support/files/synthetic';
import { clearMeasurements, clickTool, drawFreely } from '../../support/viewer/measuring';
import {
  loadStudy,
  type OhifWindow,
  openStudy,
  PATIENTLY,
  putOverImages,
  scrollTo,
  textsOver,
  untilPainted,
} from '../../support/viewer/ohif';
import { PHANTOM_SOP_CLASS, phantom, SIDE, titled } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const BRIGHT = 1000;
const DARK = 200;

/** An image that is bright where a condition holds. */
const bright = (isBright: (column: number, row: number) => boolean): Element => [
  0x7fe00010,
  'OW',
  Array.from({ length: SIDE ** 2 }, (_, at) => (isBright(at % SIDE, Math.floor(at / SIDE)) ? BRIGHT : DARK)),
];

/** A triangle. It is half of the rectangle around it, so pixels that are taken wrongly are dark ones. */
const TRIANGLE = bright((column, row) => column >= 20 && row >= 20 && column + row <= 90);
const IN_TRIANGLE = [
  [24, 24],
  [60, 24],
  [24, 60],
  [24, 25],
] as const;

/** A disc, around the middle of the image. */
const DISC = bright((column, row) => Math.hypot(column - SIDE / 2, row - SIDE / 2) < 24);
const IN_DISC = [
  [SIDE / 2, SIDE / 2],
  [SIDE / 2 + 14, SIDE / 2 + 14],
] as const;

/** Values that tools of the viewer find in images. */
export function measuring(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  const show = async (name: string, slices: number, elements: Element[]) => {
    const images = phantom(name, slices, { elements });
    await stow(
      viewer.door.origin,
      images.map(({ file }) => file),
    );
    await openStudy(viewer.page, viewer.door.origin, images[0]!.study);
    await untilPainted(viewer.page, ({ greys }) => greys > 1);
  };

  /** The least and the greatest value, as they are written over the image. */
  const extremes = async () => {
    const text = await textsOver(viewer.page);
    return ['Max', 'Min', 'Std Dev'].map((name) => new RegExp(`${name}: (\\S+)`).exec(text)?.[1]);
  };

  /** Window Center and Window Width of a LINEAR window: PS3.3 C.11.2.1.2.1. */
  const shownWindow = () =>
    viewer.page.evaluate(() => {
      const [engine] = (window as unknown as OhifWindow).cornerstone!.getRenderingEngines();
      const [shown] = engine!.getViewports() as unknown as { getProperties(): { voiRange: Record<string, number> } }[];
      const { lower, upper } = shown!.getProperties().voiRange;
      return [(upper! + lower! + 1) / 2, upper! - lower! + 1];
    });

  const turn = (change: { flipHorizontal?: boolean; rotation?: number }) =>
    viewer.page.evaluate((to) => {
      const { cornerstone } = window as unknown as OhifWindow;
      const shown = cornerstone!.getRenderingEngines()[0]!.getViewports()[0]!;
      shown.setViewPresentation(to);
      shown.render();
    }, change);

  test('a probe has its value on every image of a stack, and an outline on an image that is mirrored or turned', async () => {
    const { page } = viewer;
    await show('Turned', 3, [TRIANGLE]);
    await scrollTo(page, 2);
    await clickTool(page, 'Probe', [[30.1, 40.1]]);
    await expect.poll(() => textsOver(page), PATIENTLY).toMatch(/\(30, 40, 2\)\s+1000 HU/);
    for (const change of [
      { flipHorizontal: false, rotation: 0 },
      { flipHorizontal: true, rotation: 0 },
      { flipHorizontal: false, rotation: 180 },
      { flipHorizontal: true, rotation: 90 },
    ]) {
      await clearMeasurements(page);
      await turn(change);
      await drawFreely(page, 'PlanarFreehandROI', IN_TRIANGLE);
      await expect.poll(extremes, PATIENTLY).toEqual(['1000', '1000', '0']);
    }
  });

  test('values in circles, ellipses and outlines are right on an image that lies obliquely in the patient', async () => {
    const { page } = viewer;
    const half = Math.SQRT1_2;
    await show('Oblique', 3, [[0x00200037, 'DS', `${half}\\${half}\\0\\${-half}\\${half}\\0`], DISC]);
    for (const tool of ['CircleROI', 'EllipticalROI']) {
      await drawFreely(page, tool, IN_DISC);
      await expect.poll(extremes, PATIENTLY).toEqual(['1000', '1000', '0']);
      await clearMeasurements(page);
    }
    // All values in the region are alike, so the window is as narrow as this tool makes one.
    await drawFreely(page, 'WindowLevelRegion', IN_DISC);
    await expect.poll(shownWindow, PATIENTLY).toEqual([BRIGHT, 10]);
  });

  test('an angle that is not finished is not listed and stops no report; a value of zero is shown', async () => {
    const { page } = viewer;
    await show('Unfinished', 1, [DISC]);
    await drawFreely(page, 'RectangleROI', [
      [40, 40],
      [56, 56],
    ]);
    await expect.poll(extremes, PATIENTLY).toEqual(['1000', '1000', '0']);
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.locator('[data-cy="trackedMeasurements-btn"]').click();
    await clickTool(page, 'Angle', [
      [20, 80],
      [40, 80],
    ]);
    await page.getByText('Max: 1000').first().waitFor();
    expect(await page.getByText('NaN').count()).toBe(0);
    await page.getByText('Create SR').click();
    await page.locator('[role=dialog]').getByRole('button', { name: 'Save' }).click();
    const report = page.locator('[data-cy="study-browser-thumbnail-no-image"]', { hasText: /^SR/ });
    await report.waitFor({ timeout: PATIENTLY.timeout });
    await expect.poll(() => textsOver(page), PATIENTLY).toMatch(/Standard Deviation: 0\.00/);
  });

  test('a measurement of a report that the viewer does not take over is said to be left', async () => {
    const { page, door } = viewer;
    const [image] = phantom('Foreign', 1);
    const measured = {
      ...{ sopClassUID: PHANTOM_SOP_CLASS, sop: image!.sop, series: image!.series },
      ...({ from: [20, 20], to: [60, 40], millimetres: 120, isOfRegion: true } as const),
    };
    const place = { study: image!.study, series: uidOf('foreign report'), sop: uidOf('foreign instance') };
    const report = measurementReport(place, measured, titled('Foreign', 'report', 2));
    await stow(door.origin, [image!.file, Buffer.from(report)]);
    // Loaded again: a question of OHIF about the study before may still be there.
    await loadStudy(page, door.origin, image!.study);
    await untilPainted(page, ({ greys }) => greys > 100);
    await putOverImages(page);
    await page.getByText('1 of 1 measurements was not taken over').waitFor();
  });
}
