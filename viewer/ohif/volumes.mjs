import { photometricFor } from './window.mjs';

/*
 * What may be shown as a volume, and which image of a volume a viewport shows. OHIF looks at neither the pixel spacing
 * nor the frame of reference nor a shift within the plane, and at nothing of the frames of a multi-frame image. Pure
 * functions.
 */

/**
 * Why images are no volume: numbers of OHIF's messages about series. OHIF has words for those to 15; the others are ours
 * (scripts/viewer/volume-patches.mjs).
 */
const FAULTS = {
  spacing: 8,
  size: 9,
  orientation: 11,
  position: 12,
  pixels: 16,
  reference: 17,
  shift: 18,
  inverse: 19,
};

/** The greatest difference of a direction cosine that OHIF allows. */
const SAME_COSINE = 0.01;

/** The greatest part by which pixel spacings may differ. */
const SAME_SPACING = 0.001;

/** @typedef {[number, number, number]} Vector */

/** @param {unknown} values @returns {number[]} */
const numbers = (values) => [values ?? []].flat().map(Number);

/** @param {readonly number[]} one @param {readonly number[]} other */
const dot = (one, other) => one.reduce((sum, value, at) => sum + value * (other[at] ?? NaN), 0);

/** @param {readonly number[]} one @param {readonly number[]} other @returns {number[]} */
const minus = (one, other) => one.map((value, at) => value - (other[at] ?? NaN));

/** @param {readonly number[]} vector @param {number} factor */
const times = (vector, factor) => vector.map((value) => value * factor);

