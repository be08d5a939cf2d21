import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { openStudy } from '../../support/viewer/ohif';
import { phantom } from '../../support/viewer/viewer-samples';
import { squaresOf } from '../../support/viewer/window-samples';
import type { Viewer } from '../../support/viewer/with-viewer';
import { showsAsRendered } from './as-rendered';

interface Kind {
  readonly elements: readonly Element[];
  readonly without?: readonly number[];
}

const WINDOW = [0x00281050, 0x00281051];

const windowOf = (center: number, width: number): Element[] => [
  [0x00281050, 'DS', String(center)],
  [0x00281051, 'DS', String(width)],
];
const rescaled = (slope: number, intercept: number): Element[] => [
  [0x00281052, 'DS', String(intercept)],
  [0x00281053, 'DS', String(slope)],
];
const pixelData = (value: (square: number) => number): Element => [0x7fe00010, 'OW', squaresOf(value)];

/** Images that OHIF showed wrongly: PS3.3 C.7.5.1.1.2, C.7.6.3, C.11.1; PS3.5 8.1.1. */
const KINDS: Readonly<Record<string, Kind>> = {
  'a negative slope': {
    elements: [...rescaled(-1, 1000), ...windowOf(-500, 2000), pixelData((square) => square * 50)],
  },
  'a negative slope whose values begin with 0': {
    elements: [...rescaled(-1, 3150), ...windowOf(1500, 3200), pixelData((at) => at * 50)],
  },
  'fractions between whole numbers': {
    elements: [...rescaled(0.1, 0), ...windowOf(22, 45), pixelData((square) => (square < 63 ? square * 7 : 450))],
  },
  'a small slope': {
    elements: [...rescaled(0.001, 0), ...windowOf(2, 3), pixelData((square) => (square < 63 ? square * 61 : 4000))],
  },
  'signed pixels of 8 bits': {
    elements: [
      ...windowOf(0, 64),
      [0x00280100, 'US', [8]],
      [0x00280101, 'US', [8]],
      [0x00280102, 'US', [7]],
      [0x00280103, 'US', [1]],
      [0x7fe00010, 'OB', Uint8Array.from(squaresOf((square) => (square - 32) & 255))],
    ],
  },
  'other bits above the stored ones': {
    elements: [...windowOf(2000, 64), pixelData((square) => 0xa000 | (1968 + square))],
  },
  'values above other bits': {
    elements: [
      ...windowOf(2000, 64),
      [0x00280101, 'US', [12]],
      [0x00280102, 'US', [15]],
      pixelData((square) => ((1968 + square) << 4) | (square & 15)),
    ],
  },
  'signed values above other bits': {
    elements: [
      ...windowOf(0, 64),
      [0x00280101, 'US', [10]],
      [0x00280102, 'US', [13]],
      [0x00280103, 'US', [1]],
      pixelData((square) => (((square - 32) << 4) | 0xc005) & 0xffff),
    ],
  },
  'padding, and no window': {
    elements: [[0x00280120, 'US', [0]], pixelData((square) => (square < 8 ? 0 : 1968 + square))],
    without: WINDOW,
  },
  MONOCHROME1: {
    elements: [...windowOf(2000, 64), [0x00280004, 'CS', 'MONOCHROME1'], pixelData((square) => 1968 + square)],
  },
  'MONOCHROME2 beside it': { elements: [...windowOf(2000, 64), pixelData((square) => 1968 + square)] },
  'MONOCHROME1 again': {
    elements: [...windowOf(2000, 64), [0x00280004, 'CS', 'MONOCHROME1'], pixelData((square) => 1968 + square)],
  },
};

/** The values of pixels: the viewer shows the same greys as the archive's own pictures. */
export function pixelValues(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  test('images of one series, each of another kind, are shown as the archive renders them', async () => {
    const kinds = Object.values(KINDS);
    const slices = kinds.map(
      ({ elements, without = [] }, at) => phantom('Values', kinds.length, { elements: [...elements], without })[at]!,
    );
    await stow(
      viewer.door.origin,
      slices.map(({ file }) => file),
    );
    await openStudy(viewer.page, viewer.door.origin, slices[0]!.study);
    await showsAsRendered(viewer, kinds.length);
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
