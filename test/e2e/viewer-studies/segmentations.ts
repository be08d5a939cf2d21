import { beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { type OhifWindow, openStudy, PATIENTLY, scrollTo, settled, shownAt } from '../../support/viewer/ohif';
import { type Marked, type Rectangle, segmentation } from '../../support/viewer/segmentation-sample';
import { phantom, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const MARKED: readonly Marked[] = [
  { segment: 1, image: 1, rectangle: [10, 20, 30, 50] },
  { segment: 1, image: 2, rectangle: [10, 20, 40, 50] },
  { segment: 2, image: 2, rectangle: [60, 5, 90, 25] },
  { segment: 2, image: 3, rectangle: [61, 6, 91, 26] },
];

/** Where an image is marked by a segment: a name, and how many pixels; without these, nothing. */
type Found = Record<string, { readonly pixels: number; readonly rectangle: Rectangle }>;

/** Segmentations: the viewer has the pixels of the frames at their places, and draws them over the images. */
export function segmentations(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  /** What the viewer has of the segmentation that was loaded last: by segment, on each image of the series. */
  const loaded = (): Promise<Found[]> =>
    viewer.page.evaluate((side) => {
      const { cornerstone, services } = window as unknown as OhifWindow;
      const all = services?.segmentationService.getSegmentations() ?? [];
      const ids = all.at(-1)?.representationData.Labelmap?.imageIds ?? [];
      const images = ids.map((id) => cornerstone!.cache.getImage(id)).filter((image) => image !== undefined);
      const heightOf = (id: string) => cornerstone!.metaData.get('imagePlaneModule', id).imagePositionPatient[2]!;
      const ordered = images
        .map((image) => ({ image, height: heightOf(image.referencedImageId) }))
        .sort((one, other) => one.height - other.height);
      return ordered.map(({ image }) => {
        const found: Record<string, { pixels: number; rectangle: [number, number, number, number] }> = {};
        image.getPixelData().forEach((label: number, at: number) => {
          if (label === 0) return;
          const [column, row] = [at % side, Math.floor(at / side)];
          found[label] ??= { pixels: 0, rectangle: [column, row, column + 1, row + 1] };
          const { rectangle } = found[label];
          found[label].pixels += 1;
          rectangle[0] = Math.min(rectangle[0], column);
          rectangle[2] = Math.max(rectangle[2], column + 1);
          rectangle[3] = row + 1;
        });
        return found;
      });
    }, SIDE);

  const expected = (images: number): Found[] =>
    Array.from({ length: images }, (_, at) => {
      const here = MARKED.filter(({ image }) => image === at);
      return Object.fromEntries(
        here.map(({ segment, rectangle: [left, top, right, bottom] }) => [
          segment,
          { pixels: (right - left) * (bottom - top), rectangle: [left, top, right, bottom] as const },
        ]),
      );
    });

  /** Which of the places are drawn in a colour: images are grey. */
  async function coloured(places: readonly (readonly [number, number])[]): Promise<boolean[] | undefined> {
    const shown = await shownAt(viewer.page, places);
    return shown?.colours.map((one) => Math.max(...one) - Math.min(...one) > 10);
  }

  describe.each([
    ['two segments', false],
    ['two segments whose rows run from right to left', true],
  ])('%s', (name, isMirrored) => {
    test('have their pixels at their places, and are drawn there', async () => {
      const images = phantom(`Segmented ${isMirrored}`, 4);
      const file = segmentation(`Segmented ${isMirrored}`, images, MARKED, isMirrored);
      await stow(
        viewer.door.origin,
        [...images, file].map((one) => one.file),
      );
      const { page } = viewer;
      await openStudy(page, viewer.door.origin, file.study);
      await settled(page, ({ greys }) => greys > 20);
      const yes = page.getByRole('button', { name: 'Yes' });
      // OHIF forgets a click on a thumbnail while it draws the list again.
      for (let clicks = 0; clicks < 6 && !(await yes.isVisible()); clicks += 1) {
        await page.locator('[data-cy="study-browser-thumbnail-no-image"]').dblclick();
        await yes.waitFor({ timeout: 15_000 }).catch(() => undefined);
      }
      await yes.click();
      await expect.poll(loaded, { ...PATIENTLY, message: name }).toEqual(expected(4));
      // The viewer begins with the highest of the images: this is the one with both segments.
      await scrollTo(page, 1);
      await page.getByText('(2/4)').waitFor();
      const places = [
        [15, 25],
        [35, 45],
        [65, 10],
        [85, 20],
        [50, 35],
        [15, 60],
        [65, 40],
      ] as const;
      await expect.poll(() => coloured(places), PATIENTLY).toEqual([true, true, true, true, false, false, false]);
    });
  });

  test('nothing failed on the way', () => {
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
