import { explain } from '../not-shown/explained.mjs';

/*
 * Slides of pathology as OHIF's viewer for them (dicom-microscopy-viewer) reads them rightly, and what it does not show of them.
 * PS3.3 A.32.8, C.8.12.
 */

const WHOLE_SLIDE_MICROSCOPY = '1.2.840.10008.5.1.4.1.1.77.1.6';

/** Values 3 of Image Type that the viewer draws: the levels of a slide, and not its label or its overview (PS3.3 C.8.12.4.1.1). */
const DRAWN = ['VOLUME', 'THUMBNAIL'];

/** A tile begins at 1, so a frame that is said to be here is never asked for. */
const NOWHERE = 0;

/** Pixels whose sides differ by less look square. */
const SQUARE = 0.01;

/** Planes of frames that lie one over another, by the instances of a series. @type {WeakMap<object, Planes>} */
const known = new WeakMap();

/** What the viewer says of slides that it cannot read, by what shows them. @type {WeakMap<object, string>} */
const failures = new WeakMap();

/** @typedef {{ most: number, hidden: Map<any, Set<number>> }} Planes how many there are; the frames of all but the lowest, by instance */

/** Whether an instance is a slide's label or overview, which the viewer for slides does not draw. @param {any} instance */
export const isBesideSlide = (instance) => instance.SOPClassUID === WHOLE_SLIDE_MICROSCOPY && !isDrawn(instance);

/** @param {any} instance */
const isDrawn = ({ ImageType }) => DRAWN.includes(listOf(ImageType)[2] ?? 'VOLUME');

/** @param {unknown} value of one or more values @returns {any[]} */
const listOf = (value) => (typeof value === 'string' ? value.split('\\') : [value ?? []].flat());

/** @param {any} sequence @returns {any} its first item */
const itemOf = (sequence) => listOf(sequence)[0];

/**
 * Notes when the viewer cannot read a slide.
 * @param {object} place the viewport or the series
 * @param {() => Promise<void>} show
 */
export async function slideShown(place, show) {
  failures.delete(place);
  try {
    await show();
  } catch (error) {
    failures.set(place, String(/** @type {any} */ (error)?.message ?? error));
    throw explain(new Error('The slide cannot be read.', { cause: error }));
  }
}

/** What the viewer says of a slide that it cannot read. @param {object} place the viewport or the series */
export const slideFailure = (place) => failures.get(place);

/** Has the viewer draw a slide in grey values: it draws only those in colour by itself. @param {any} viewer */
export function showFirstPath(viewer) {
  const [first] = viewer.getAllOpticalPaths();
  if (first?.isMonochromatic) viewer.showOpticalPath(first.identifier);
}

/**
 * The attributes of an instance of a slide as the viewer reads them rightly. It takes each instance in which tiles follow one another
 * (TILED_FULL) for a whole one with one focal plane. So those of a part of a concatenation (PS3.3 C.7.6.16.2.2.4), and of an instance with
 * several planes, get their positions. Of frames that lie one over another, only the lowest has one: otherwise planes would be mixed.
 * @param {any} instance
 * @param {readonly any[] | Map<string, any>} series all instances of the slide
 * @returns {any} the instance itself, or a copy
 */
export function slideFor(instance, series) {
  if (instance.SOPClassUID !== WHOLE_SLIDE_MICROSCOPY) return instance;
  const isPart = instance.ConcatenationUID !== undefined;
  // The viewer takes images of the same size without this for a mistake.
  const { SOPInstanceUIDOfConcatenationSource: source = instance.ConcatenationUID } = instance;
  const whole = isPart ? { ...instance, SOPInstanceUIDOfConcatenationSource: source } : instance;
  if (isFull(instance)) return isPart || planesOf(instance) > 1 ? withPositions(whole) : whole;
  const hidden = stacked(series).hidden.get(instance);
  return hidden === undefined ? whole : without(whole, hidden);
}

/** @param {any} instance */
const isFull = ({ DimensionOrganizationType }) => DimensionOrganizationType === 'TILED_FULL';

/** @param {any} instance */
const planesOf = ({ TotalPixelMatrixFocalPlanes }) => Number(TotalPixelMatrixFocalPlanes ?? 1) || 1;

/** @param {any} instance @returns {number} the optical paths of its frames */
const pathsOf = ({ NumberOfOpticalPaths, OpticalPathSequence }) =>
  Number(NumberOfOpticalPaths) || Math.max(1, listOf(OpticalPathSequence).length);

/** @param {any} instance @returns {[number, number]} the columns and rows of its tiles */
function gridOf({ TotalPixelMatrixColumns, TotalPixelMatrixRows, Columns, Rows }) {
  return [Math.ceil(TotalPixelMatrixColumns / Columns), Math.ceil(TotalPixelMatrixRows / Rows)];
}

/** @param {any} instance */
const framesOf = ({ NumberOfFrames }) => Number(NumberOfFrames ?? 1) || 1;

/** Gives each frame of a TILED_FULL image its position (PS3.3 C.7.6.17.3). @param {any} instance */
function withPositions(instance) {
  const { Rows, Columns, ConcatenationFrameOffsetNumber, OpticalPathSequence } = instance;
  const [across, down] = gridOf(instance);
  const tiles = across * down;
  const planes = planesOf(instance);
  const first = Number(ConcatenationFrameOffsetNumber ?? 0);
  const items = Array.from({ length: framesOf(instance) }, (_, at) => {
    const tile = (first + at) % tiles;
    const layer = Math.floor((first + at) / tiles);
    const isLowest = layer % planes === 0;
    const path = listOf(OpticalPathSequence)[Math.floor(layer / planes)];
    return {
      OpticalPathIdentificationSequence: [{ OpticalPathIdentifier: path?.OpticalPathIdentifier ?? '1' }],
      PlanePositionSlideSequence: [
        {
          ColumnPositionInTotalImagePixelMatrix: isLowest ? (tile % across) * Columns + 1 : NOWHERE,
          RowPositionInTotalImagePixelMatrix: isLowest ? Math.floor(tile / across) * Rows + 1 : NOWHERE,
        },
      ],
    };
  });
  return { ...instance, DimensionOrganizationType: 'TILED_SPARSE', PerFrameFunctionalGroupsSequence: items };
}

