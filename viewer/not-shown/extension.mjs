import { imageIdsOf } from '../ohif/volumes.mjs';
import { addressOfFiles, pageOf } from './addresses.mjs';
import { Arrivals } from './arrivals.mjs';
import { changeOf, checkSeriesOf, forgetSeries, watchMetadata } from './changes.mjs';
import { cover } from './cover.mjs';
import { mostPixels } from './graphics.mjs';
import { failureOf } from './image-failure.mjs';
import { imageFailed, stillLoading, videoFailed, volumeFailed } from './image-words.mjs';
import { leftOut, leftOutOfCurves } from './left-out.mjs';
import { withoutLayout } from './opening.mjs';
import { undrawnImage } from './undrawn.mjs';
import { blank, deleted, gone, nothingChosen, ofSeries, replaced, slideWords, unsupported } from './words.mjs';

/** The properties that OHIF and session.js set on the window. */
const page = /** @type {any} */ (window);

/** The words for what has happened to a series. */
const CHANGED = { deleted, gone, replaced };

/** Milliseconds between two checks of the viewports. */
const LOOK_MS = 500;
/** Milliseconds after which the page says that it waits for an image. */
const PATIENCE_MS = 8000;
/** Milliseconds that a study may take until its first image is in the grid. */
const START_MS = 3000;
/** Milliseconds after which a failed image is requested again. */
const AGAIN_MS = 4000;

/**
 * An extension of OHIF that says in words what a viewport does not show, and why: series for which OHIF has no viewer,
 * overlays without their images, images that did not arrive or cannot be decoded. OHIF itself leaves the viewport black,
 * or keeps showing the previous image. The extension checks the viewports at intervals, because OHIF has no event for an
 * image that never arrives.
 * @param {{ root: string, list: string }} archive the path before /dicomweb, and the address of the study list
 * @param {(request: XMLHttpRequest) => any} answerOf reads the archive's problem from its answer
 * @param {import('../ohif/fresh.mjs').Fresh} fresh forgets what the page has read of studies
 * @param {import('../ohif/overlays.mjs').Overlays} overlays
 */
export function notShownExtension(archive, answerOf, fresh, overlays) {
  /** @type {NotShown | undefined} */
  let viewports;
  /** @type {Arrivals | undefined} */
  let arrivals;
  // OHIF calls these functions without their object.
  return {
    id: 'archive.not-shown',
    /** @param {{ servicesManager: { services: any } }} parts of OHIF */
    preRegistration({ servicesManager }) {
      watchMetadata();
      viewports = new NotShown(servicesManager.services, archive, answerOf, overlays);
      arrivals = new Arrivals(archive.root, () => fresh.counts(), servicesManager.services.uiNotificationService);
    },
    onModeEnter() {
      fresh.forget();
      forgetSeries();
      viewports?.begin();
      arrivals?.begin();
    },
    onModeExit() {
      fresh.leave();
      viewports?.end();
      arrivals?.end();
    },
  };
}

/** Watches the viewports of a study, and covers those that show nothing with words. */
class NotShown {
  #archive;
  #answerOf;
  #overlays;
  #services;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** Images that failed, with the reason and the time. @type {Map<string, { status?: number, detail?: string, message?: string, at: number }>} */
  #failures = new Map();
  /** The image for which each viewport waits, since when, and the time of the last request. @type {Map<string, any>} */
  #awaited = new Map();
  /** The empty panes, with their series and since when. @type {WeakMap<Element, any>} */
  #blankSince = new WeakMap();
  /** The series without a viewer that the user has chosen for a viewport. @type {{ viewportId: string, uid: string } | undefined} */
  #chosen;
  /** The frame that the address names, until it is shown. @type {{ instance: string, number: string } | undefined} */
  #frame;
  /** When the study's series were first known. */
  #since = 0;

  /**
   * @param {any} services of OHIF
   * @param {{ root: string, list: string }} archive
   * @param {(request: XMLHttpRequest) => any} answerOf reads the archive's problem from its answer
   * @param {import('../ohif/overlays.mjs').Overlays} overlays
   */
  constructor(services, archive, answerOf, overlays) {
    this.#services = services;
    this.#archive = archive;
    this.#answerOf = answerOf;
    this.#overlays = overlays;
  }

