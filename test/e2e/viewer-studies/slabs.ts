import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { PATIENTLY, untilPainted } from '../../support/viewer/ohif';
import { phantom, type Sample, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const COUNT = 24;

/** Millimetres between images; pixels have 1 mm. */
const SPACING = 3;

/** A slab that is drawn, and what lies in it. */
type Mode = keyof typeof MODES;

/** BlendModes of Cornerstone, and what each is of the values along a ray. */
const MODES = {
  maximum: { blend: 1, of: (values: readonly number[]) => Math.max(...values) },
  minimum: { blend: 2, of: (values: readonly number[]) => Math.min(...values) },
  average: { blend: 3, of: (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length },
} as const;

/** Slabs of several images. */
export function slabs(viewer: Viewer): void {
  beforeAll(async () => {
    await viewer.open({ width: 1200, height: 760 });
    const files = plates();
    await stow(
      viewer.door.origin,
      files.map(({ file }) => file),
    );
    await viewer.page.goto(`${viewer.door.origin}/viewer?StudyInstanceUIDs=${files[0]!.study}&hangingProtocolId=mpr`);
    await untilPainted(viewer.page, ({ greys }) => greys > 1);
  });

  test.each([
    ['maximum', 20, 'mpr-axial', 0],
    ['maximum', 20, 'mpr-sagittal', 0],
    ['maximum', 20, 'mpr-axial', 0.35],
    ['minimum', 20, 'mpr-axial', 0],
    ['minimum', 20, 'mpr-axial', 0.35],
    ['average', 20, 'mpr-axial', 0],
    ['average', 6, 'mpr-axial', 0],
    ['average', 2, 'mpr-axial', 0],
    ['average', 0.3, 'mpr-axial', 0],
    ['average', 6, 'mpr-sagittal', 0],
    ['average', 6, 'mpr-axial', 0.35],
  ] as const)(
    'the %s of %s mm to both sides is that of the values there: %s, turned by %s',
    async (mode, half, id, turned) => {
      await expect.poll(() => farthest(viewer.page, mode, half, id, turned), PATIENTLY).toBeLessThanOrEqual(NEAR);
    },
  );
}

/** Values of a place: a bright and a dark image, and a bright sheet across the images. */
function stored(column: number, image: number): number {
  if (image === 11) return 2290;
  if (image === 8) return 10;
  return column === 44 ? 2000 : 500;
}

function plates(): Sample[] {
  return Array.from({ length: COUNT }, (_, image) => {
    const elements: Element[] = [
      [0x00200032, 'DS', `0\\0\\${image * SPACING}`],
      [0x00281050, 'DS', '1275.5'],
      [0x00281051, 'DS', '2551'],
      [0x00281052, 'DS', '0'],
      [0x00281053, 'DS', '1'],
      [0x7fe00010, 'OW', Array.from({ length: SIDE * SIDE }, (_, at) => stored(at % SIDE, image))],
    ];
    return phantom('Plates', COUNT, { elements })[image]!;
  });
}
/** Of the window above. */
const VALUES_OF_A_GREY = 10;

/** Grey values: numbers of the graphics have 8 bits between two voxels, and a point of the screen is up to half a point beside. */
const NEAR = 3;

/** The value between the voxels around a place. */
function valueAt([x = 0, , z = 0]: readonly number[]): number {
  const [column, image] = [Math.floor(x), Math.floor(z / SPACING)];
  const [right, up] = [x - column, z / SPACING - image];
  const row = (at: number) => stored(column, at) * (1 - right) + stored(column + 1, at) * right;
  return row(image) * (1 - up) + row(image + 1) * up;
}

/**
 * The greatest difference between what is drawn and what lies in a slab.
 * @returns grey values; infinite while the plane is not shown
 */
async function farthest(page: Page, mode: Mode, half: number, id: string, turned: number): Promise<number> {
  const { normal, greys } = await drawn(page, MODES[mode].blend, half, id, turned);
  const differences = greys.map(({ grey, place }) => {
    const steps = Array.from({ length: 2001 }, (_, at) => (half * (at - 1000)) / 1000);
    const values = steps.map((along) => valueAt(place.map((one, axis) => one + along * normal[axis]!)));
    return Math.abs(grey - MODES[mode].of(values) / VALUES_OF_A_GREY);
  });
  return greys.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...differences);
}

/** Draws a slab, and reads some of its points around the middle. */
async function drawn(page: Page, blend: number, half: number, id: string, turned: number) {
  return page.evaluate(
    ([blendMode, thickness, name, by]) => {
      const viewports = (window as unknown as SlabWindow).cornerstone.getRenderingEngines()[0]?.getViewports() ?? [];
      const shown = viewports.find((one) => one.id === name);
      if (!shown?.canvas.width || !shown.getImageData()) return { normal: [], greys: [] };
      const { focalPoint, position } = shown.getCamera();
      const distance = Math.hypot(...position.map((at, axis) => at - focalPoint[axis]!));
      if (name === 'mpr-axial') {
        const direction = [Math.sin(by), 0, -Math.cos(by)];
        const eye = focalPoint.map((at, axis) => at + direction[axis]! * distance);
        shown.setCamera({ viewUp: [0, -1, 0], focalPoint, position: eye });
      }
      shown.setBlendMode(blendMode);
      shown.setSlabThickness(thickness);
      shown.render();
      const { canvas } = shown;
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
      copy.drawImage(canvas, 0, 0);
      const scale = canvas.width / canvas.clientWidth;
      const [middle, row] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.floor(side / 2));
      const greys = Array.from({ length: 81 }, (_, at) => {
        const [x, y] = [middle! + at - 40, row! + Math.floor(at / 4) - 10];
        const [grey = 0] = copy.getImageData(Math.floor((x + 0.5) * scale), Math.floor((y + 0.5) * scale), 1, 1).data;
        return { grey, place: [...shown.canvasToWorld([x + 0.5, y + 0.5])] };
      });
      return { normal: [...shown.getCamera().viewPlaneNormal], greys };
    },
    [blend, half, id, turned] as const,
  );
}

/** What is used of Cornerstone here. */
interface SlabWindow {
  readonly cornerstone: {
    getRenderingEngines(): {
      getViewports(): {
        readonly id: string;
        readonly canvas: HTMLCanvasElement;
        getImageData(): unknown;
        getCamera(): Record<'focalPoint' | 'position' | 'viewPlaneNormal', readonly number[]>;
        setCamera(camera: Record<'viewUp' | 'focalPoint' | 'position', readonly number[]>): void;
        setBlendMode(mode: number): void;
        setSlabThickness(half: number): void;
        canvasToWorld(point: readonly number[]): number[];
        render(): void;
      }[];
    }[];
  };
}
