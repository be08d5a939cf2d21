/*
 * What OHIF knows of a study is what the archive had when the page opened it first: OHIF keeps attributes and failures until the
 * page is loaded again. Here a study is read again each time it is opened, and what arrives after the user has left it is dropped.
 */

/**
 * A study whose attributes OHIF has.
 * @typedef {{ StudyInstanceUID: string, series?: { SeriesInstanceUID?: string, instances?: { SOPInstanceUID?: string }[] }[] }} Study
 */

/** What OHIF has read and can be read from the archive again. */
export class Fresh {
  /** @type {{ studies: Study[] } | undefined} */
  #store;
  /** @type {Map<string, unknown> | undefined} */
  #requests;
  /** How often the user has opened or left something. */
  #changes = 0;

  /**
   * Takes the list of the studies whose attributes OHIF has.
   * @template {{ studies: Study[] }} Store
   * @param {Store} store
   * @returns {Store} the same
   */
  ofStore(store) {
    this.#store = store;
    return store;
  }

  /**
   * Takes the requests that OHIF does not repeat, by the name of the archive and the study: `name:1.2.3`.
   * @template {Map<string, unknown>} Requests
   * @param {Requests} requests
   * @returns {Requests} the same
   */
  ofRequests(requests) {
    this.#requests = requests;
    return requests;
  }

  /**
   * Forgets the studies that came from the archive. Files that the user has opened from this computer stay: nothing else has them.
   * Pixels are dropped by OHIF itself, when it closes a study.
   */
  forget() {
    this.#changes += 1;
    const ids = [...(this.#requests?.keys() ?? [])];
    const uids = new Set(ids.map((id) => id.slice(id.lastIndexOf(':') + 1)));
    this.#requests?.clear();
    if (this.#store) this.#store.studies = this.#store.studies.filter((study) => !uids.has(study.StudyInstanceUID));
  }

  /** How many instances of each series OHIF has read, by Series Instance UID. @returns {Map<string, number>} */
  counts() {
    const series = (this.#store?.studies ?? []).flatMap((study) => study.series ?? []);
    return new Map(series.map(({ SeriesInstanceUID = '', instances = [] }) => [SeriesInstanceUID, instances.length]));
  }

  /** Whether OHIF has read a series, or an instance. @param {string} uid */
  has(uid) {
    return (this.#store?.studies ?? [])
      .flatMap(({ series = [] }) => series)
      .some(
        (one) => one.SeriesInstanceUID === uid || one.instances?.some(({ SOPInstanceUID }) => SOPInstanceUID === uid),
      );
  }

  /** Notes that the user has left what was open. */
  leave() {
    this.#changes += 1;
  }

  /** @returns {() => boolean} whether what is open now still is */
  opened() {
    const changes = this.#changes;
    return () => changes === this.#changes;
  }
}
