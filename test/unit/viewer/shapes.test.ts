import { expect, test } from 'vitest';
import {
  numberInStack,
  ofSomePixels,
  pixelsInEllipse,
  pixelsInOutline,
  pixelsInRectangle,
  placeInImage,
  valuesIn,
} from '../../../viewer/ohif/shapes.mjs';

type Point = number[];

/** An image or a volume whose columns, rows and slices lie along these directions of the patient. */
function imageOf(axes: [Point, Point, Point], spacing: Point, dimensions: Point, origin = [-40, 25, 7]) {
  const direction = (axis: number) => axes[axis]!;
  return {
    getDimensions: () => dimensions,
    worldToIndex: (world: ArrayLike<number>) =>
      [0, 1, 2].map(
        (axis) =>
          direction(axis).reduce((sum, part, at) => sum + part * (Number(world[at]) - origin[at]!), 0) / spacing[axis]!,
      ),
    indexToWorld: (index: Point) =>
      [0, 1, 2].map((at) =>
        index.reduce((sum, value, axis) => sum + value * spacing[axis]! * direction(axis)[at]!, origin[at]!),
      ),
  };
}

/** Turned by an angle in its plane, and its plane by another one. */
function turned(degrees: number, tilt = 0): [Point, Point, Point] {
  const [c, s, ct, st] = [degrees, tilt].flatMap((angle) => [
    Math.cos((angle * Math.PI) / 180),
    Math.sin((angle * Math.PI) / 180),
  ]) as [number, number, number, number];
  return [
    [c, s * ct, s * st],
    [-s, c * ct, c * st],
    [0, -st, ct],
  ];
}

/** The indices that Cornerstone's loop over pixels would find. */
function found({ boundsIJK, isInObject }: ReturnType<typeof pixelsInOutline>): string[] {
  const indices: string[] = [];
  const [[i0, i1], [j0, j1], [k0, k1]] = boundsIJK;
  for (let k = k0; k <= k1; k += 1)
    for (let j = j0; j <= j1; j += 1)
      for (let i = i0; i <= i1; i += 1) if (isInObject(undefined, [i, j, k])) indices.push(`${i},${j},${k}`);
  return indices.sort();
}

/** All pixels of a slice that satisfy a condition. */
const where = (columns: number, rows: number, condition: (column: number, row: number) => boolean) =>
  Array.from({ length: columns * rows }, (_, at) => [at % columns, Math.floor(at / columns)] as const)
    .filter(([column, row]) => condition(column, row))
    .map(([column, row]) => `${column},${row},0`)
    .sort();

const SPACINGS = [0.5, 0.8, 3];
const SINGLE = [40, 30, 1];
const orientations = [turned(0), turned(45), turned(20, 35), turned(200, 90)];

test('an outline has the pixels whose middle lies in it, in whatever direction the image lies', () => {
  // Two arms and a notch between them: a row crosses the outline four times.
  const outline = [
    [5.4, 4.3],
    [30.2, 4.3],
    [30.2, 25.1],
    [22.6, 25.1],
    [18, 8.7],
    [12.7, 25.1],
    [5.4, 25.1],
  ];
  const isIn = (column: number, row: number) => {
    const left = 12.7 + ((25.1 - row) / 16.4) * 5.3;
    const right = 22.6 - ((25.1 - row) / 16.4) * 4.6;
    const isInNotch = row > 8.7 && column > left && column < right;
    return column > 5.4 && column < 30.2 && row > 4.3 && row < 25.1 && !isInNotch;
  };
  const expected = where(40, 30, isIn);
  expect(expected.length).toBeGreaterThan(100);
  for (const axes of orientations) {
    const image = imageOf(axes, SPACINGS, SINGLE);
    const world = outline.map(([column, row]) => image.indexToWorld([column!, row!, 0]));
    expect(found(pixelsInOutline(image, world))).toEqual(expected);
    expect(found(pixelsInOutline(image, world.toReversed()))).toEqual(expected);
  }
});

