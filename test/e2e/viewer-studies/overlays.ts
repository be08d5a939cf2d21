import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { type OhifWindow, openStudy, PATIENTLY, screenAt, scrollTo } from '../../support/viewer/ohif';
import { phantom, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

/** Rows and columns from 0, the last one not included. */
interface Block {
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

const CORNER: Block = { rows: [10, 18], columns: [20, 36] };
const MIDDLE: Block = { rows: [70, 80], columns: [40, 50] };

const isIn = ({ rows, columns }: Block, row: number, column: number) =>
  row >= rows[0] && row < rows[1] && column >= columns[0] && column < columns[1];

/** A plane that begins where its block begins, and a plane of the image's size: PS3.3 C.9.2. */
const OVERLAYS: Element[] = [
  [0x00280030, 'DS', '1\\0.5'],
  [0x60000010, 'US', [CORNER.rows[1] - CORNER.rows[0]]],
  [0x60000011, 'US', [CORNER.columns[1] - CORNER.columns[0]]],
  [0x60000040, 'CS', 'G'],
  [0x60000050, 'SS', Uint8Array.of(CORNER.rows[0] + 1, 0, CORNER.columns[0] + 1, 0)],
  [0x60000100, 'US', [1]],
  [0x60000102, 'US', [0]],
  [0x60003000, 'OW', new Uint8Array(16).fill(255)],
  [0x60020010, 'US', [SIDE]],
  [0x60020011, 'US', [SIDE]],
  [0x60020040, 'CS', 'R'],
  [0x60020050, 'SS', Uint8Array.of(1, 0, 1, 0)],
  [0x60020100, 'US', [1]],
  [0x60020102, 'US', [0]],
  [0x60023000, 'OW', bitsOf(MIDDLE)],
];

function bitsOf(block: Block): Uint8Array {
  const bits = new Uint8Array((SIDE * SIDE) / 8);
  for (let at = 0; at < SIDE * SIDE; at += 1) {
    if (isIn(block, Math.floor(at / SIDE), at % SIDE)) bits[at >> 3]! |= 1 << (at & 7);
  }
  return bits;
}

/** The corners of both blocks, inside and outside, as columns and rows. */
const PLACES = [CORNER, MIDDLE].flatMap(({ rows: [top, bottom], columns: [left, right] }) =>
  [top - 1, top, bottom - 1, bottom].flatMap((row) =>
    [left - 1, left, right - 1, right].map((column) => [column, row] as const),
  ),
);

const isOverlay = ([red, green, blue]: readonly number[]) => red! - green! > 60 && red! - blue! > 60;
const COVERED = PLACES.map(([column, row]) => isIn(CORNER, row, column) || isIn(MIDDLE, row, column));

/** Overlay planes of images that have pixels which are not square. */
export function overlays(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  const covered = async () => (await screenAt(viewer.page, PLACES))?.map(isOverlay);

  test('overlays lie where they belong: on their image alone, mirrored and rotated with it', async () => {
    // The viewer begins with the slice that is nearest to the head.
    const slices = [
      ...phantom('Overlays', 1, { elements: OVERLAYS.slice(0, 1) }),
      ...phantom('Overlays', 2, { elements: OVERLAYS }).slice(1),
    ];
    await stow(
      viewer.door.origin,
      slices.map(({ file }) => file),
    );
    const { page } = viewer;
    await openStudy(page, viewer.door.origin, slices[0]!.study);
    await expect.poll(covered, PATIENTLY).toEqual(COVERED);
    for (const presentation of [{ flipHorizontal: true }, { rotation: 90 }]) {
      await page.evaluate((change) => {
        const [shown] = (window as unknown as OhifWindow).cornerstone!.getRenderingEngines()[0]!.getViewports();
        shown!.setViewPresentation(change);
        shown!.render();
      }, presentation);
      await expect.poll(covered, PATIENTLY).toEqual(COVERED);
    }
    expect(await page.getByText('overlays are not drawn').count()).toBe(0);
    await scrollTo(page, 1);
    await page.getByText('(2/2)').waitFor();
    await expect.poll(covered, PATIENTLY).toEqual(COVERED.map(() => false));
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
