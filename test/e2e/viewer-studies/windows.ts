import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { openStudy, PATIENTLY, shownAt } from '../../support/viewer/ohif';
import { phantom } from '../../support/viewer/viewer-samples';
import {
  LEFT_OUT,
  MIDDLE_VALUE,
  MIDDLES,
  type Window,
  windowedFrames,
  windowedSlices,
} from '../../support/viewer/window-samples';
import type { Viewer } from '../../support/viewer/with-viewer';
import { farthest, ROUNDED, showsAsRendered } from './as-rendered';

const narrow = (name?: string): Window => ({
  center: MIDDLE_VALUE,
  width: 16,
  ...(name !== undefined && { function: name }),
});

const WINDOWS: readonly Window[] = [
  narrow('SIGMOID'),
  narrow('LINEAR'),
  narrow('LINEAR_EXACT'),
  narrow('SIGMOID'),
  narrow(),
  narrow('CUBIC'),
  { center: MIDDLE_VALUE, width: 1 },
  { center: MIDDLE_VALUE, width: 0.5, function: 'LINEAR' },
  { center: MIDDLE_VALUE, width: 0 },
];

/** Windows of images: the viewer shows the same greys as the archive's own pictures (PS3.3 C.11.2). */
export function windows(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  test('slices with each VOI LUT Function, and with windows that are too narrow, are shown as the archive renders them', async () => {
    const slices = windowedSlices('Windows', WINDOWS);
    await stow(
      viewer.door.origin,
      slices.map(({ file }) => file),
    );
    await openStudy(viewer.page, viewer.door.origin, slices[0]!.study);
    await showsAsRendered(viewer, slices.length);
  });

  test('frames with functions of their own are shown as the archive renders them', async () => {
    const frames = WINDOWS.slice(0, 4);
    const enhanced = windowedFrames('Windows of frames', frames);
    await stow(viewer.door.origin, [enhanced.file]);
    await openStudy(viewer.page, viewer.door.origin, enhanced.study);
    await showsAsRendered(viewer, frames.length);
  });

  test.each(['SIGMOID', 'LINEAR_EXACT'])(
    'a volume with %s is shown as the archive renders its slices',
    async (name) => {
      const slices = windowedSlices(`Volume ${name}`, Array<Window>(9).fill(narrow(name)));
      await stow(
        viewer.door.origin,
        slices.map(({ file }) => file),
      );
      const { page } = viewer;
      await page.goto(`${viewer.door.origin}/viewer?StudyInstanceUIDs=${slices[0]!.study}&hangingProtocolId=mpr`);
      await expect.poll(() => farthest(viewer, '(5/9)'), PATIENTLY).toBeLessThanOrEqual(ROUNDED);
    },
  );

  test('an image whose Presentation LUT Shape is INVERSE is shown as the archive renders it', async () => {
    const [image] = windowedSlices('Inverse', [narrow()], [[0x20500020, 'CS', 'INVERSE']]);
    await stow(viewer.door.origin, [image!.file]);
    await openStudy(viewer.page, viewer.door.origin, image!.study);
    await expect.poll(() => farthest(viewer, '1/1'), PATIENTLY).toBeLessThanOrEqual(ROUNDED);
  });

  test('what is left out of an image is said: a table of grey values, and an overlay in the unused bits of its pixels', async () => {
    const [image] = phantom('Left out', 1, { elements: [...LEFT_OUT], without: [0x00281050, 0x00281051] });
    await stow(viewer.door.origin, [image!.file]);
    await openStudy(viewer.page, viewer.door.origin, image!.study);
    await viewer.page
      .getByText('its table of grey values (VOI LUT) is not applied; its overlays are not drawn')
      .waitFor();
    expect(await shownAt(viewer.page, MIDDLES)).toBeDefined();
  });

  test('nothing failed on the way', () => {
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