test('an outline that leaves the image has the pixels of the image, and one without an area has none', () => {
  const image = imageOf(turned(0), SPACINGS, SINGLE);
  const of = (places: number[][]) =>
    found(
      pixelsInOutline(
        image,
        places.map((place) => image.indexToWorld(place)),
      ),
    );
  const outside = [
    [35.5, -5, 0],
    [60, -5, 0],
    [60, 2.5, 0],
    [35.5, 2.5, 0],
  ];
  expect(of(outside)).toEqual(where(40, 30, (column, row) => column > 35 && row < 3));
  expect(
    of([
      [60, 5, 0],
      [70, 5, 0],
      [70, 9, 0],
    ]),
  ).toEqual([]);
  expect(
    of([
      [5, 5, 0],
      [9, 5, 0],
    ]),
  ).toEqual([]);
  expect(of([[5, 5, 0]])).toEqual([]);
});

test('an outline on a plane of a volume has the pixels of that plane', () => {
  const volume = imageOf(turned(20, 35), [1, 1, 2], [20, 20, 10]);
  const planes: ((one: number, other: number) => number[])[] = [
    (one, other) => [one, other, 4],
    (one, other) => [one, 9, other],
    (one, other) => [9, one, other],
    // Oblique: it is one slice higher at every second row.
    (one, other) => [one, other, 4.2 + other / 2],
  ];
  for (const at of planes) {
    const corners = [at(2.5, 2.5), at(6.5, 2.5), at(6.5, 5.5), at(2.5, 5.5)];
    const outline = corners.map((corner) => volume.indexToWorld(corner));
    const expected = [3, 4, 5, 6].flatMap((one) => [3, 4, 5].map((other) => at(one, other).map(Math.round).join(',')));
    expect(found(pixelsInOutline(volume, outline))).toEqual(expected.sort());
  }
});

const viewport = (normal: Point) => ({ getCamera: () => ({ viewPlaneNormal: normal }) });

test('a circle and an ellipse have the pixels whose middle lies in them, in whatever direction the image lies', () => {
  // Lengths are in millimetres: pixels are 0.5 wide and 0.8 high.
  const circle = where(40, 30, (column, row) => Math.hypot((column - 20.2) * 0.5, (row - 14.4) * 0.8) <= 6.05);
  const ellipse = where(40, 30, (column, row) => Math.hypot((column - 20.2) / 11.1, (row - 14.4) / 5.1) <= 1);
  const angle = Math.PI / 6;
  const oblique = where(40, 30, (column, row) => {
    const [x, y] = [(column - 20.2) * 0.5, (row - 14.4) * 0.8];
    const [along, across] = [x * Math.cos(angle) + y * Math.sin(angle), y * Math.cos(angle) - x * Math.sin(angle)];
    return Math.hypot(along / 7.03, across / 3.02) <= 1;
  });
  for (const axes of orientations) {
    const image = imageOf(axes, SPACINGS, SINGLE);
    const at = (column: number, row: number) => image.indexToWorld([20.2 + column, 14.4 + row, 0]);
    const turnedBy = (length: number, by: number) => at((length * Math.cos(by)) / 0.5, (length * Math.sin(by)) / 0.8);
    const of = (...points: Point[]) => found(pixelsInEllipse(image, points, viewport(axes[2])));
    expect(of(at(0, 0), at(0, 6.05 / 0.8), at(1, 1), at(2, 2), at(3, 3))).toEqual(circle);
    expect(of(at(0, 0), turnedBy(6.05, 1))).toEqual(circle);
    expect(of(at(0, 5.1), at(0, -5.1), at(-11.1, 0), at(11.1, 0))).toEqual(ellipse);
    expect(
      of(
        turnedBy(3.02, angle + Math.PI / 2),
        turnedBy(-3.02, angle + Math.PI / 2),
        turnedBy(-7.03, angle),
        turnedBy(7.03, angle),
      ),
    ).toEqual(oblique);
    expect(of(at(0, 0), at(0, 0))).toEqual([]);
  }
});

