import { leftOutOfSlide, slideFailure } from '../ohif/slides.mjs';
import { hasPixels, lackOfAll } from './contents.mjs';
import { isReport, kindText } from './kinds.mjs';
import { partlyDrawn, undrawnMeasurements } from './reports.mjs';
import { messageOfUnread, reasonOfUnread } from './segmentations.mjs';

/*
 * The reasons, in words, why a viewport shows nothing of a series or study, or something wrong. Pure functions of the state of OHIF.
 * image-words.mjs has those of single images.
 */

/**
 * @typedef {object} Series what OHIF calls a display set
 * @property {string} displaySetInstanceUID
 * @property {boolean} [unsupported] no viewer of OHIF takes it
 * @property {boolean} [isRefused] a viewer of OHIF takes its kind, but not this one
 * @property {boolean} [isOverlayDisplaySet] drawn on the images of another one
 * @property {string | null} [referencedDisplaySetInstanceUID] that other one; none if the page does not have it
 * @property {string} [SOPClassUID]
 * @property {string} [StudyInstanceUID]
 * @property {string} [SeriesInstanceUID]
 * @property {string} [SeriesDescription]
 * @property {string} [Modality]
 * @property {any[]} [instances] their attributes
 * @property {string} [SOPInstanceUID] of a series with one instance
 *
 * @typedef {object} Words
 * @property {string} title
 * @property {string[]} texts
 * @property {Series[]} [files] whose files can be downloaded instead
 * @property {boolean} [again] whether another attempt may help
 * @property {boolean} [reload] whether the page has to read the study again
 * @property {boolean} [plain] whether the series can be shown in another layout
 * @property {boolean} [list] whether the words lead to the study list
 * @property {{ instance: any, kind: 'report' | 'picture' }[]} [rendered] instances that the archive itself can make legible
 */

/** @param {Series} series */
function nameOf({ Modality, SeriesDescription }) {
  return [Modality, SeriesDescription].filter(Boolean).join(' ') || 'A series without a name';
}

/** A series that no viewer of OHIF takes. @param {Series} series @returns {Words} */
export function unsupported(series) {
  const rendered = renderedOf(series);
  if (rendered.length > 0) return { title: nameOf(series), texts: [], files: [series], rendered };
  const lack = lackOfAll(series.instances ?? []);
  const refused = series.isRefused && lack === undefined ? [REFUSED] : [];
  return {
    title: `${nameOf(series)} cannot be shown here`,
    texts: [whatIs(series), ...refused, 'It is kept in the archive as it was sent.'],
    files: [series],
  };
}

/** The kind of a series, or its missing content. @param {Series} series */
function whatIs({ instances = [], SOPClassUID }) {
  return lackOfAll(instances) ?? kindText(SOPClassUID);
}

const REFUSED = 'This viewer cannot read it: something that the viewer needs is missing in it, or damaged.';

/** A series that has its viewer, which shows nothing. @param {Series} series @returns {Words} */
export function blank(series) {
  const rendered = renderedOf(series);
  if (rendered.length > 0) return { title: nameOf(series), texts: [], files: [series], rendered };
  return {
    title: `Nothing of ${nameOf(series)} can be shown`,
    texts: [kindText(series.SOPClassUID), 'It may belong to images that are not here, or be damaged.'],
    files: [series],
  };
}

/** @param {Series} series @returns {{ instance: any, kind: 'report' | 'picture' }[]} */
function renderedOf({ instances, SOPClassUID, SOPInstanceUID, StudyInstanceUID, SeriesInstanceUID }) {
  const own = SOPInstanceUID ? [{ SOPClassUID, SOPInstanceUID, StudyInstanceUID, SeriesInstanceUID }] : [];
  /** @type {{ instance: any, kind: 'report' | 'picture' }[]} */
  const rendered = [];
  for (const instance of instances?.length ? instances : own) {
    if (isReport(instance.SOPClassUID)) rendered.push({ instance, kind: 'report' });
    else if (instance.Rows !== undefined && hasPixels(instance)) rendered.push({ instance, kind: 'picture' });
  }
  return rendered;
}

/** What is drawn on images that are not there. @param {Series} series @returns {Words} */
export function withoutImages(series) {
  return {
    title: `${nameOf(series)} cannot be shown alone`,
    texts: [
      kindText(series.SOPClassUID),
      'The images that it refers to are not in the studies that are open: they were not sent to this archive, or you may not see them, or they are in another study or frame of reference.',
    ],
    files: [series],
  };
}

/**
 * Whether OHIF has given up reading a segmentation, and shows "loading" without end.
 * @param {Series & { loading?: boolean, isLoaded?: boolean, loadingPromise?: unknown }} series
 */
export function isUnread({ Modality, loading, isLoaded, loadingPromise }) {
  return Modality === 'SEG' && loadingPromise !== undefined && loading === false && !isLoaded;
}

/** A segmentation that OHIF has not read. @param {Series} series @param {string} [message] of OHIF's error @returns {Words} */
export function unread(series, message = '') {
  return {
    title: `${nameOf(series)} cannot be shown here`,
    texts: [kindText(series.SOPClassUID), reasonOfUnread(message)],
    files: [series],
  };
}

/**
 * Whether OHIF has given up reading a parametric map, and shows "loading" without end.
 * @param {Series & { loading?: boolean, isLoaded?: boolean }} series
 */
