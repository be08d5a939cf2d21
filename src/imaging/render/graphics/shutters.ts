import type { DicomJson } from '../../../dicom/json/json-model';
import { numberOf, numbersOf } from '../attributes';

/** Makes the hidden pixels of a row black. Rows are counted from 0. */
export type Shutter = (y: number, row: Uint8Array) => void;

/**
 * The display shutters of an image or presentation state (PS3.3 C.7.6.11, C.7.6.15): rectangular, circular, polygonal.
 * Each hides everything outside its shape, and all of them apply.
 * @param aspect the height of a pixel divided by its width: a circle is round on the screen, and its radius is in columns
 */
export function shuttersOf(dataSet: DicomJson, columns: number, samples: 1 | 3, aspect: number): Shutter[] {
  const shapes = (dataSet['00181600']?.Value ?? []).map((shape) => String(shape).trim());
  const shown = shutterValue(dataSet);
  const hide = (row: Uint8Array, from: number, to: number) => row.fill(shown, from * samples, to * samples);
  const shutters: Shutter[] = [];
  /** Hides all columns outside `left` to `right`; both of these are shown. */
  const keep = (row: Uint8Array, left: number, right: number) => {
    const first = Math.min(columns, Math.max(0, Math.ceil(left)));
    const last = Math.min(columns - 1, Math.floor(right));
    if (last < first) hide(row, 0, columns);
    else {
      hide(row, 0, first);
      hide(row, last + 1, columns);
    }
  };

  const [left, right, upper, lower] = ['00181602', '00181604', '00181606', '00181608'].map((tag) =>
    numberOf(dataSet, tag),
  );
  if (shapes.includes('RECTANGULAR') && left !== undefined && right !== undefined) {
    const top = upper ?? 1;
    const bottom = lower ?? Number.POSITIVE_INFINITY;
    shutters.push((y, row) => {
      if (y + 1 < top || y + 1 > bottom) hide(row, 0, columns);
      else keep(row, left - 1, right - 1);
    });
  }
  const [centreRow, centreColumn] = numbersOf(dataSet, '00181610');
  const radius = numberOf(dataSet, '00181612');
  if (shapes.includes('CIRCULAR') && centreRow !== undefined && centreColumn !== undefined && radius !== undefined) {
    shutters.push((y, row) => {
      const half = Math.sqrt(radius ** 2 - ((y + 1 - centreRow) * aspect) ** 2);
      if (Number.isNaN(half)) hide(row, 0, columns);
      else keep(row, centreColumn - 1 - half, centreColumn - 1 + half);
    });
  }
  const vertices = numbersOf(dataSet, '00181620');
  if (shapes.includes('POLYGONAL') && vertices.length >= 6) {
    shutters.push((y, row) => {
      const crossings = polygonCrossings(vertices, y + 1);
      let hidden = 0;
      for (let at = 0; at + 1 < crossings.length; at += 2) {
        hide(row, hidden, within(Math.ceil(crossings[at]! - 1), columns));
        hidden = within(Math.floor(crossings[at + 1]! - 1) + 1, columns);
      }
      hide(row, hidden, columns);
    });
  }
  return shutters;
}

function within(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}

/** Shutter Presentation Value (0018,1622), a 16-bit P-value, converted to 8 bits. */
export function shutterValue(dataSet: DicomJson): number {
  return ((numberOf(dataSet, '00181622') ?? 0) & 0xffff) >> 8;
}

/** The columns, in ascending order, where a row crosses the sides of a polygon of row\column pairs. */
function polygonCrossings(vertices: readonly number[], row: number): number[] {
  const crossings: number[] = [];
  const count = vertices.length >> 1;
  for (let at = 0; at < count; at++) {
    const [y0, x0] = [vertices[at * 2]!, vertices[at * 2 + 1]!];
    const next = (at + 1) % count;
    const [y1, x1] = [vertices[next * 2]!, vertices[next * 2 + 1]!];
    // Sides are half-open, so that a vertex between two sides counts once. The last row belongs to the polygon.
    if (y0 <= row === y1 <= row) continue;
    crossings.push(x0 + ((row - y0) / (y1 - y0)) * (x1 - x0));
  }
  return crossings.sort((one, other) => one - other);
}
