/*
 * What OHIF lists of measurements. As published, it lists them when the user begins to draw: an angle with one line had the value NaN,
 * and no report could be stored while it was listed.
 */

/**
 * @typedef {readonly number[]} Point
 * @typedef {{ metadata: { toolName?: string }, data?: { handles?: { points?: readonly Point[] }, contour?: { closed?: boolean } } }} Annotation
 * of Cornerstone
 */

/** The lines of tools that need several clicks: the numbers of their ends. @type {Record<string, readonly (readonly [number, number])[]>} */
const LINES = {
  Angle: [
    [0, 1],
    [1, 2],
  ],
  CobbAngle: [
    [0, 1],
    [2, 3],
  ],
};

/** Tools whose outlines are finished when they are closed, or when the tool says so. */
const OUTLINES = ['SplineROI', 'LivewireContour'];

/**
 * Whether an annotation measures something, so that it can be listed and stored.
 * @param {Annotation} annotation
 * @param {boolean} isCompleted whether the tool says that the user has finished; it says so too when the user breaks off
 */
export function isMeasured({ metadata: { toolName = '' }, data }, isCompleted) {
  if (OUTLINES.includes(toolName)) return isCompleted || data?.contour?.closed !== false;
  const points = data?.handles?.points ?? [];
  return (LINES[toolName] ?? []).every(([from, to]) => isLine(points[from], points[to]));
}

/** @param {Point | undefined} from @param {Point | undefined} to */
const isLine = (from, to) =>
  from !== undefined && to !== undefined && from.some((value, axis) => value !== Number(to[axis]));

/**
 * A value of a report in words: with two decimals, and of a smaller one as many as it needs. Zero is a value.
 * @param {string | number | null | undefined} value
 */
export function valueText(value) {
  if (value === undefined || value === null || value === '') return '';
  const number = Number(value);
  return number !== 0 && Math.abs(number) < 0.005 ? number.toPrecision(2) : number.toFixed(2);
}
