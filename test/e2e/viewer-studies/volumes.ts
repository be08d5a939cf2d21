import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { type OhifWindow, openStudy, PATIENTLY, scrollTo } from '../../support/viewer/ohif';
import { phantom, type Sample } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const COUNT = 12;

/** A phantom of which every image from a number on is changed. */
function mixed(name: string, from: number, changes: Parameters<typeof phantom>[2]): Sample[] {
  return [...phantom(name, COUNT).slice(0, from), ...phantom(name, COUNT, changes).slice(from)];
}

/** The sine and cosine of 20 degrees: the gantry leans, and the table moves on along z. */
const LEANING = '1\\0\\0\\0\\0.9397\\-0.342';

const NO_VOLUMES: readonly [string, string, Sample[]][] = [
  [
    'of two pixel spacings',
    'Display set has images with different pixel spacings.',
    mixed('Spacings', 6, { elements: [[0x00280030, 'DS', '0.5\\0.5']] }),
  ],
  [
    'in two frames of reference',
    'Display set has images in different frames of reference.',
    mixed('Frames of reference', 6, { elements: [[0x00200052, 'UI', '1.2.826.0.1.3680043.8.498.7']] }),
  ],
  [
    'of a tilted gantry',
    'Display set has images that are not above each other: they are shifted, or the gantry was tilted.',
    phantom('Tilted', COUNT, { elements: [[0x00200037, 'DS', LEANING]] }),
  ],
];

/** What is shown as a volume, and what is written over images of volumes. The image with the number n of a phantom is 2 (n - 1) mm high. */
export function volumes(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1200, height: 640 }));

  async function store(samples: readonly Sample[]): Promise<string> {
    await stow(
      viewer.door.origin,
      samples.map(({ file }) => file),
    );
    return samples[0]!.study;
  }

  /** What is written over each viewport, without the spaces. */
  async function written(): Promise<string[]> {
    const panes = await viewer.page.locator('[data-cy="viewport-pane"]').allInnerTexts();
    return panes.map((text) => text.replace(/\s+/g, ''));
  }

  /** The letters at the upper and left edges of each viewport. */
  async function letters(): Promise<string[]> {
    return viewer.page.locator('.ViewportOrientationMarkers').allInnerTexts();
  }

  /** The height of the plane that the first viewport shows. */
  const height = async () =>
    viewer.page.evaluate(() => {
      const { cornerstone } = window as unknown as OhifWindow;
      return cornerstone?.getRenderingEngines()[0]?.getViewports()[0]?.getCamera().focalPoint[2];
    });

  test('over an image of a volume are its own number, and letters before the first scroll', async () => {
    const { page } = viewer;
    const study = await store(phantom('Volume', COUNT));
    await page.goto(`${viewer.door.origin}/viewer?StudyInstanceUIDs=${study}&hangingProtocolId=mpr`);
    await expect
      .poll(async () => (await letters()).map((text) => text.replace(/\s+/g, '')), PATIENTLY)
      .toEqual(['AR', 'HA', 'HR']);
    for (const [number, index] of [
      [6, 7],
      [5, 8],
    ] as const) {
      await expect.poll(async () => (await written())[0], PATIENTLY).toContain(`I:${number}(${index}/${COUNT})`);
      expect(await height()).toBeCloseTo(2 * (number - 1));
      await page.locator('[data-cy="viewport-pane"]').first().hover();
      await page.mouse.wheel(0, 100);
    }
  });

  test.each(NO_VOLUMES)('images %s are not shown as a volume, and the reason is said', async (_, words, samples) => {
    const { page } = viewer;
    await openStudy(page, viewer.door.origin, await store(samples));
    await expect.poll(async () => (await written())[0], PATIENTLY).toContain(`I:1(1/${COUNT})`);
    await page.locator('[id^="display-set-tooltip"]').first().hover();
    await page.getByText(words).first().waitFor();
    await page.mouse.move(600, 300);
    await page.locator('[data-cy="Layout"]').first().click();
    // OHIF offers its layouts of volumes, and takes no click on them.
    const layout = page.getByText('MPR', { exact: true });
    expect(await layout.evaluate((item) => getComputedStyle(item).pointerEvents)).toBe('none');
    await page.keyboard.press('Escape');
  });

  test('images of which some have no position are shown in the order of their numbers', async () => {
    const whole = phantom('Positions', COUNT);
    const without = phantom('Positions', COUNT, { without: [0x00200032] });
    const samples = whole.map((sample, at) => (at % 4 === 1 ? without[at]! : sample)).reverse();
    await openStudy(viewer.page, viewer.door.origin, await store(samples));
    for (const index of [0, 1, 2, COUNT - 1]) {
      if (index > 0) await scrollTo(viewer.page, index);
      await expect.poll(async () => (await written())[0], PATIENTLY).toContain(`I:${index + 1}(${index + 1}/${COUNT})`);
    }
  });

  test('images without Instance Number have their place in the series alone', async () => {
    const unnumbered: Element[] = [[0x0008103e, 'LO', 'Unnumbered']];
    const samples = phantom('Numbers', COUNT, { elements: unnumbered, without: [0x00200013] });
    await openStudy(viewer.page, viewer.door.origin, await store(samples));
    await expect.poll(async () => (await written())[0], PATIENTLY).toMatch(new RegExp(`[^(]1/${COUNT}`));
    expect((await written())[0]).not.toMatch(/NaN|I:/);
  });

  test('nothing failed on the way', () => {
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
