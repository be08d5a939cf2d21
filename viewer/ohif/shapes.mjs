/*
 * Which pixels lie in a shape that the user draws. As published, OHIF looks for those of an outline on the screen, from the left to
 * the right, which is wrong on an image that is mirrored or turned; it takes an ellipse for one along the axes of the patient,
 * which is wrong on an image that lies obliquely in the patient. Here, a shape lies in columns, rows and slices of the image: neither the
 * screen nor the patient counts.
 */

/**
 * @typedef {readonly number[]} Point of three numbers
 * @typedef {{ worldToIndex(world: Point): ArrayLike<number>, getDimensions(): ArrayLike<number> }} ImageData of an image or a volume
 * @typedef {[column: [number, number], row: [number, number], slice: [number, number]]} Bounds the least and the greatest index
 * @typedef {{ isInObject: (world: unknown, index: Point) => boolean, boundsIJK: Bounds }} Pixels as Cornerstone's loop over pixels takes them
 * @typedef {{ flat: readonly [number, number], across: number, depth(one: number, other: number): number }} Plane the two axes of the
 * index along which the plane is looked at, and the third one; of two indices, depth gives the third one
 */

/** @param {ArrayLike<number>} point */
const triple = (point) => [Number(point[0]), Number(point[1]), Number(point[2])];
/** @param {Point} point @param {number} axis */
const along = (point, axis) => Number(point[axis]);
/** @param {Point} one @param {Point} other */
const minus = (one, other) => one.map((value, axis) => value - along(other, axis));
/** @param {Point} one @param {Point} other */
const plus = (one, other) => one.map((value, axis) => value + along(other, axis));
/** @param {Point} one @param {Point} other */
const cross = ([a = 0, b = 0, c = 0], [x = 0, y = 0, z = 0]) => [b * z - c * y, c * x - a * z, a * y - b * x];
/** @param {Point} one @param {Point} other */
const middle = (one, other) => plus(one, other).map((value) => value / 2);

/** Below this slope a plane lies along the slices, rows or columns: what is left comes from rounding. */
const ALONG = 1e-4;

/**
 * A plane, looked at along the axis of the index that it is nearest to being perpendicular to.
 * @param {Point} point of the plane
 * @param {Point} normal
 * @returns {Plane}
 */
function planeOf(point, normal) {
  const [across] = /** @type {[number]} */ (
    [2, 1, 0].sort((one, other) => Math.abs(along(normal, other)) - Math.abs(along(normal, one)))
  );
  const [first, second] = /** @type {[number, number]} */ ([0, 1, 2].filter((axis) => axis !== across));
  const slopes = [first, second].map((axis) => along(normal, axis) / along(normal, across) || 0);
  const [one, other] = slopes.map((slope) => (Math.abs(slope) < ALONG ? 0 : slope));
  const depth = (/** @type {number} */ at, /** @type {number} */ to) =>
    along(point, across) - Number(one) * (at - along(point, first)) - Number(other) * (to - along(point, second));
  return { flat: [first, second], across, depth };
}

/**
 * @param {ImageData} imageData
 * @param {Plane} plane
 * @param {readonly [readonly [number, number], readonly [number, number]]} extent of the shape along both axes of the plane
 * @param {(one: number, other: number) => boolean} contains whether the shape has the middle of a pixel
 * @returns {Pixels}
 */