test('a rectangle on an oblique plane has the pixels of the plane; others are left to their corners', () => {
  const volume = imageOf(turned(20, 35), [1, 1, 2], [20, 20, 10]);
  const of = (...corners: Point[]) =>
    pixelsInRectangle(
      volume,
      corners.map((corner) => volume.indexToWorld(corner)),
    );
  expect(of([2, 3, 4], [9, 3, 4], [2, 8, 4], [9, 8, 4])).toEqual({});
  expect(of([2, 3, 4], [2, 8, 4], [2, 3, 9], [2, 8, 9])).toEqual({});
  // It is one slice higher at every second row.
  const at = (column: number, row: number) => [column, row, 4.2 + row / 2];
  const tilted = of(at(2.5, 2.5), at(6.5, 2.5), at(2.5, 5.5), at(6.5, 5.5)) as ReturnType<typeof pixelsInOutline>;
  const expected = [3, 4, 5, 6].flatMap((one) => [3, 4, 5].map((other) => at(one, other).map(Math.round).join(',')));
  expect(found(tilted)).toEqual(expected.sort());
  // Turned in its plane: a square that stands on a corner.
  const turnedSquare = of([10, 5.5, 4], [14.5, 10, 4], [5.5, 10, 4], [10, 14.5, 4]) as typeof tilted;
  const diamond = where(20, 20, (column, row) => Math.abs(column - 10) + Math.abs(row - 10) <= 4.5);
  expect(found(turnedSquare)).toEqual(diamond.map((place) => place.replace(/0$/, '4')));
});

test('the values between two corners are those of the image, whatever the screen shows', () => {
  const image = imageOf(turned(200, 90), SPACINGS, SINGLE);
  const at = (column: number, row: number) => image.indexToWorld([column, row, 0]);
  const values = (getAtIJKPoint: (index: Point) => number | number[], ...corners: [Point, Point]) =>
    valuesIn({ imageData: image, dimensions: SINGLE, voxelManager: { getAtIJKPoint } } as never, [
      corners[0],
      at(0, 0),
      at(0, 0),
      corners[1],
    ]);
  const number = ([column = 0, row = 0]: Point) => row * 100 + column;
  expect(values(number, at(5.2, 7.3), at(3.1, 5.6))).toEqual([603, 604, 605, 703, 704, 705]);
  expect(values(number, at(37.8, 28.2), at(60, 40))).toEqual([2838, 2839, 2938, 2939]);
  expect(values(number, at(50, 50), at(60, 60))).toEqual([]);
  expect(values(() => [100, 200, 50], at(3, 3), at(3, 3))).toEqual([expect.closeTo(167.91)]);
});

test('a shape without pixels has no values', () => {
  const some = { count: { value: 2 }, mean: { value: 5 }, array: [1] };
  expect(ofSomePixels(some)).toBe(some);
  expect(ofSomePixels({ ...some, count: { value: 0 } })).toEqual({ array: [] });
});

test('the value of a place in a stack lies in the only slice of its image', () => {
  expect(placeInImage([3, 4, 7], [10, 10, 1])).toEqual([3, 4, 0]);
  expect(placeInImage([3, 4, 7], [10, 10, 20])).toEqual([3, 4, 7]);
});

test('the number of an image is that of the viewport that shows it', () => {
  const showing = (id: string, at: number) => ({ getCurrentImageId: () => id, getCurrentImageIdIndex: () => at });
  expect(numberInStack('b', [showing('a', 0), showing('b', 1)])).toBe(1);
  expect(numberInStack('c', [showing('a', 4)])).toBe(4);
  expect(numberInStack('c', [])).toBe(0);
});
