/*
 * What the user has measured and drawn, and the archive does not have: it is lost when the study is left.
 */

/**
 * @typedef {{ uid: string, label?: string, points?: number[][], isUnmapped?: boolean, type?: string, referencedImageId?: string,
 *   finding?: unknown, site?: unknown }} Measurement of OHIF
 * @typedef {{ subscribe(event: string, listener: (detail: any) => void): { unsubscribe(): void } }} Events
 * @typedef {Events & { EVENTS: { RAW_MEASUREMENT_ADDED: string }, getMeasurements(): Measurement[] }} Measurements
 * @typedef {{ representationData?: { Labelmap?: { imageIds?: readonly string[] } } }} Segmentation
 * @typedef {Events & { EVENTS: { SEGMENTATION_DATA_MODIFIED: string, SEGMENTATION_LOADING_COMPLETE: string },
 *   getSegmentation(id: string): Segmentation | undefined }} Segmentations
 */

/** Looks at the services of OHIF for measurements and segmentations, while a study is open. */
export class Unsaved {
  /** @type {{ measurementService: Measurements, segmentationService: Segmentations } | undefined} */
  #services;
  /** @type {{ unsubscribe(): void }[]} */
  #subscriptions = [];
  /** The measurements as the archive has them, by their UIDs. @type {Map<string, string>} */
  #stored = new Map();
  /** The ids of segmentations that may have been changed. OHIF also reports a change of those that it has just loaded.  @type {Set<string>} */
  #drawn = new Set();
  /** What the archive has of segmentations, by their ids. @type {Map<string, number>} */
  #loaded = new Map();

  /** Begins to watch, when a study was opened.  @param {{ measurementService: Measurements, segmentationService: Segmentations }} services */
  begin(services) {
    this.end();
    this.#services = services;
    const { measurementService, segmentationService } = services;
    this.#subscriptions = [
      // Measurements that OHIF takes over from a report.
      measurementService.subscribe(measurementService.EVENTS.RAW_MEASUREMENT_ADDED, ({ measurement }) =>
        this.stored([measurement]),
      ),
      segmentationService.subscribe(segmentationService.EVENTS.SEGMENTATION_DATA_MODIFIED, ({ segmentationId }) =>
        this.#drawn.add(segmentationId),
      ),
      segmentationService.subscribe(segmentationService.EVENTS.SEGMENTATION_LOADING_COMPLETE, ({ segmentationId }) =>
        this.#loaded.set(segmentationId, contentOf(segmentationService.getSegmentation(segmentationId))),
      ),
    ];
  }

  /** Forgets everything, when the study was left. */
  end() {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
    this.#services = undefined;
    this.#stored.clear();
    this.#drawn.clear();
    this.#loaded.clear();
  }

  /** Notes that the archive has these measurements as they are now.  @param {readonly Measurement[]} [measurements] */
  stored(measurements = []) {
    for (const measurement of measurements) this.#stored.set(measurement.uid, markOf(measurement));
  }

  /** How many measurements and segmentations would be lost. */
  count() {
    if (this.#services === undefined) return { measurements: 0, segmentations: 0 };
    const { measurementService, segmentationService } = this.#services;
    // OHIF also counts marks of its tools as measurements; it cannot store them.
    const all = measurementService.getMeasurements().filter(({ isUnmapped }) => !isUnmapped);
    return {
      measurements: all.filter((one) => this.#stored.get(one.uid) !== markOf(one)).length,
      segmentations: [...this.#drawn].filter((id) => {
        const now = segmentationService.getSegmentation(id);
        return now !== undefined && this.#loaded.get(id) !== contentOf(now);
      }).length,
    };
  }

  /** Whether anything would be lost. */
  isEmpty() {
    const { measurements, segmentations } = this.count();
    return measurements + segmentations === 0;
  }
}

/** A hash of the pixels of all segments. @param {Segmentation | undefined} segmentation */
function contentOf(segmentation) {
  let hash = 0x811c9dc5;
  for (const id of segmentation?.representationData?.Labelmap?.imageIds ?? []) {
    /** @type {ArrayLike<number>} */
    const pixels = /** @type {any} */ (globalThis).cornerstone?.cache.getImage(id)?.getPixelData() ?? [];
    for (let at = 0; at < pixels.length; at += 1)
      hash = Math.imul(hash ^ /** @type {number} */ (pixels[at]), 0x01000193);
  }
  return hash;
}

/** A text that changes when a report would say something else of the measurement, and not when it is shown in another way.  @param {Measurement} measurement */
function markOf({ label, points, type, referencedImageId, finding, site }) {
  // OHIF computes places again when it draws.
  const places = points?.map((point) => Array.from(point, (value) => Math.round(value * 100)));
  return JSON.stringify([type, label || '', places, referencedImageId, finding, site]);
}

/**
 * The question that the user is asked before measurements and segmentations are lost.
 * @param {{ measurements: number, segmentations: number }} count
 */
export function question(count) {
  return `${notStoredYet(count)} Leave the study?`;
}

/** @param {{ measurements: number, segmentations: number }} count @returns {string} a sentence */
export function notStoredYet({ measurements, segmentations }) {
  const named = [...counted(measurements, 'measurement'), ...counted(segmentations, 'segmentation')];
  return `${named.join(' and ')} ${measurements + segmentations === 1 ? 'is' : 'are'} not stored.`;
}

/** @param {number} number @param {string} noun */
function counted(number, noun) {
  return number === 0 ? [] : [`${number} ${noun}${number === 1 ? '' : 's'}`];
}
