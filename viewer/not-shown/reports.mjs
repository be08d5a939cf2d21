/*
 * What OHIF does not draw of reports. Of measurements that have coordinates in three dimensions (SCOORD3D, PS3.3 C.18.9), it draws those
 * that its own tools made, once they are taken over. Others it counts as drawn, and draws nothing.
 */

/**
 * How many measurements of a report OHIF does not draw, because their coordinates have three dimensions.
 * @param {{ Modality?: string, isLoaded?: boolean, isRehydratable?: boolean, measurements?: any[] | null }} series
 * @returns {{ undrawn: number, all: number }}
 */
export function undrawnMeasurements({ Modality, isLoaded, isRehydratable, measurements }) {
  const all = Modality === 'SR' && isLoaded && !isRehydratable ? (measurements ?? []) : [];
  const undrawn = all.filter(({ coords = [] }) =>
    coords.some((/** @type {any} */ one) => one?.ValueType === 'SCOORD3D'),
  );
  return { undrawn: undrawn.length, all: all.length };
}

/**
 * How many measurements of a report have outlines of which OHIF draws the first one alone: those of a volume (PS3.16 TID 1411) have one
 * on each of its images.
 * @param {{ Modality?: string, isLoaded?: boolean, measurements?: any[] | null }} series
 */
export function partlyDrawn({ Modality, isLoaded, measurements }) {
  const all = Modality === 'SR' && isLoaded ? (measurements ?? []) : [];
  return { partly: all.filter((one) => Number(one?.outlines) > 1).length, all: all.length };
}
