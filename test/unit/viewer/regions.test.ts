import { expect, test } from 'vitest';
import { angleOf, areaFactor, circle, ellipseArea, regionsOf } from '../../../viewer/ohif/regions.mjs';

const CM = 3;
const SECONDS = 4;

/** A region of columns and rows from `from` to `to`. */
const region = (from: number, to: number, delta: [number, number], more = {}) => ({
  regionFlags: 0,
  regionLocationMinX0: from,
  regionLocationMinY0: from,
  regionLocationMaxX1: to,
  regionLocationMaxY1: to,
  physicalUnitsXDirection: CM,
  physicalUnitsYDirection: CM,
  physicalDeltaX: delta[0],
  physicalDeltaY: delta[1],
  ...more,
});
const LOW = { regionFlags: 1 };

test('where regions overlap, the one of high priority counts: PS3.3 C.8.5.5.1.3', () => {
  const below = region(0, 299, [0.05, 0.05], LOW);
  const above = region(100, 200, [0.02, 0.02]);
  for (const regions of [
    [below, above],
    [above, below],
  ]) {
    const at = (...points: number[][]) => regionsOf(regions, points);
    expect(at([150, 150], [180, 110])).toEqual([above]);
    expect(at([20, 20], [80, 20])).toEqual([below]);
    // From one region into the other.
    expect(at([20, 20], [150, 150])).toEqual([]);
    expect(at([20, 20], [400, 20])).toEqual([]);
    expect(regionsOf(regions, () => [[150, 150]])).toEqual([above]);
  }
});

test('regions of the same priority that overlap count if they measure alike', () => {
  const tissue = region(0, 299, [0.05, 0.05]);
  const flow = region(100, 200, [0.05, -0.05]);
  const points = [
    [20, 20],
    [150, 150],
  ];
  expect(regionsOf([tissue, flow], points)).toEqual([tissue]);
  expect(regionsOf([tissue, region(100, 200, [0.02, 0.02])], points)).toEqual([]);
});

test('a region without units, or with pixels of no size, measures nothing', () => {
  const none = { physicalUnitsXDirection: 0, physicalUnitsYDirection: 0 };
  expect(regionsOf([region(0, 299, [0, 0], none)], [[5, 5]])).toEqual([]);
  expect(regionsOf([region(0, 299, [0.1, 0.1], none)], [[5, 5]])).toEqual([]);
  expect(regionsOf([region(0, 299, [0, 0.1])], [[5, 5]])).toEqual([]);
  expect(regionsOf([], [[5, 5]])).toEqual([]);
});

/** An image in pixels of `size` mm. */
const image = (regions: ReturnType<typeof region>[], size = 1) => ({
  calibration: { sequenceOfUltrasoundRegions: regions },
  spacing: [size, size, 1],
  imageData: { worldToIndex: (point: readonly number[]) => point.map((value) => value / size) },
});
const OBLONG = image([region(0, 299, [0.02, 0.06])]);
/** As Cornerstone gives it for that region. */
const CALIBRATED = { scale: 1 / 0.02, scaleY: 1 / 0.06 };

test('areas are those of the region', () => {
  expect(areaFactor(OBLONG, CALIBRATED)).toBeCloseTo(0.0012, 12);
  expect(areaFactor({ ...OBLONG, calibration: {} }, CALIBRATED)).toBe(1);
  expect(areaFactor(image([region(0, 299, [0.02, 0.06])], 2), CALIBRATED)).toBeCloseTo(0.0003, 12);
  const ends = [
    [50, 90, 0],
    [50, 10, 0],
    [20, 50, 0],
    [80, 50, 0],
  ];
  expect(ellipseArea(OBLONG, CALIBRATED, ends, 0)).toBeCloseTo(Math.PI * 40 * 0.06 * 30 * 0.02, 9);
  const turned = ends.map(([x, y]) => [(x! - y!) * Math.SQRT1_2, (x! + y!) * Math.SQRT1_2, 0]);
  expect(ellipseArea(OBLONG, CALIBRATED, turned, 0)).toBeCloseTo(Math.PI * 40 * 0.06 * 30 * 0.02, 9);
  expect(ellipseArea({ ...OBLONG, calibration: {} }, CALIBRATED, ends, 7)).toBe(7);
});

test('a circle on pixels that are not square has an area, and no radius', () => {
  const points = [
    [100, 100, 0],
    [130, 100, 0],
  ];
  const shown = circle(OBLONG, CALIBRATED, points, 30 * 0.02);
  expect(shown).toEqual({ area: expect.closeTo(Math.PI * 900 * 0.0012, 9) });
  const square = circle(image([region(0, 299, [0.05, 0.05])]), { scale: 20, scaleY: 20 }, points, 1.5);
  expect(square.area).toBeCloseTo(Math.PI * 1.5 ** 2, 9);
  expect(square).toMatchObject({ shownRadius: 1.5, perimeter: 3 * Math.PI });
  expect(circle({ ...OBLONG, calibration: {} }, CALIBRATED, points, 30).area).toBeCloseTo(Math.PI * 900, 9);
});

const CORNER = [
  [
    [40, 50, 0],
    [120, 50, 0],
  ],
  [
    [120, 50, 0],
    [80, 110, 0],
  ],
] as unknown as Parameters<typeof angleOf>[1];

test('an angle is that between the lines in the patient', () => {
  const degrees = (Math.atan2(60 * 0.06, 40 * 0.02) * 180) / Math.PI;
  expect(angleOf(OBLONG, CORNER)).toEqual({ angle: expect.closeTo(degrees, 9) });
  expect(degrees).toBeCloseTo(77.5, 1);
  const half = angleOf(image([region(0, 299, [0.05, -0.05])]), CORNER);
  expect(half).toEqual({ angle: expect.closeTo((Math.atan2(60, 40) * 180) / Math.PI, 9) });
});

test('an angle between time and length, or over several regions, has no value', () => {
  const curve = region(0, 299, [0.01, 0.06], { physicalUnitsXDirection: SECONDS });
  expect(angleOf(image([curve]), CORNER)).toEqual({ angle: undefined });
  const other = region(100, 299, [0.02, 0.02]);
  expect(angleOf(image([region(0, 299, [0.05, 0.05], LOW), other]), CORNER)).toHaveProperty('angle');
  expect(angleOf(image([region(60, 299, [0.02, 0.06])]), CORNER)).toEqual({ angle: undefined });
});

test("where nothing says another size of pixels, the viewer's angle stays", () => {
  expect(angleOf(undefined, CORNER)).toEqual({});
  expect(angleOf({ ...OBLONG, calibration: {} }, CORNER)).toEqual({});
  expect(angleOf(image([region(200, 299, [0.02, 0.06])]), CORNER)).toEqual({});
  const none = { physicalUnitsXDirection: 0, physicalUnitsYDirection: 0 };
  expect(angleOf(image([region(0, 299, [0, 0], none)]), CORNER)).toEqual({});
});