  begin() {
    const { eventTarget, EVENTS } = page.cornerstone;
    for (const name of [EVENTS.IMAGE_LOAD_FAILED, EVENTS.IMAGE_LOAD_ERROR])
      eventTarget.addEventListener(name, this.#failed);
    eventTarget.addEventListener(EVENTS.IMAGE_LOADED, this.#loaded);
    document.addEventListener('dblclick', this.#choose, true);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#since = 0;
    const query = new URLSearchParams(window.location.search);
    const [instance, number] = ['initialSOPInstanceUID', 'initialFrame'].map((name) => query.get(name));
    this.#frame = instance && number ? { instance, number } : undefined;
  }

  end() {
    const { eventTarget, EVENTS } = page.cornerstone;
    for (const name of [EVENTS.IMAGE_LOAD_FAILED, EVENTS.IMAGE_LOAD_ERROR])
      eventTarget.removeEventListener(name, this.#failed);
    eventTarget.removeEventListener(EVENTS.IMAGE_LOADED, this.#loaded);
    document.removeEventListener('dblclick', this.#choose, true);
    clearInterval(this.#timer);
    this.#failures.clear();
    this.#awaited.clear();
    this.#chosen = undefined;
  }

  /** @param {{ detail: any }} event */
  #failed = ({ detail }) => {
    if (!detail?.imageId || !detail.error) return;
    this.#failures.set(detail.imageId, { ...failureOf(detail.error, this.#answerOf), at: Date.now() });
    checkSeriesOf(detail.imageId);
  };

  /** @param {{ detail: any }} event */
  #loaded = ({ detail }) => {
    this.#failures.delete(detail?.image?.imageId);
    checkSeriesOf(detail?.image?.imageId);
  };

  /** A double click on a series that no viewer takes: OHIF says that it does not fit the hanging protocol. @param {MouseEvent} event */
  #choose = (event) => {
    const element = /** @type {Element} */ (event.target).closest?.('[id^="thumbnail-"]');
    const uid = element?.id.slice('thumbnail-'.length);
    const series = uid && this.#services.displaySetService.getDisplaySetByUID(uid);
    if (!series) return;
    this.#chosen = series.unsupported
      ? { viewportId: this.#services.viewportGridService.getActiveViewportId(), uid }
      : undefined;
    if (this.#chosen) event.stopPropagation();
    this.#look();
  };

  #look() {
    const panes = document.querySelectorAll('[data-cy="viewport-pane"]');
    const all = this.#services.displaySetService.getActiveDisplaySets();
    if (all.length > 0 && this.#since === 0) this.#since = Date.now();
    const viewports = [...this.#services.viewportGridService.getState().viewports.values()];
    panes.forEach((pane, at) => {
      const viewport = viewports[at];
      if (viewport === undefined) return;
      const words = this.#wordsFor(viewport, all, viewports) ?? this.#blankWords(pane, viewport);
      if (words === undefined || typeof words === 'string') cover(pane, words);
      else
        cover(
          pane,
          words,
          this.#actions(words, viewport),
          words.rendered?.map((one) => pageOf(this.#archive.root, one)),
        );
    });
  }

  /** @param {any} viewport of the grid @param {any[]} all series of the page @param {any[]} viewports */
  #wordsFor(viewport, all, viewports) {
    const series = viewport.displaySetInstanceUIDs
      .map((/** @type {string} */ uid) => this.#services.displaySetService.getDisplaySetByUID(uid))
      .filter(Boolean);
    if (this.#chosen !== undefined && this.#chosen.viewportId === viewport.viewportId) {
      return unsupported(this.#services.displaySetService.getDisplaySetByUID(this.#chosen.uid));
    }
    const [first] = series;
    if (first === undefined) {
      const isLate = this.#since > 0 && Date.now() - this.#since > START_MS;
      return isLate ? nothingChosen(all, viewports) : undefined;
    }
    const [other] = series.filter((/** @type {any} */ one) => changeOf(one.SeriesInstanceUID));
    if (other !== undefined) return CHANGED[changeOf(other.SeriesInstanceUID) ?? 'replaced'](other);
    const shown = this.#services.cornerstoneViewportService?.getCornerstoneViewport(viewport.viewportId);
    const words = (shown ? slideWords(shown, first) : undefined) ?? ofSeries(first);
    return words ?? this.#imageWords(shown, first);
  }

  /** What a pane says that has a series and stays empty for long. @param {Element} pane @param {any} viewport of the grid */
  #blankWords(pane, viewport) {
    const [uid] = viewport.displaySetInstanceUIDs;
    const isEmpty = uid !== undefined && pane.querySelector(':scope > :not([data-not-shown])') === null;
    if (!isEmpty || this.#blankSince.get(pane)?.uid !== uid) this.#blankSince.set(pane, { uid, since: Date.now() });
    if (!isEmpty || Date.now() - this.#blankSince.get(pane).since < START_MS) return undefined;
    return blank(this.#services.displaySetService.getDisplaySetByUID(uid));
  }

  /** What a pane says of the image that it shows, or waits for. @param {any} shown a viewport of Cornerstone @param {any} series */
  #imageWords(shown, series) {
    if (shown === undefined || shown === null) return undefined;
    if (shown.type === 'video') return shown.videoElement?.error ? videoFailed(series) : undefined;
    if (series.viewportType === 'ecg') return leftOutOfCurves(series.instances?.[0]);
    return shown.type === 'stack' ? this.#stackWords(shown, series) : this.#volumeWords(shown);
  }

  /** @param {any} shown */
  #volumeWords(shown) {
    const ids = imageIdsOf(shown);
    const missing = ids.filter((/** @type {string} */ id) => this.#failures.has(id)).length;
    return missing > 0 ? volumeFailed(missing, ids.length) : this.#leftOutOf(shown.id, ids[0]);
  }

  /** @param {any} shown @param {any} series */
  #stackWords(shown, series) {
    this.#goToFrame(shown);
    const imageId = shown.getImageIds()[shown.getTargetImageIdIndex()];
    const isAwaited = imageId !== undefined && shown.getCornerstoneImage()?.imageId !== imageId;
    if (isAwaited) return this.#awaitedWords(shown.id, imageId, series);
    this.#awaited.delete(shown.id);
    const instance = imageId && page.cornerstone.metaData.get('instance', imageId);
    return undrawnImage(instance, mostPixels(), series) ?? this.#leftOutOf(shown.id, imageId);
  }

  /** Asks for an image that failed again, unless it is gone. @param {string} viewportId @param {string} imageId @param {any} series */
  #awaitedWords(viewportId, imageId, series) {
    const now = Date.now();
    if (this.#awaited.get(viewportId)?.imageId !== imageId) {
      this.#awaited.set(viewportId, { imageId, since: now, asked: now });
    }
    const { since, asked } = this.#awaited.get(viewportId);
    const failure = this.#failures.get(imageId);
    if (failure === undefined) return now - since > PATIENCE_MS ? stillLoading() : undefined;
    const words = imageFailed(failure, series);
    const isGone = [404, 410].includes(failure.status ?? -1);
    // Behind a notice nobody may be signed in, or another person.
    const isHeld = isGone || document.querySelector('[data-archive-notice]') !== null;
    if (words.again && !isHeld && now - Math.max(failure.at, asked) > AGAIN_MS) this.#again(viewportId);
    return words;
  }

  /** What the viewer leaves out of an image that it shows. @param {string} viewportId @param {string | undefined} imageId */
  #leftOutOf(viewportId, imageId) {
    if (imageId === undefined) return undefined;
    const instance = page.cornerstone.metaData.get('instance', imageId);
    return leftOut(instance, this.#drawsOverlays(viewportId) && this.#overlays.drawsAll(instance));
  }

  /** Whether OHIF's tool for overlays draws in a viewport: not in planes of a volume. @param {string} viewportId */
  #drawsOverlays(viewportId) {
    const { cornerstoneViewportService, toolGroupService } = this.#services;
    const tool = toolGroupService.getToolGroupForViewport(viewportId)?.getToolOptions('ImageOverlayViewer');
    return tool?.mode === 'Enabled' && cornerstoneViewportService.getCornerstoneViewport(viewportId)?.type === 'stack';
  }

  /** Shows the frame that the address names, once: OHIF knows series and instances only (searchWithImage). @param {any} shown */
  #goToFrame(shown) {
    if (this.#frame === undefined || !shown.getCornerstoneImage()) return;
    const end = `/instances/${this.#frame.instance}/frames/${this.#frame.number}`;
    const index = shown.getImageIds().findIndex((/** @type {string} */ id) => id.endsWith(end));
    this.#frame = undefined;
    if (index > 0) shown.setImageIdIndex(index).catch(() => undefined);
  }

  /** Asks for the image of a viewport again. @param {string} viewportId */
  #again(viewportId) {
    const shown = this.#services.cornerstoneViewportService.getCornerstoneViewport(viewportId);
    const index = shown?.getTargetImageIdIndex?.();
    const imageId = shown?.getImageIds()[index];
    if (imageId === undefined) return;
    const waits = this.#awaited.get(viewportId);
    if (waits) waits.asked = Date.now();
    shown._loadAndDisplayImage(imageId, index).catch(() => undefined);
  }

  /** @param {import('./words.mjs').Words} words @param {any} viewport */
  #actions(words, { viewportId }) {
    const files = page.archiveSession.mayDownload() ? (words.files ?? []) : [];
    return {
      ...(words.again && { 'Try again': () => this.#again(viewportId) }),
      ...(words.reload && { 'Open the study again': () => window.location.reload() }),
      ...(words.plain && { 'Show image by image': () => window.location.assign(withoutLayout(window.location)) }),
      ...(words.list && { 'Study list': () => window.location.assign(this.#archive.list) }),
      ...(files[0] && { 'Download the files (ZIP)': addressOfFiles(this.#archive.root, files) }),
      ...(this.#chosen?.viewportId === viewportId && {
        Close: () => {
          this.#chosen = undefined;
          this.#look();
        },
      }),
    };
  }
}
