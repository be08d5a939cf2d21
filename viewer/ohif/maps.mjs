import { explain } from '../not-shown/explained.mjs';
import { windowsFor } from './window.mjs';

/*
 * Parametric maps (PS3.3 A.75) over the images that they were computed from. OHIF took the frames for those of the
 * images in the order of the file, multiplied the values by 100, and showed all maps by one window.
 */

/** How far a frame may lie from its image, in parts of the distance between two pixels. */
const TOLERANCE = 0.1;

/** @param {any} sequence @returns {any} its first item */
const first = (sequence) => [sequence ?? {}].flat()[0] ?? {};

/** @param {any} instance @param {number} at @param {string} group @returns {any} the item of a functional group that a frame has */
function groupOf({ SharedFunctionalGroupsSequence, PerFrameFunctionalGroupsSequence }, at, group) {
  const own = [PerFrameFunctionalGroupsSequence ?? []].flat()[at]?.[group];
  return first(own ?? first(SharedFunctionalGroupsSequence)[group]);
}

/**
 * @typedef {{ imagePositionPatient: ArrayLike<number>, rowCosines: ArrayLike<number>, columnCosines: ArrayLike<number>, rows: number,
 * columns: number, rowPixelSpacing?: number, columnPixelSpacing?: number }} Plane of an image
 */

/**
 * The values of a map in the order of the images that it lies on.
 * @template {Float32Array | Float64Array | Uint16Array | Int16Array | Uint32Array | Int32Array} Values
 * @param {any} instance the map's attributes
 * @param {Values} values of its frames, in the order of the file
 * @param {readonly Plane[]} planes of the images
 * @returns {Values} an image without a frame has the value that is not seen
 * @throws if a frame is not on an image, pixel on pixel, or there are several on one
 */
export function mapValues(instance, values, planes) {
  const size = instance.Rows * instance.Columns;
  const frames = Math.floor(values.length / size);
  const Kind = /** @type {any} */ (values.constructor);
  const below = Math.floor(mapRange(instance, values).lower);
  /** @type {Values} */
  const placed = new Kind(planes.length * size).fill(Kind.of(below)[0] === below ? below : 0);
  const taken = new Set();
  for (let at = 0; at < frames; at += 1) {
    const image = planes.findIndex((plane) => isOn(instance, at, plane));
    if (image < 0) throw explain(new Error(`Frame ${at + 1} of the parametric map does not lie on an image.`));
    if (taken.has(image)) throw explain(new Error(`Frame ${at + 1} of the parametric map lies on another frame.`));
    taken.add(image);
    placed.set(values.subarray(at * size, (at + 1) * size), image * size);
  }
  return placed;
}

/** Whether the pixels of a frame lie on those of an image. @param {any} instance @param {number} at @param {Plane} plane */
function isOn(instance, at, plane) {
  if (instance.Rows !== plane.rows || instance.Columns !== plane.columns) return false;
  const position = groupOf(instance, at, 'PlanePositionSequence').ImagePositionPatient;
  const directions = groupOf(instance, at, 'PlaneOrientationSequence').ImageOrientationPatient;
  if (position === undefined || directions === undefined) return false;
  const { imagePositionPatient, rowCosines, columnCosines, rowPixelSpacing, columnPixelSpacing } = plane;
  const spacing = [rowPixelSpacing || 1, columnPixelSpacing || 1];
  const own = groupOf(instance, at, 'PixelMeasuresSequence').PixelSpacing ?? spacing;
  // The last pixel lies as near as the first one.
  const isAsWide = spacing.every(
    (one, axis) => Math.abs(one / own[axis] - 1) * (axis === 0 ? plane.rows : plane.columns) < 0.5,
  );
  return (
    isAsWide &&
    Math.hypot(...difference(position, imagePositionPatient)) < TOLERANCE * Math.min(...spacing) &&
    Math.hypot(...difference(directions.slice(0, 3), rowCosines)) < 0.01 &&
    Math.hypot(...difference(directions.slice(3, 6), columnCosines)) < 0.01
  );
}

/** @param {ArrayLike<unknown>} one @param {ArrayLike<number>} other */
const difference = (one, other) => [0, 1, 2].map((axis) => Number(one[axis]) - Number(other[axis]));

/**
 * The values that a map is shown between: those of its window, otherwise its lowest and highest value.
 * @param {any} instance
 * @param {ArrayLike<number>} values
 * @returns {{ lower: number, upper: number }}
 */
export function mapRange(instance, values) {
  const { WindowCenter, WindowWidth, VOILUTFunction } = groupOf(instance, 0, 'FrameVOILUTSequence');
  const { windowCenter, windowWidth } = windowsFor({
    windowCenter: [WindowCenter ?? NaN].flat(),
    windowWidth: [WindowWidth ?? NaN].flat(),
    voiLUTFunction: VOILUTFunction,
  });
  const [center, width] = [windowCenter?.[0], windowWidth?.[0]];
  // PS3.3 C.11.2.1.2.1.
  if (center !== undefined && width !== undefined)
    return { lower: center - 0.5 - (width - 1) / 2, upper: center - 0.5 + (width - 1) / 2 };
  let [lower, upper] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at += 1) {
    const value = /** @type {number} */ (values[at]);
    if (!Number.isFinite(value)) continue;
    if (value < lower) lower = value;
    if (value > upper) upper = value;
  }
  if (lower < upper) return { lower, upper };
  return lower === upper ? { lower, upper: lower + 1 } : { lower: 0, upper: 1 };
}

/** How opaque values are, from the lower end of the window to the upper one. @type {readonly (readonly [part: number, opaque: number])[]} */
const OPACITY = [
  [0, 0],
  [0.25, 0.25],
  [0.5, 0.5],
  [0.75, 0.75],
  [0.9, 0.99],
];

/**
 * The properties with which a volume is shown: those of a map follow its range. Values of OHIF's opacity are those of pixels.
 * @param {any} properties of the viewport, as OHIF has set them
 * @param {{ metadata?: { mapRange?: { lower: number, upper: number } } } | undefined} volume
 */
export function propertiesOfMap(properties, volume) {
  const range = volume?.metadata?.mapRange;
  if (range === undefined || !properties.colormap) return properties;
  const opacity = OPACITY.map(([part, opaque]) => ({
    value: range.lower + part * (range.upper - range.lower),
    opacity: opaque,
  }));
  return { ...properties, voiRange: { ...range }, colormap: { ...properties.colormap, opacity } };
}
