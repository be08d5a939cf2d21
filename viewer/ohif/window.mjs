/*
 * Window Center, Window Width and VOI LUT Function as OHIF needs them, so that it shows an image as the archive's own pictures do.
 */

const LINEAR = 'LINEAR';
const LINEAR_EXACT = 'LINEAR_EXACT';
const SIGMOID = 'SIGMOID';

/** The amount by which a window of width 1 is made wider. It is less than the distance between two values of an image. */
const STEP = 1 / 1024;

/**
 * Windows that OHIF shows as PS3.3 C.11.2 describes them. OHIF refuses functions that it does not know, takes the borders of
 * LINEAR_EXACT for those of LINEAR when the user changes the window, and divides by 0 for a linear window of width 1.
 * @param {{ windowCenter: readonly unknown[], windowWidth: readonly unknown[], voiLUTFunction?: unknown }} given
 * @returns {{ windowCenter?: number[], windowWidth?: number[], voiLUTFunction: string }} LINEAR or SIGMOID; without a window if no
 * function accepts the first one: OHIF computes one from the values then
 */
export function windowsFor({ windowCenter, windowWidth, voiLUTFunction }) {
  const centers = windowCenter.map(Number);
  const widths = windowWidth.map(Number);
  const [center = NaN] = centers;
  const [width = NaN] = widths;
  const [name] = [voiLUTFunction].flat();
  if (!Number.isFinite(center) || !(width > 0 && width < Infinity)) return { voiLUTFunction: LINEAR };
  if (name === SIGMOID) return { windowCenter: centers, windowWidth: widths, voiLUTFunction: SIGMOID };
  // The archive's pictures take a linear window that is too narrow for an exact one.
  if (name === LINEAR_EXACT || width < 1) return linear(centers.map(moved(0.5)), widths.map(moved(1)));
  // Values up to Center - 0.5 become black, the others white (C.11.2.1.2.1).
  if (width === 1) return linear([center + STEP / 2], [1 + STEP]);
  return linear(centers, widths);
}

/** @param {number[]} windowCenter @param {number[]} windowWidth */
const linear = (windowCenter, windowWidth) => ({ windowCenter, windowWidth, voiLUTFunction: LINEAR });

/** LINEAR begins and ends half a value before its center, and is narrower by one (C.11.2.1.2.1, C.11.2.1.3.2). @param {number} by */
const moved = (by) => (/** @type {number} */ number) => number + by;

/**
 * The window by which an image is shown at first. Without one in its attributes, it is that of the image's values,
 * those of padding left out (PS3.3 C.7.5.1.1.2).
 * @param {{ windowCenter?: number[], windowWidth?: number[] }} given
 * @param {{ pixelData: ArrayLike<number>, samplesPerPixel?: number, preScale?: any }} frame decoded
 * @param {any} instance its attributes by their keywords
 * @returns {{ windowCenter: number | undefined, windowWidth: number | undefined }} undefined: OHIF takes that of all values
 */
export function windowOf({ windowCenter, windowWidth }, frame, instance) {
  if (windowCenter && windowWidth) return { windowCenter: windowCenter[0], windowWidth: windowWidth[0] };
  const range = rangeWithoutPadding(frame, instance);
  if (range === undefined) return { windowCenter: undefined, windowWidth: undefined };
  // LINEAR begins half a value before its center, and is narrower by one (C.11.2.1.2.1).
  return { windowCenter: (range.lowest + range.highest + 1) / 2, windowWidth: range.highest - range.lowest + 1 };
}

/** @param {{ pixelData: ArrayLike<number>, samplesPerPixel?: number, preScale?: any }} frame @param {any} instance */
function rangeWithoutPadding({ pixelData, samplesPerPixel, preScale }, instance) {
  const padding = Number(instance?.PixelPaddingValue ?? NaN);
  if (Number.isNaN(padding) || samplesPerPixel !== 1) return undefined;
  const { rescaleSlope = 1, rescaleIntercept = 0 } = (preScale?.scaled && preScale.scalingParameters) || {};
  const ends = [padding, Number(instance.PixelPaddingRangeLimit ?? padding)].map(
    (value) => value * rescaleSlope + rescaleIntercept,
  );
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  let [lowest, highest] = [Infinity, -Infinity];
  for (let at = 0; at < pixelData.length; at += 1) {
    const value = pixelData[at] ?? 0;
    if (value >= from && value <= to) continue;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return lowest < highest ? { lowest, highest } : undefined;
}

/**
 * The Photometric Interpretation by which OHIF decides whether the lowest value is white. As in the archive's pictures, INVERSE of
 * Presentation LUT Shape says so too.
 * @param {{ PhotometricInterpretation?: string, PresentationLUTShape?: string }} image
 */
export function photometricFor({ PhotometricInterpretation, PresentationLUTShape }) {
  const isInverse = PhotometricInterpretation === 'MONOCHROME2' && PresentationLUTShape === 'INVERSE';
  return isInverse ? 'MONOCHROME1' : PhotometricInterpretation;
}
