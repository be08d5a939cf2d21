/*
 * The regions of an ultrasound image (PS3.3 C.8.5.5), each with its own size of pixels. OHIF takes the first region
 * that it finds, and takes the pixels of a region for squares where it computes areas and angles.
 */

/**
 * A region, as OHIF has it.
 * @typedef {object} Region
 * @property {number} [regionFlags] bit 0: the region has low priority
 * @property {number} regionLocationMinX0 columns and rows from 0, the last ones included
 * @property {number} regionLocationMinY0
 * @property {number} regionLocationMaxX1
 * @property {number} regionLocationMaxY1
 * @property {number} physicalUnitsXDirection 0: none, 3: cm
 * @property {number} physicalUnitsYDirection
 * @property {number} physicalDeltaX size of a pixel in these units
 * @property {number} physicalDeltaY
 *
 * An image as Cornerstone's tools have it. Its world is the image in pixels, or in mm.
 * @typedef {object} Image
 * @property {{ sequenceOfUltrasoundRegions?: readonly Region[] }} [calibration]
 * @property {{ worldToIndex: (world: Point) => Point }} imageData
 * @property {readonly number[]} [spacing] size of a pixel in the world
 *
 * @typedef {readonly number[]} Point
 * @typedef {{ scale: number, scaleY: number }} Calibrated pixels in a unit of length
 */

/**
 * The region in which all points lie. Where regions overlap, the one of high priority counts.
 * @param {readonly Region[]} regions
 * @param {readonly Point[] | (() => readonly Point[])} points columns and rows
 * @returns {Region[]} none if there is no such region, if it has no units, or if several count that have other units or pixels
 */
export function regionsOf(regions, points) {
  const found = (typeof points === 'function' ? points() : points).map((point) => regionAt(regions, point));
  const [first] = found;
  if (first === undefined || !found.every((one) => one !== undefined && isAlike(one, first))) return [];
  return isMeasured(first) ? [first] : [];
}

/** @param {readonly Region[]} regions @param {Point} point */
function regionAt(regions, [x = NaN, y = NaN]) {
  const around = regions.filter(
    ({ regionLocationMinX0, regionLocationMinY0, regionLocationMaxX1, regionLocationMaxY1 }) =>
      x >= regionLocationMinX0 && x <= regionLocationMaxX1 && y >= regionLocationMinY0 && y <= regionLocationMaxY1,
  );
  const high = around.filter(({ regionFlags = 0 }) => (regionFlags & 1) === 0);
  const [first, ...others] = high.length > 0 ? high : around;
  return first !== undefined && others.every((one) => isAlike(one, first)) ? first : undefined;
}

/** @param {Region} one @param {Region} other */
const isAlike = (one, other) =>
  one.physicalUnitsXDirection === other.physicalUnitsXDirection &&
  one.physicalUnitsYDirection === other.physicalUnitsYDirection &&
  Math.abs(one.physicalDeltaX) === Math.abs(other.physicalDeltaX) &&
  Math.abs(one.physicalDeltaY) === Math.abs(other.physicalDeltaY);

/** @param {Region} region */
const isMeasured = ({ physicalUnitsXDirection, physicalUnitsYDirection, physicalDeltaX, physicalDeltaY }) =>
  Boolean(physicalUnitsXDirection && physicalUnitsYDirection && physicalDeltaX && physicalDeltaY);

/** @param {Image} image */
const regionsIn = ({ calibration }) => calibration?.sequenceOfUltrasoundRegions ?? [];

/**
 * What an area in the world of an image with regions has to be multiplied by. OHIF's areas of other images need no factor.
 * @param {Image} image
 * @param {Calibrated} calibrated
 */
export function areaFactor(image, { scale, scaleY }) {
  if (regionsIn(image).length === 0) return 1;
  const [width = 1, height = 1] = image.spacing ?? [];
  return 1 / Math.abs(scale * scaleY * width * height);
}

/**
 * The area of a circle and its lengths. A circle on pixels that are not square has no radius.
 * @param {Image} image
 * @param {Calibrated} calibrated
 * @param {readonly Point[]} points the center and a point of the circle in the world
 * @param {number} radius by OHIF
 * @returns {{ area: number, perimeter?: number, shownRadius?: number }}
 */
export function circle(image, calibrated, [center = [], edge = []], radius) {
  const lengths = { perimeter: 2 * Math.PI * radius, shownRadius: radius };
  if (regionsIn(image).length === 0) return { area: Math.PI * radius ** 2, ...lengths };
  const area = Math.PI * distance(center, edge) ** 2 * areaFactor(image, calibrated);
  return Math.abs(area - Math.PI * radius ** 2) <= area * 1e-6 ? { area, ...lengths } : { area };
}

/**
 * The area of an ellipse, also of one that lies obliquely on the image.
 * @param {Image} image
 * @param {Calibrated} calibrated
 * @param {readonly Point[]} points the ends of both axes in the world
 * @param {number} area by OHIF
 */
export function ellipseArea(image, calibrated, [bottom = [], top = [], left = [], right = []], area) {
  if (regionsIn(image).length === 0) return area;
  return (Math.PI / 4) * distance(bottom, top) * distance(left, right) * areaFactor(image, calibrated);
}

/** @param {Point} one @param {Point} other */
const distance = (one, other) => Math.hypot(...one.map((value, at) => value - (other[at] ?? 0)));

/**
 * The angle between two lines, where OHIF's is not the true one.
 * @param {Image | undefined} image
 * @param {readonly (readonly [Point, Point])[]} lines in the world; the second one ends where the first one does
 * @returns {{ angle?: number | undefined }} in degrees, undefined where nothing says it: between an axis of time and one of length,
 * for example. Without the property, OHIF's angle is right: it takes pixels for squares
 */
export function angleOf(image, lines) {
  const regions = image === undefined ? [] : regionsIn(image);
  if (image === undefined || regions.length === 0) return {};
  const places = lines.map((line) => line.map((point) => image.imageData.worldToIndex(point)));
  if (places.flat().every((point) => !isIn(regions.filter(isMeasured), point))) return {};
  const [region] = regionsOf(regions, places.flat());
  if (region?.physicalUnitsXDirection !== region?.physicalUnitsYDirection || region === undefined)
    return { angle: undefined };
  const [one, other] = places.map(([from = [], to = []]) => [
    ((to[0] ?? 0) - (from[0] ?? 0)) * Math.abs(region.physicalDeltaX),
    ((to[1] ?? 0) - (from[1] ?? 0)) * Math.abs(region.physicalDeltaY),
  ]);
  return { angle: between(one, other) };
}

/** @param {readonly Region[]} regions @param {Point} point */
const isIn = (regions, point) => regions.some((region) => regionAt([region], point) !== undefined);

/** Degrees between a direction and the opposite of another one. @param {Point} [one] @param {Point} [other] */
function between([x = NaN, y = NaN] = [], [otherX = NaN, otherY = NaN] = []) {
  if (Math.hypot(x, y) === 0 || Math.hypot(otherX, otherY) === 0) return undefined;
  return (Math.abs(Math.atan2(y * otherX - x * otherY, -x * otherX - y * otherY)) * 180) / Math.PI;
}
