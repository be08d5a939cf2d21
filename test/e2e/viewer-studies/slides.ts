import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { concatenation, grey, type Level, label, sameSize } from '../../support/files/slide';
import { coloursOf, farthestColour } from '../../support/viewer/colours';
import { openStudy, PATIENTLY } from '../../support/viewer/ohif';
import type { Viewer } from '../../support/viewer/with-viewer';

/** First tiles of the parts, of 32: they do not end where rows of tiles end. */
const FIRSTS = [0, 12, 22];

/** Slides of pathology: what the viewer shows of them, and what it says that it does not show. */
export function slides(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  const store = (files: readonly Level[]) =>
    stow(
      viewer.door.origin,
      files.map(({ file }) => file),
    );
  const cover = () => viewer.page.locator('[data-not-shown]');
  const pane = () => viewer.page.locator('[data-cy="viewport-pane"]');

  test('all parts of a concatenation are shown, in the colours of their profile, and the label is shown too', async () => {
    const parts = concatenation('Concatenation', FIRSTS);
    await store([...parts, label('Concatenation')]);
    await openStudy(viewer.page, viewer.door.origin, parts[0]!.study);
    const colours: number[][] = [];
    for (const [at, part] of parts.entries()) {
      const frames = (FIRSTS[at + 1] ?? part.rows * part.columns) - FIRSTS[at]!;
      colours.push(...(await coloursOf(viewer.door.origin, part, frames)));
    }
    await expect.poll(() => farthestColour(pane(), colours), PATIENTLY).toBeLessThanOrEqual(6);
    expect(await cover().count()).toBe(0);
    await viewer.page.locator('[data-cy="study-browser-thumbnail-no-image"]').dblclick();
    const picture = cover().getByRole('img');
    await picture.waitFor();
    expect(await picture.getAttribute('src')).toContain('/rendered?');
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  test('parts that the archive does not have are said to be missing', async () => {
    const [first, , last] = concatenation('Missing part', FIRSTS);
    await store([first!, last!]);
    await openStudy(viewer.page, viewer.door.origin, first!.study);
    await cover().getByText('some of its tiles are not in the archive').waitFor();
  });
  test('a slide in grey values is shown', async () => {
    const slide = grey('Grey slide', [60, 180]);
    await store([slide]);
    await openStudy(viewer.page, viewer.door.origin, slide.study);
    const colours = [60, 180].map((value) => [value, value, value]);
    await expect.poll(() => farthestColour(pane(), colours), PATIENTLY).toBeLessThanOrEqual(2);
  });

  test('a slide that its viewer cannot read is said to be one: images of the same size that are no parts of one', async () => {
    const levels = sameSize('Unread slide');
    await store(levels);
    await openStudy(viewer.page, viewer.door.origin, levels[0]!.study);
    await cover().getByText('cannot be shown here').waitFor();
    await cover().getByRole('link', { name: 'Download' }).waitFor();
  });
}
