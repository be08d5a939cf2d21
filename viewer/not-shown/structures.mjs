/*
 * Structure sets of radiotherapy. Their outlines are in the coordinates of a frame of reference, and OHIF draws each on
 * the nearest image of the series that the set refers to. It finds that series by the images that Contour Image
 * Sequence names, which some sets lack.
 */

/** @param {any} sequence @returns {any[]} */
const itemsOf = (sequence) => [sequence ?? []].flat();

/** @param {any} instance of a structure set @returns {{ frame: any, series: any }[]} what it refers to: PS3.3 C.8.8.5 */
function referencesOf({ ReferencedFrameOfReferenceSequence }) {
  return itemsOf(ReferencedFrameOfReferenceSequence).flatMap((frame) =>
    itemsOf(frame.RTReferencedStudySequence)
      .flatMap((study) => itemsOf(study.RTReferencedSeriesSequence))
      .map((series) => ({ frame, series })),
  );
}

/**
 * Says what a structure set lacks without which OHIF draws nothing of it.
 * @param {any} instance
 * @returns {string | undefined} undefined if it lacks nothing
 */
export function lackOfStructures(instance) {
  const outlines = itemsOf(instance.ROIContourSequence).flatMap(({ ContourSequence }) => itemsOf(ContourSequence));
  if (outlines.length === 0) return 'This is a structure set of radiotherapy that was sent without its outlines.';
  if (itemsOf(instance.ReferencedSeriesSequence).length > 0 || referencesOf(instance).length > 0) return undefined;
  return 'This is a structure set of radiotherapy: outlines that are drawn on other images. It does not say on which.';
}

/**
 * The images on which the outlines of a structure set can be drawn, if it names only their series: those in its frame of reference.
 * @param {string} seriesInstanceUID
 * @param {string | undefined} frameOfReferenceUID
 * @returns {{ ReferencedSOPClassUID: string, ReferencedSOPInstanceUID: string }[]} none if the page does not have them yet
 */
export function imagesInFrame(seriesInstanceUID, frameOfReferenceUID) {
  const { displaySetService } = /** @type {any} */ (globalThis).services;
  return itemsOf(displaySetService.getDisplaySetsForSeries(seriesInstanceUID))
    .flatMap(({ instances = [] }) => instances)
    .filter((one) => one.FrameOfReferenceUID !== undefined && one.FrameOfReferenceUID === frameOfReferenceUID)
    .map((one) => ({ ReferencedSOPClassUID: one.SOPClassUID, ReferencedSOPInstanceUID: one.SOPInstanceUID }));
}

/**
 * Whether the outlines of a structure set can be drawn on a series that came after it: it names images, or they have
 * its frame of reference.
 * @param {any} instance of the structure set
 * @param {{ SeriesInstanceUID?: string, instances?: any[] }} series
 */
export function isInFrame(instance, { SeriesInstanceUID, instances = [] }) {
  const [one] = referencesOf(instance).filter(({ series }) => series.SeriesInstanceUID === SeriesInstanceUID);
  if (one === undefined || itemsOf(one.series.ContourImageSequence).length > 0) return true;
  return instances.some(({ FrameOfReferenceUID: uid }) => uid !== undefined && uid === one.frame.FrameOfReferenceUID);
}
