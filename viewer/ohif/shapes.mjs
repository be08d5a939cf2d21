/*
 * Which pixels lie in a shape that the user draws. As published, OHIF looks for those of an outline on the screen, from the left to
 * the right, which is wrong on an image that is mirrored or turned; and it takes an ellipse for one along the axes of the patient,
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
  const at = triple(imageData.worldToIndex(center));
  const [half = [], across = []] = ends.map((end) => minus(triple(imageData.worldToIndex(end)), at));
  const plane = planeOf(at, cross(half, across));
  const [first, second] = plane.flat;
  const extent = plane.flat.map((axis) => {
    const reach = Math.hypot(along(half, axis), along(across, axis));
    return [along(at, axis) - reach, along(at, axis) + reach];
  });
  const size = along(half, first) * along(across, second) - along(half, second) * along(across, first);
  return pixels(imageData, plane, /** @type {any} */ (extent), (column, row) => {
    const [x, y] = [column - along(at, first), row - along(at, second)];
    const share = (x * along(across, second) - y * along(across, first)) / size;
    const shareAcross = (y * along(half, first) - x * along(half, second)) / size;
    return share ** 2 + shareAcross ** 2 <= 1;
  });
}

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