/** @param {any} instance TILED_SPARSE @param {Set<number>} hidden frames */
function without(instance, hidden) {
  const items = listOf(instance.PerFrameFunctionalGroupsSequence).map((item, at) => {
    if (!hidden.has(at)) return item;
    const place = itemOf(item.PlanePositionSlideSequence);
    const nowhere = {
      ...place,
      ColumnPositionInTotalImagePixelMatrix: NOWHERE,
      RowPositionInTotalImagePixelMatrix: NOWHERE,
    };
    return { ...item, PlanePositionSlideSequence: [nowhere] };
  });
  return { ...instance, PerFrameFunctionalGroupsSequence: items };
}

/**
 * Finds frames of TILED_SPARSE images that lie one over another. Their heights alone do not tell: each tile may have its own focus.
 * @param {readonly any[] | Map<string, any>} series
 * @returns {Planes}
 */
function stacked(series) {
  const before = known.get(series);
  if (before !== undefined) return before;
  /** @type {Map<string, { instance: any, at: number, height: number }[]>} */
  const places = new Map();
  for (const instance of series.values()) {
    if (isFull(instance) || !isDrawn(instance)) continue;
    const level = `${instance.ConcatenationUID ?? instance.SOPInstanceUID}`;
    const shared = itemOf(instance.SharedFunctionalGroupsSequence)?.OpticalPathIdentificationSequence;
    for (const [at, item] of listOf(instance.PerFrameFunctionalGroupsSequence).entries()) {
      const place = itemOf(item.PlanePositionSlideSequence) ?? {};
      const path = itemOf(item.OpticalPathIdentificationSequence ?? shared)?.OpticalPathIdentifier;
      const { ColumnPositionInTotalImagePixelMatrix: column, RowPositionInTotalImagePixelMatrix: row } = place;
      const key = JSON.stringify([level, column, row, path]);
      const height = Number(place.ZOffsetInSlideCoordinateSystem ?? 0);
      places.set(key, [...(places.get(key) ?? []), { instance, at, height }]);
    }
  }
  /** @type {Planes} */
  const found = { most: 1, hidden: new Map() };
  for (const frames of places.values()) {
    found.most = Math.max(found.most, frames.length);
    for (const { instance, at } of frames.sort((one, other) => one.height - other.height).slice(1))
      found.hidden.set(instance, (found.hidden.get(instance) ?? new Set()).add(at));
  }
  known.set(series, found);
  return found;
}

/**
 * Says what the viewer does not show of a slide.
 * @param {readonly any[]} instances of its series
 * @returns {string | undefined} for the upper edge; undefined if it shows everything, or if this is no slide
 */
export function leftOutOfSlide(instances) {
  const levels = instances.filter((one) => one.SOPClassUID === WHOLE_SLIDE_MICROSCOPY && isDrawn(one));
  if (levels.length === 0) return undefined;
  const planes = Math.max(stacked(instances).most, ...levels.filter(isFull).map(planesOf));
  const paths = new Set(
    levels.flatMap((one) => listOf(one.OpticalPathSequence).map((path) => path.OpticalPathIdentifier)),
  );
  const said = [
    ...(levelsOf(levels).some(isIncomplete) ? ['some of its tiles are not in the archive, and are left empty'] : []),
    ...(planes > 1 ? [`only the lowest of its ${planes} focal planes is drawn`] : []),
    ...(paths.size > 1 ? [`only the first of its ${paths.size} optical paths is drawn`] : []),
    ...(levels.some(isStretched) ? ['its pixels are not square, and are drawn as squares'] : []),
  ];
  return said.length === 0 ? undefined : `This slide is not shown as it was meant: ${said.join('; ')}.`;
}

/** @param {readonly any[]} instances @returns {any[][]} each level with its parts */
function levelsOf(instances) {
  /** @type {Map<string, any[]>} */
  const levels = new Map();
  for (const one of instances) {
    const key = one.ConcatenationUID ?? one.SOPInstanceUID;
    levels.set(key, [...(levels.get(key) ?? []), one]);
  }
  return [...levels.values()];
}

/** @param {readonly any[]} parts of a level; a TILED_SPARSE image need not have all tiles */
function isIncomplete(parts) {
  const [first] = parts;
  if (parts.length < Number(first.InConcatenationTotalNumber ?? 1)) return true;
  const [across, down] = gridOf(first);
  const frames = parts.reduce((sum, one) => sum + framesOf(one), 0);
  return isFull(first) && frames < across * down * planesOf(first) * pathsOf(first);
}

/** @param {any} instance */
function isStretched({ SharedFunctionalGroupsSequence }) {
  const measures = itemOf(itemOf(SharedFunctionalGroupsSequence)?.PixelMeasuresSequence);
  const [vertical = 0, horizontal = 0] = listOf(measures?.PixelSpacing).map(Number);
  return vertical > 0 && horizontal > 0 && Math.abs(vertical / horizontal - 1) > SQUARE;
}
