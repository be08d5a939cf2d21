import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { type OhifWindow, openStudy, PATIENTLY, untilPainted } from '../../support/viewer/ohif';
import { phantom, type Sample, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const COUNT = 9;

/** Planes that the user turns. */
export function turned(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1200, height: 760 }));

  test('a plane that is turned step by step is drawn where it lies', async () => {
    const { page } = viewer;
    const files = ramp();
    await stow(
      viewer.door.origin,
      files.map(({ file }) => file),
    );
    await openStudy(page, viewer.door.origin, files[0]!.study);
    await untilPainted(page, ({ greys }) => greys > 50);
    await page.evaluate(() => {
      (window as unknown as OhifWindow).commandsManager!.run('toggleHangingProtocol', { protocolId: 'mpr' });
    });
    await expect.poll(() => shiftOfTurned(page, 0), PATIENTLY).toBeLessThan(NEAR_MM);
    for (const angle of [0.3, 0.6]) await turn(page, angle);
    await expect.poll(() => shiftOfTurned(page, 0.6), PATIENTLY).toBeLessThan(NEAR_MM);
  });
}

/** Values that rise by `RISE` a millimetre, from left to right. */
function ramp(): Sample[] {
  const elements: Element[] = [
    [0x00281050, 'DS', '400'],
    [0x00281051, 'DS', '401'],
    [0x00281052, 'DS', '-1024'],
    [0x00281053, 'DS', '1'],
    [0x7fe00010, 'OW', Array.from({ length: SIDE * SIDE }, (_, index) => (index % SIDE) * RISE)],
  ];
  return phantom('Turned step by step', COUNT, { elements });
}
const RISE = 30;

/** A grey value is 0.05 mm. */
const NEAR_MM = 0.15;

/** Turns the sagittal plane around the axis of the patient, as the crosshairs do. */
async function turn(page: Page, angle: number): Promise<void> {
  await page.evaluate((by) => {
    const viewports = (window as unknown as TurnedWindow).cornerstone.getRenderingEngines()[0]!.getViewports();
    const sagittal = viewports.find(({ id }) => id === 'mpr-sagittal')!;
    const { focalPoint, position, viewUp } = sagittal.getCamera();
    const distance = Math.hypot(...position.map((at, axis) => at - focalPoint[axis]!));
    const normal = [Math.cos(by), Math.sin(by), 0];
    sagittal.setCamera({ viewUp, focalPoint, position: focalPoint.map((at, axis) => at + normal[axis]! * distance) });
    sagittal.render();
  }, angle);
}

/**
 * The greatest distance along the rows between what the sagittal plane shows and what lies there.
 * @param angle by which the plane is turned
 * @returns millimetres; infinite while the plane is not shown
 */
async function shiftOfTurned(page: Page, angle: number): Promise<number> {
  return page.evaluate(
    ([by, rise]) => {
      const viewports = (window as unknown as TurnedWindow).cornerstone.getRenderingEngines()[0]!.getViewports();
      const sagittal = viewports.find(({ id }) => id === 'mpr-sagittal');
      const [x = 0] = sagittal?.getCamera().viewPlaneNormal ?? [];
      if (!sagittal?.canvas.width || Math.abs(x - Math.cos(by)) > 0.001) return Number.POSITIVE_INFINITY;
      const { canvas } = sagittal;
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
      copy.drawImage(canvas, 0, 0);
      const scale = canvas.width / canvas.clientWidth;
      const [middle, row] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.floor(side / 2));
      const shifts = [-20, -10, 0, 10, 20].map((off) => {
        const column = middle! + off;
        const [grey = 0] = copy.getImageData(
          Math.floor((column + 0.5) * scale),
          Math.floor((row! + 0.5) * scale),
          1,
          1,
        ).data;
        const [place = 0] = sagittal.canvasToWorld([column + 0.5, row! + 0.5]);
        return Math.abs(((grey / 255) * 400 + 200 + 1024) / rise - place);
      });
      return Math.max(...shifts);
    },
    [angle, RISE] as const,
  );
}

interface TurnedCamera {
  readonly viewUp: readonly number[];
  readonly focalPoint: readonly number[];
  readonly position: readonly number[];
}

/** What is used of Cornerstone here. */
interface TurnedWindow {
  readonly cornerstone: {
    getRenderingEngines(): {
      getViewports(): {
        readonly id: string;
        readonly canvas: HTMLCanvasElement;
        getCamera(): TurnedCamera & { readonly viewPlaneNormal: readonly number[] };
        setCamera(camera: TurnedCamera): void;
        canvasToWorld(point: readonly number[]): number[];
        render(): void;
      }[];
    }[];
  };
}
