import { expect } from 'vitest';
import { decodePng } from '../../support/files/png-decoder';
import { PATIENTLY, scrollTo, shownAt } from '../../support/viewer/ohif';
import { MIDDLES } from '../../support/viewer/window-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

/** Greys by which two drawings of the same window may differ. */
export const ROUNDED = 2;

/**
 * How far the image with this number is at most from the archive's picture, in the middles of its squares; undefined until the
 * viewport shows it.
 * @param number as the viewport says it, such as (1/3)
 */
export async function farthest(viewer: Viewer, number: string): Promise<number | undefined> {
  const shown = await shownAt(viewer.page, MIDDLES);
  const path = shown && /\/dicomweb\/studies\/.*$/.exec(shown.imageId)?.[0];
  if (!path || !(await viewer.page.getByText(number).first().isVisible())) return undefined;
  const answer = await fetch(`${viewer.door.origin}${path}/rendered`, { headers: { Accept: 'image/png' } });
  const { width, samples, bytes } = decodePng(new Uint8Array(await answer.arrayBuffer()));
  const greys = MIDDLES.map(([column, row]) => bytes[(row * width + column) * samples]!);
  expect(new Set(greys).size).toBeGreaterThan(1);
  return Math.max(...greys.flatMap((grey, at) => shown.colours[at]!.map((one) => Math.abs(one - grey))));
}

/** Each image of the first viewport's series is shown as the archive renders it. */
export async function showsAsRendered(viewer: Viewer, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    if (at > 0) await scrollTo(viewer.page, at);
    const number = `(${at + 1}/${count})`;
    await expect.poll(() => farthest(viewer, number), { ...PATIENTLY, message: number }).toBeLessThanOrEqual(ROUNDED);
  }
}
