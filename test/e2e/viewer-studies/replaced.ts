import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { screenshot } from '../../support/viewer/browser';
import { openStudy, scrollTo, untilPainted } from '../../support/viewer/ohif';
import { phantom } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

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
    await (await asked).finished();
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
}
