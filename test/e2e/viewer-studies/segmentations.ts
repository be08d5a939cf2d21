import { beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { screenshot } from '../../support/viewer/browser';
import {
  type OhifWindow,
  openStudy,
  PATIENTLY,
  putOverImages,
  scrollTo,
  settled,
  shownAt,
} from '../../support/viewer/ohif';
import { type Marked, type Rectangle, segmentation, type Writing } from '../../support/viewer/segmentation-sample';
import { phantom, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const MARKED: readonly Marked[] = [
  { segment: 1, image: 1, rectangle: [10, 20, 30, 50] },
  { segment: 1, image: 2, rectangle: [10, 20, 40, 50] },
  { segment: 2, image: 2, rectangle: [60, 5, 90, 25] },
  { segment: 2, image: 3, rectangle: [61, 6, 91, 26] },
];

/** Segments that overlap, whose numbers are neither in order nor without gaps. */
const OVERLAPPING: readonly Marked[] = [
  { segment: 5, image: 1, rectangle: [10, 20, 30, 50] },
  { segment: 5, image: 2, rectangle: [10, 20, 40, 50] },
  { segment: 2, image: 2, rectangle: [60, 5, 90, 25] },
  { segment: 2, image: 3, rectangle: [30, 40, 50, 60] },
  { segment: 9, image: 3, rectangle: [40, 50, 60, 70] },
];

const APART = { marked: MARKED, red: [15, 25], blue: [65, 10] } as const;

/** Studies with a segmentation: how it is written, and places on image 2 that are red and blue. */
const CASES: Readonly<Record<string, Writing & Case>> = {
  'two segments': APART,
  'two segments whose rows run from right to left': { ...APART, isMirrored: true },
  'two segments whose frames say all themselves': { ...APART, isPerFrame: true },
  'two segments whose frames name no images': { ...APART, hasNoSources: true },
  'segments that overlap, with numbers in no order': { ...APART, marked: OVERLAPPING },
  'segments that overlap, whose frames name no images': { ...APART, marked: OVERLAPPING, hasNoSources: true },
};

interface Case {
  readonly marked: readonly Marked[];
  readonly red: readonly [number, number];
  readonly blue: readonly [number, number];
}

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
      const heightOf = (id: string) => cornerstone!.metaData.get('imagePlaneModule', id).imagePositionPatient[2]!;
      // Segments that overlap are in several pictures of an image.
      const byHeight = new Map<
        number,
        Record<string, { pixels: number; rectangle: [number, number, number, number] }>
      >();
      for (const id of ids) {
        const image = cornerstone!.cache.getImage(id);
        if (image === undefined) continue;
        const height = heightOf(image.referencedImageId);
        const found = byHeight.get(height) ?? {};
        byHeight.set(height, found);
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
      }
      return [...byHeight].sort(([one], [other]) => one - other).map(([, found]) => found);
    }, SIDE);

  const expected = (marked: readonly Marked[], images: number): Found[] =>
    Array.from({ length: images }, (_, at) => {
      const here = marked.filter(({ image }) => image === at);
      return Object.fromEntries(
        here.map(({ segment, rectangle: [left, top, right, bottom] }) => [
          segment,
          { pixels: (right - left) * (bottom - top), rectangle: [left, top, right, bottom] as const },
        ]),
      );
    });

  /** In which colour places are drawn; undefined: in grey, as images are. */
  async function colours(places: readonly (readonly [number, number])[]) {
    const shown = await shownAt(viewer.page, places);
    return shown?.colours.map(([red, , blue]) => {
      if (Math.abs(red! - blue!) < 10) return undefined;
      return red! > blue! ? 'red' : 'blue';
    });
  }

  describe.each(Object.entries(CASES))('%s', (name, { marked, red, blue, ...writing }) => {
    test('have their pixels at their places, and are drawn there in their colours', async () => {
      const title = `Segmented ${Object.keys(CASES).indexOf(name)}`;
      const images = phantom(title, 4);
      const file = segmentation(title, images, marked, writing);
      await stow(
        viewer.door.origin,
        [...images, file].map((one) => one.file),
      );
      const { page } = viewer;
      await openStudy(page, viewer.door.origin, file.study);
      await settled(page, ({ greys }) => greys > 20);
      await putOverImages(page);
      await expect.poll(loaded, { ...PATIENTLY, message: name }).toEqual(expected(marked, 4));
      // The viewer begins with the highest of the images: this is the one with both segments.
      await scrollTo(page, 1);
      await page.getByText('(2/4)').waitFor();
      const places = [red, [35, 45], blue, [85, 20], [50, 35], [15, 60], [65, 40]] as const;
      await expect.poll(() => colours(places), PATIENTLY).toEqual(['red', 'red', 'blue', 'blue', ...Array(3)]);
      // What was only opened is stored.
      const isStored = () => (window as unknown as OhifWindow).archiveViewer!.unsaved.isEmpty();
      expect(await page.evaluate(isStored)).toBe(true);
    });
  });

  test('nothing failed on the way', () => {
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  // OHIF says each of these to the console, too.
  test.each([
    ['of fewer pixels', { side: 64 }, 'other rows or columns than the images'],
    ['across the images', { orientation: '1\\0\\0\\0\\0\\-1' }, 'lie across the images'],
    ['at an angle', { orientation: '1\\0\\0\\0\\0.8\\0.6' }, 'at an angle to the images'],
  ])('one with frames %s is not drawn, and the reason is said', async (name, writing, words) => {
    const { page, door } = viewer;
    const images = phantom(`Segmented ${name}`, 3);
    const file = segmentation(
      `Segmented ${name}`,
      images,
      [{ segment: 1, image: 1, rectangle: [1, 2, 9, 9] }],
      writing,
    );
    await stow(
      door.origin,
      [...images, file].map((one) => one.file),
    );
    await openStudy(page, door.origin, file.study);
    await settled(page, ({ greys }) => greys > 20);
    const said = page.locator('[data-not-shown]').getByText(words);
    // OHIF forgets a click on a thumbnail while it draws the list again.
    for (let clicks = 0; clicks < 6 && !(await said.isVisible()); clicks += 1) {
      await page.locator('[data-cy="study-browser-thumbnail-no-image"]').dblclick();
      await said.waitFor({ timeout: 15_000 }).catch(() => undefined);
    }
    await said.waitFor();
    await screenshot(page, `segmented-${name.replaceAll(' ', '-')}`);
  });
}