function pixels(imageData, { flat: [first, second], across, depth }, extent, contains) {
  /** @type {Bounds} */
  const boundsIJK = [
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  const clipped = (/** @type {number} */ axis, /** @type {readonly number[]} */ values) => {
    const last = Number(imageData.getDimensions()[axis]) - 1;
    const inside = (/** @type {number} */ value) => Math.max(0, Math.min(last, value));
    boundsIJK[axis] = [inside(Math.floor(Math.min(...values))), inside(Math.ceil(Math.max(...values)))];
  };
  clipped(first, extent[0]);
  clipped(second, extent[1]);
  clipped(
    across,
    extent[0].flatMap((one) => extent[1].map((other) => Math.round(depth(one, other)))),
  );
  return {
    boundsIJK,
    isInObject: (_world, index) => {
      const [one, other] = [along(index, first), along(index, second)];
      return Math.round(depth(one, other)) === along(index, across) && contains(one, other);
    },
  };
}

/**
 * The pixels in a closed outline.
 * @param {ImageData} imageData
 * @param {readonly Point[]} outline in the world
 * @returns {Pixels} those whose middle lies in it
 */
export function pixelsInOutline(imageData, outline) {
  const points = outline.map((point) => triple(imageData.worldToIndex(point)));
  const next = (/** @type {number} */ at) => points[(at + 1) % points.length] ?? [];
  const start = points[0] ?? [0, 0, 0];
  const normal = points.map((point, at) => cross(minus(point, start), minus(next(at), start))).reduce(plus, [0, 0, 0]);
  const plane = planeOf(start, normal);
  const [first, second] = plane.flat;
  /** Where the outline crosses a row.  @type {Map<number, number[]>} */
  const rows = new Map();
  const crossings = (/** @type {number} */ row) =>
    points.flatMap((from, at) => {
      const to = next(at);
      if (along(from, second) > row === along(to, second) > row) return [];
      const share = (row - along(from, second)) / (along(to, second) - along(from, second));
      return [along(from, first) + share * (along(to, first) - along(from, first))];
    });
  const extent = plane.flat.map((axis) => {
    const values = points.map((point) => along(point, axis));
    return /** @type {const} */ ([values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]);
  });
  return pixels(imageData, plane, /** @type {any} */ (extent), (one, row) => {
    const crossed = rows.get(row) ?? crossings(row);
    rows.set(row, crossed);
    return crossed.filter((at) => at > one).length % 2 === 1;
  });
}

/**
 * The pixels in a circle or an ellipse.
 * @param {ImageData} imageData
 * @param {readonly Point[]} points of Cornerstone's tool, in the world: the two ends of one axis and those of the other; of a circle, the
 * center and a point on it, and others
 * @param {{ getCamera(): { viewPlaneNormal: Point } }} viewport in whose plane the circle lies
 * @returns {Pixels} those whose middle lies in it
 */
export function pixelsInEllipse(imageData, points, viewport) {
  const [one = [], other = [], third = [], fourth = []] = points.map(triple);
  const isCircle = points.length !== 4;
  const center = isCircle ? one : middle(one, other);
  const radius = minus(other, center);
  const { viewPlaneNormal } = viewport.getCamera();
  const ends = isCircle ? [other, plus(center, cross(viewPlaneNormal, radius))] : [other, fourth ?? third];
  const index = (/** @type {Point} */ world) => triple(imageData.worldToIndex(world));
  const at = index(center);
  const [half = [], across = []] = ends.map((end) => minus(index(end), at));
  const extent = (/** @type {number} */ axis) => {
    const reach = Math.hypot(along(half, axis), along(across, axis));
    return /** @type {const} */ ([along(at, axis) - reach, along(at, axis) + reach]);
  };
  return pixelsBetween(imageData, [at, half, across], extent, (one, other) => one ** 2 + other ** 2 <= 1);
}

/**
 * The pixels in a rectangle, where it does not lie along columns, rows and slices.
 * @param {ImageData} imageData
 * @param {readonly Point[]} points its corners in the world: the second and the third one are beside the first one
 * @returns {Partial<Pixels>} nothing for a rectangle along columns, rows or slices: its pixels are those between its corners
 */
export function pixelsInRectangle(imageData, points) {
  const [corner = [], beside = [], below = []] = points.map((point) => triple(imageData.worldToIndex(point)));
  const sides = [minus(beside, corner), minus(below, corner)];
  if (sides.every(isAlong)) return {};
  const [side = [], other = []] = sides;
  const corners = [corner, beside, below, plus(beside, other)];
  const extent = (/** @type {number} */ axis) => {
    const values = corners.map((point) => along(point, axis));
    return /** @type {const} */ ([Math.min(...values), Math.max(...values)]);
  };
  const isShare = (/** @type {number} */ share) => share >= 0 && share <= 1;
  return pixelsBetween(imageData, [corner, side, other], extent, (one, two) => isShare(one) && isShare(two));
}

/** Whether a line lies along columns, rows or slices. @param {Point} line */
function isAlong(line) {
  const longest = Math.max(...line.map(Math.abs));
  return line.filter((length) => Math.abs(length) > longest * ALONG).length <= 1;
}

/**
 * The pixels of a shape that two directions describe.
 * @param {ImageData} imageData
 * @param {readonly [at: Point, one: Point, other: Point]} directions in indices, and where they begin
 * @param {(axis: number) => readonly [number, number]} extent along an axis of the index
 * @param {(one: number, other: number) => boolean} contains whether the shape has a point, in shares of both directions
 */
function pixelsBetween(imageData, [at, one, other], extent, contains) {
  const plane = planeOf(at, cross(one, other));
  const [first, second] = plane.flat;
  const size = along(one, first) * along(other, second) - along(one, second) * along(other, first);
  return pixels(imageData, plane, [extent(first), extent(second)], (column, row) => {
    const [x, y] = [column - along(at, first), row - along(at, second)];
    const share = (x * along(other, second) - y * along(other, first)) / size;
    return contains(share, (y * along(one, first) - x * along(one, second)) / size);
  });
}

/**
 * The values between two corners of a rectangle.
 * @param {{ imageData: ImageData, dimensions: ArrayLike<number>, voxelManager: { getAtIJKPoint(index: Point): number | ArrayLike<number> } }} image
 * @param {readonly Point[]} points in the world: its first and its fourth one are the corners
 * @returns {number[]} those of colours as luminance
 */
export function valuesIn({ imageData, dimensions, voxelManager }, points) {
  const [one = [], , , other = []] = points.map((point) => triple(imageData.worldToIndex(point)).map(Math.round));
  const [columns = [], rows = [], slices = []] = [0, 1, 2].map((axis) => {
    const from = Math.max(0, Math.min(along(one, axis), along(other, axis)));
    const to = Math.min(Number(dimensions[axis]) - 1, Math.max(along(one, axis), along(other, axis)));
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
  });
  const places = slices.flatMap((slice) => rows.flatMap((row) => columns.map((column) => [column, row, slice])));
  return places.map((place) => {
    const value = voxelManager.getAtIJKPoint(place);
    return typeof value === 'number' ? value : luminance(value);
  });
}

/** @param {ArrayLike<number>} colour */
const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, share, at) => sum + share * Number(colour[at]), 0);

/**
 * The values of the pixels in a shape, of which there may be none: then there is no mean, no greatest and no least value.
 * @template {{ count: { value: number }, array: readonly unknown[] }} Statistics
 * @param {Statistics} statistics by Cornerstone
 */
export function ofSomePixels(statistics) {
  return statistics.count.value > 0 ? statistics : { array: [] };
}

/**
 * Where an image has the value at a place of its stack: Cornerstone names the place with the number of the image in the stack, and
 * then looks for the value of that slice in the image alone, which has one slice.
 * @param {Point} place column, row and slice
 * @param {ArrayLike<number>} dimensions of the image or the volume
 */
export function placeInImage([column = 0, row = 0, slice = 0], dimensions) {
  return [column, row, Number(dimensions[2]) === 1 ? 0 : slice];
}

/**
 * The number of an image in its stack, from 0.
 * @param {string} imageId
 * @param {readonly { getCurrentImageId(): string | undefined, getCurrentImageIdIndex(): number }[]} viewports that have the stack; some may
 * show another image of it
 */
export function numberInStack(imageId, viewports) {
  const shown = viewports.find((viewport) => viewport.getCurrentImageId() === imageId) ?? viewports[0];
  return shown?.getCurrentImageIdIndex() ?? 0;
}