/** @param {number[]} cosines of the rows and columns @returns {Vector} of length 1 */
function normalOf([a = NaN, b = NaN, c = NaN, d = NaN, e = NaN, f = NaN]) {
  const [x, y, z] = [b * f - c * e, c * d - a * f, a * e - b * d];
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

/**
 * Says why images are not shown as a volume. In a volume each lies above the one before, at the same distance, and all
 * have pixels of one size: lengths and places in views across them are wrong otherwise.
 * @param {readonly any[][]} groups the attributes of the images, or frames, of each point in time
 * @returns {number | undefined} the number of OHIF's message; undefined for a volume
 */
export function volumeFault(groups) {
  const all = groups.flat();
  const [first] = all;
  if (first === undefined) return undefined;
  const differs = differenceOf(first, all);
  if (differs !== undefined) return differs;
  const normal = normalOf(numbers(first.ImageOrientationPatient));
  const pixel = Math.min(...numbers(first.PixelSpacing).filter((size) => size > 0));
  const columns = groups.map((group) => columnOf(group, normal));
  for (const column of columns) {
    const fault = faultOf(column, pixel);
    if (fault !== undefined) return fault;
  }
  const [one] = columns;
  return columns.every((column) => one === undefined || isSamePlace(one, column, pixel)) ? undefined : FAULTS.position;
}

/** @param {any} first @param {readonly any[]} all */
function differenceOf(first, all) {
  /** @type {(read: (one: any) => number[], allowed: (value: number) => number) => boolean} */
  const differ = (read, allowed) => {
    const expected = read(first);
    return all.some((one) => {
      const found = read(one);
      return (
        found.length !== expected.length ||
        minus(found, expected).some((by, at) => !(Math.abs(by) <= allowed(expected[at] ?? 0)))
      );
    });
  };
  if (
    differ(
      ({ Rows, Columns }) => numbers([Rows, Columns]),
      () => 0,
    )
  )
    return FAULTS.size;
  if (
    differ(
      ({ ImageOrientationPatient }) => numbers(ImageOrientationPatient),
      () => SAME_COSINE,
    )
  )
    return FAULTS.orientation;
  if (
    differ(
      ({ PixelSpacing }) => numbers(PixelSpacing),
      (size) => size * SAME_SPACING,
    )
  )
    return FAULTS.pixels;
  if (all.some((one) => isInverse(one) !== isInverse(first))) return FAULTS.inverse;
  if (all.some((one) => one.FrameOfReferenceUID !== first.FrameOfReferenceUID)) return FAULTS.reference;
  if (all.some((one) => numbers(one.ImagePositionPatient).length < 3)) return FAULTS.position;
  return undefined;
}

/** Whether the lowest value of an image is white. @param {any} image its attributes */
export function isInverse(image) {
  return photometricFor(image ?? {}) === 'MONOCHROME1';
}

/**
 * The places of images along a normal.
 * @typedef {{ origin: number[], heights: number[], shift: number, spacing: number }} Column origin: of the lowest image; heights: above it;
 * shift: how far an image lies from the line along the normal through the origin at most; spacing: the mean distance
 */

/** @param {readonly any[]} images @param {Vector} normal @returns {Column} */
function columnOf(images, normal) {
  const places = images.map(({ ImagePositionPatient }) => numbers(ImagePositionPatient).slice(0, 3));
  places.sort((one, other) => dot(one, normal) - dot(other, normal));
  const origin = places[0] ?? [];
  const heights = places.map((place) => dot(minus(place, origin), normal));
  const shifts = places.map((place, at) =>
    Math.hypot(...minus(minus(place, origin), times(normal, heights[at] ?? NaN))),
  );
  return { origin, heights, shift: Math.max(...shifts), spacing: (heights.at(-1) ?? NaN) / (places.length - 1) };
}

/**
 * The viewer puts the images at their mean distance above the lowest one. No image may lie farther than half a distance
 * from there, nor a pixel within its plane.
 * @param {Column} column @param {number} pixel
 */
function faultOf({ heights, shift, spacing }, pixel) {
  if (heights.length < 2) return undefined;
  if (!(spacing > 0)) return FAULTS.position;
  // Half a distance, and the rounding of decimal strings.
  const allowed = spacing * 0.501;
  if (heights.some((height, at) => Math.abs(height - at * spacing) > allowed)) return FAULTS.spacing;
  return shift <= pixel ? undefined : FAULTS.shift;
}

/** Whether a point in time has its images where another one has them. @param {Column} one @param {Column} other @param {number} pixel */
function isSamePlace(one, other, pixel) {
  if (one.heights.length !== other.heights.length) return false;
  const top = Math.abs((one.heights.at(-1) ?? NaN) - (other.heights.at(-1) ?? NaN));
  return Math.hypot(...minus(one.origin, other.origin)) <= pixel && (one.heights.length < 2 || top <= one.spacing / 2);
}

/**
 * The image of a volume that a viewport shows. OHIF counted from the end at which the viewport begins, and the images
 * of a volume are ordered along its normal.
 * @param {any} viewport of Cornerstone, which looks along the normal
 * @param {any} volume
 * @returns {string | undefined} its id
 */
export function imageOfVolume(viewport, volume) {
  const { focalPoint } = viewport.getCamera?.() ?? {};
  if (focalPoint === undefined) return undefined;
  const height = dot(minus([...focalPoint], volume.origin), [...volume.direction].slice(6, 9));
  return (volume.getCurrentDimensionGroupImageIds?.() ?? volume.imageIds)[Math.round(height / volume.spacing[2])];
}

/** @param {any} instance @returns {number | undefined} its Instance Number, if it has one */
export function instanceNumberOf(instance) {
  const number = Number.parseInt(instance?.InstanceNumber, 10);
  return Number.isNaN(number) ? undefined : number;
}

/**
 * The plane that a viewport shows, as a text that changes when another one is shown.
 * @param {any} viewport @param {any} data OHIF's data of the viewport
 */
export function planeOf(viewport, data) {
  const { focalPoint, viewPlaneNormal } = viewport?.getCamera?.() ?? {};
  if (!focalPoint || !viewPlaneNormal) return '';
  const place = [...viewPlaneNormal, dot([...focalPoint], [...viewPlaneNormal])].map((value) => value.toFixed(3));
  return [...place, data?.data?.[0]?.volume?.dimensionGroupNumber].join(' ');
}

/**
 * The directions of the rows and columns of the screen, as a text that changes when the viewport is turned.
 * @param {any} viewport @returns {string | 0} 0 while nothing is shown
 */
export function axesOf(viewport) {
  if (!viewport?.canvasToWorld) return 0;
  const [corner, right, below] = [
    [0, 0],
    [1, 0],
    [0, 1],
  ].map((place) => [...viewport.canvasToWorld(place)]);
  const axes = [right, below].map((place) => minus(place ?? [], corner ?? []));
  return axes.flatMap((axis) => times(axis, 1 / Math.hypot(...axis)).map((value) => value.toFixed(4))).join(' ') || 0;
}

/**
 * The place of a frame of a dose, whose frames lie at offsets along the normal (PS3.3 C.8.8.3.2). OHIF put all frames
 * where the first one is, and took Slice Thickness for their distance.
 * @param {any} instance @param {number} frame from 1
 * @returns {number[] | undefined} undefined for other images
 */
export function placeOfFrame({ GridFrameOffsetVector, ImagePositionPatient, ImageOrientationPatient }, frame) {
  const [place, offsets] = [numbers(ImagePositionPatient), numbers(GridFrameOffsetVector)];
  // The offsets begin at 0, or at the z of the first frame.
  const offset = (offsets[frame - 1] ?? NaN) - (offsets[0] ?? NaN);
  const normal = normalOf(numbers(ImageOrientationPatient));
  const found = place.map((value, at) => value + offset * (normal[at] ?? NaN));
  return found.length === 3 && found.every(Number.isFinite) ? found : undefined;
}

/**
 * The middle of the thin slab that a viewport draws of a volume. What is drawn is where the ray of a pixel enters the slab, which
 * Cornerstone puts around the plane: a part of the next image was mixed in. So the plane itself is where the slab begins.
 * @param {{ actor: { isA?: (name: string) => boolean } }} entry what is drawn
 * @param {number} thickness half of that of the slab
 * @param {ArrayLike<number>} normal of the plane, towards the eye
 * @param {ArrayLike<number>} point of the plane
 * @returns {ArrayLike<number>} the point itself for surfaces, and for slabs that the user has made thicker
 */
export function middleOfSlab({ actor }, thickness, normal, point) {
  if (thickness > THINNEST || !actor.isA?.('vtkVolume')) return point;
  return [0, 1, 2].map((axis) => (point[axis] ?? NaN) - thickness * (normal[axis] ?? NaN));
}

/** MINIMUM_SLAB_THICKNESS of Cornerstone, in millimetres. */
const THINNEST = 0.05;

/**
 * The images from which a view of a volume is computed.
 * @param {{ getActors?: () => readonly unknown[], getImageIds?: () => string[] }} viewport of Cornerstone
 * @returns {string[]} none while it has no volume yet: Cornerstone throws then
 */
export function imageIdsOf(viewport) {
  return viewport.getActors?.().length ? (viewport.getImageIds?.() ?? []) : [];
}
