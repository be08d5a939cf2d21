import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { screenshot } from '../../support/viewer/browser';
import { dose, type Mapped, parametricMap } from '../../support/viewer/map-sample';
import { type OhifWindow, openStudy, PATIENTLY, settled } from '../../support/viewer/ohif';
import { phantom } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const SLICES = 5;

/** The frames are not in the order of the images. */
const MAPPED: readonly Mapped[] = [
  { image: 4, rectangle: [0, 0, 1, 1], value: 0 },
  { image: 3, rectangle: [50, 50, 70, 70], value: 10 },
  { image: 2, rectangle: [0, 0, 1, 1], value: 0 },
  { image: 1, rectangle: [10, 10, 30, 30], value: 80 },
  { image: 0, rectangle: [0, 0, 1, 1], value: 0 },
];

/** Places within the two rectangles, and one in neither. */
const PLACES = [
  [20, 20],
  [60, 60],
  [80, 20],
] as const;

/** Parametric maps, which the viewer draws over their images. */
export function maps(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  /**
   * Shows an image of the volume.
   * @returns its number by its place, and which of the places have a colour; undefined while nothing is shown
   */
  const shown = (index: number) =>
    viewer.page.evaluate(
      async ([to, places]) => {
        const { cornerstone } = window as unknown as OhifWindow;
        const viewport = cornerstone?.getRenderingEngines()[0]?.getViewports()[0];
        if (!viewport?.getImageData()) return undefined;
        cornerstone!.utilities.jumpToSlice(viewport.element, { imageIndex: to });
        await new Promise((resolve) => setTimeout(resolve, 500));
        const { width, height, clientWidth } = viewport.canvas;
        const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
        context.drawImage(viewport.canvas, 0, 0);
        const [, , depth] = viewport.getCamera().focalPoint;
        const coloured = places.map(([column, row]) => {
          const [left, top] = viewport.worldToCanvas([column, row, depth]).map((at) => (at * width) / clientWidth);
          const [red, green, blue] = context.getImageData(Math.round(left!), Math.round(top!), 1, 1).data;
          return Math.max(red!, green!, blue!) - Math.min(red!, green!, blue!) > 2;
        });
        return { image: Math.abs(Math.round(depth / 2)), coloured };
      },
      [index, PLACES] as const,
    );

  test('each image has the values of its own frame alone, by the window of the map', async () => {
    const images = phantom('Mapped', SLICES);
    const file = parametricMap('Mapped', images, MAPPED, { center: 20, width: 40 });
    const { page, door } = viewer;
    await stow(
      door.origin,
      [...images, file].map((one) => one.file),
    );
    await openStudy(page, door.origin, file.study);
    await settled(page, ({ greys }) => greys > 20);
    const window = page.getByText('W:', { exact: true }).locator('..').getByText('40', { exact: true });
    // OHIF forgets a click on a thumbnail while it draws the list again.
    for (let clicks = 0; clicks < 6 && !(await window.isVisible()); clicks += 1) {
      await page.getByText('Map', { exact: true }).last().dblclick();
      await window.waitFor({ timeout: 15_000 }).catch(() => undefined);
    }
    await window.waitFor();
    const all = async () => {
      const found = [];
      for (let index = 0; index < SLICES; index += 1) found.push(await shown(index));
      return found.sort((one, other) => (one?.image ?? 0) - (other?.image ?? 0));
    };
    const bare = [false, false, false];
    await expect.poll(all, PATIENTLY).toEqual([
      { image: 0, coloured: bare },
      { image: 1, coloured: [true, false, false] },
      { image: 2, coloured: bare },
      { image: 3, coloured: [false, true, false] },
      { image: 4, coloured: bare },
    ]);
    await shown(SLICES - 2);
    await screenshot(page, 'map');
    expect(await page.getByText('multiplied by 100').count()).toBe(0);
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  test('a map whose frames lie between the images is not drawn, and the reason is said', async () => {
    const images = phantom('Mapped apart', SLICES);
    const file = parametricMap('Mapped apart', images, [{ ...MAPPED[1]!, image: 1.5 }], { center: 20, width: 40 });
    const { page, door } = viewer;
    await stow(
      door.origin,
      [...images, file].map((one) => one.file),
    );
    await openStudy(page, door.origin, file.study);
    await settled(page, ({ greys }) => greys > 20);
    const said = page.locator('[data-not-shown]').getByText('lie on the images that the map refers to');
    for (let clicks = 0; clicks < 6 && !(await said.isVisible()); clicks += 1) {
      await page.getByText('Map', { exact: true }).last().dblclick();
      await said.waitFor({ timeout: 15_000 }).catch(() => undefined);
    }
    await said.waitFor();
    // OHIF says an error that nothing has caught after a tenth of a second.
    await page.waitForTimeout(500);
    expect(await page.getByText('Something went wrong').count()).toBe(0);
    // Nothing of what lies below the words is seen between them: OHIF says for ever that it is loading.
    const middle = await said.evaluate((words) => {
      const { left, right, top, bottom } = words.getBoundingClientRect();
      for (const one of document.querySelectorAll<HTMLElement>('[data-not-shown]')) one.style.pointerEvents = 'auto';
      return document.elementFromPoint((left + right) / 2, (top + bottom) / 2)?.closest('[data-not-shown]') !== null;
    });
    expect(middle).toBe(true);
    await screenshot(page, 'map-apart');
    await viewer.open({ width: 1000, height: 640 });
  });

  test('a dose is put over images without an error, though its frames are slow to come', async () => {
    const images = phantom('Dosed', SLICES);
    const file = dose('Dosed', images);
    const { page, door } = viewer;
    await stow(
      door.origin,
      [...images, file].map((one) => one.file),
    );
    const isFrame = (url: URL) => url.pathname.includes('/frames/');
    await page.route(isFrame, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.continue().catch(() => undefined);
    });
    await openStudy(page, door.origin, file.study);
    await settled(page, ({ greys }) => greys > 20);
    await page.locator('[data-cy^="dataOverlayMenu-"][data-cy$="-btn"]').first().click();
    await page.getByText('Foreground', { exact: true }).click();
    await page.getByText('SELECT A FOREGROUND').click();
    await page.getByRole('option', { name: 'Dose' }).click();
    await expect.poll(async () => (await shown(1))?.coloured.length, PATIENTLY).toBe(PLACES.length);
    await page.getByText('Control threshold').waitFor();
    await page.waitForTimeout(3000);
    await screenshot(page, 'dose');
    await page.unroute(isFrame);
    expect(await page.locator('[data-sonner-toast]').count()).toBe(0);
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
