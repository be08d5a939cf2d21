import type { SeriesIdentity } from '../identities';

/** Shorter than what a request waits in the queue: what arrives after it was made is copied by it too. */
const ASKED_MS = 10_000;

/** Series that are remembered. */
const REMEMBERED = 1000;

/** The series that this isolate has asked to copy the frames of lately, so that each is asked for once. */
export class CopyRequests {
  private readonly asked = new Map<string, number>();

  /**
   * @param archive its name
   * @param series stored to, repeatedly perhaps
   * @param now milliseconds since 1970
   * @returns those to be asked for now
   */
  due(archive: string, series: readonly SeriesIdentity[], now: number): readonly SeriesIdentity[] {
    const wanted = new Map<string, SeriesIdentity>();
    for (const one of series) {
      const key = `${archive}\n${one.studyInstanceUID}\n${one.seriesInstanceUID}`;
      if ((this.asked.get(key) ?? Number.NEGATIVE_INFINITY) + ASKED_MS <= now) wanted.set(key, one);
    }
    if (this.asked.size + wanted.size > REMEMBERED) this.asked.clear();
    for (const key of wanted.keys()) this.asked.set(key, now);
    return [...wanted.values()];
  }
}