function isUnreadMap({ SOPClassUID, loading, isLoaded }) {
  return SOPClassUID === '1.2.840.10008.5.1.4.1.1.30' && loading === false && isLoaded === false;
}

/** @param {Series} series @returns {Words} */
function unreadMap(series) {
  return {
    title: `${nameOf(series)} cannot be shown here`,
    texts: [
      kindText(series.SOPClassUID),
      'This viewer draws only frames that lie on the images that the map refers to, pixel on pixel, and one on each image. Those of this map do not, or it is damaged.',
    ],
    files: [series],
  };
}

/**
 * What is to be said of a series whatever its images are.
 * @param {Series & { loadingPromise?: unknown, loading?: boolean, isLoaded?: boolean, isRehydratable?: boolean, measurements?: any[] | null }} series
 * @returns {Words | string | undefined} a text is for the upper edge of what is shown
 */
export function ofSeries(series) {
  if (series.unsupported) return unsupported(series);
  if (isAlone(series)) return withoutImages(series);
  if (isUnread(series)) {
    const message = messageOfUnread(series);
    return message === undefined ? undefined : unread(series, message);
  }
  if (isUnreadMap(series)) return unreadMap(series);
  const slide = slideWords(series, series);
  if (slide !== undefined) return slide;
  const { undrawn, all } = undrawnMeasurements(series);
  if (undrawn === 0) return partlyWords(series);
  if (undrawn === all) return blank(series);
  return `${undrawn} of ${all} measurements of this report are not drawn: this viewer does not draw their coordinates in three dimensions.`;
}

/** @param {Parameters<typeof partlyDrawn>[0]} series */
function partlyWords(series) {
  const { partly, all } = partlyDrawn(series);
  if (partly === 0) return undefined;
  return `${partly} of ${all} measurements of this report ${partly === 1 ? 'has' : 'have'} several outlines: this viewer draws the first one alone.`;
}

/**
 * What is to be said of a slide, if a series is one.
 * @param {object} place the viewport or the series
 * @param {Series} series
 * @returns {Words | string | undefined}
 */
export function slideWords(place, series) {
  const message = slideFailure(place);
  if (message === undefined) return leftOutOfSlide(series.instances ?? []);
  return {
    title: `${nameOf(series)} cannot be shown here`,
    texts: ['This is a slide of pathology.', REFUSED, `It says: ${message}`],
    files: [series],
  };
}

/** A study of which nothing is shown by itself. @param {readonly Series[]} all @returns {Words} */
export function nothingToShow(all) {
  const [first, ...others] = all;
  if (first !== undefined && others.length === 0) {
    if (first.unsupported) return unsupported(first);
    if (isAlone(first)) return withoutImages(first);
  }
  const lines = all.slice(0, MOST_LINES).map((series) => `${nameOf(series)}: ${whatIs(series)}`);
  const more = all.length > MOST_LINES ? [`And ${all.length - MOST_LINES} more series.`] : [];
  const choose = all.some((one) => !one.unsupported) ? ['Choose a series on the left by a double click.'] : [];
  return {
    title: 'This study has no images that are shown by themselves',
    texts: [...lines, ...more, ...choose],
    files: [...all],
  };
}

/**
 * What an empty viewport says.
 * @param {readonly Series[]} all of the study
 * @param {readonly { displaySetInstanceUIDs: readonly string[] }[]} viewports of the layout
 * @returns {Words | undefined} undefined if another one shows something
 */
export function nothingChosen(all, viewports) {
  if (viewports.length === 1) return nothingToShow(all);
  return viewports.every(({ displaySetInstanceUIDs }) => displaySetInstanceUIDs.length === 0)
    ? nothingFits(all)
    : undefined;
}

/** A layout that no series fits. @param {readonly Series[]} all of the study @returns {Words} */
function nothingFits(all) {
  if (all.every((one) => one.unsupported || one.isOverlayDisplaySet)) return nothingToShow(all);
  return {
    title: 'No series of this study fits this layout',
    texts: [
      'Layouts such as MPR are computed from a volume: images of one size and kind, in parallel, and at equal distances.',
      'The triangle at a series on the left says why its images are no volume.',
    ],
    plain: true,
  };
}

const MOST_LINES = 12;

/** @param {Series} series drawn on others, which are not there */
function isAlone({ isOverlayDisplaySet, referencedDisplaySetInstanceUID }) {
  return isOverlayDisplaySet === true && !referencedDisplaySetInstanceUID;
}

/** A series of which the archive has other content than the page. @param {Series} series @returns {Words} */
export function replaced(series) {
  return {
    title: `${nameOf(series)} has changed since it was opened`,
    texts: [
      'Some of its images were replaced in the archive. Images that the page already has, and those that arrive now, do not belong together.',
    ],
    reload: true,
  };
}

const AS_BEFORE = 'The images that the page has are as they were before.';

/** A series that the archive no longer has. @param {Series} series @returns {Words} */
export function deleted(series) {
  const texts = [`The archive no longer has this series. ${AS_BEFORE}`];
  return { title: `${nameOf(series)} was deleted`, texts, reload: true, list: true };
}

/** A series that does not exist for this user any more: the archive does not tell whether somebody else sees it. @param {Series} series @returns {Words} */
export function gone(series) {
  const texts = [`It was moved or deleted, or you may no longer see it. ${AS_BEFORE}`];
  return { title: `${nameOf(series)} is no longer here`, texts, reload: true, list: true };
}
