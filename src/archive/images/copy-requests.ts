import type { SeriesIdentity } from '../identities';

/**
 * Milliseconds for which a series counts as asked for. The queue holds the message back for longer, so its run also
 * copies the frames of instances that are stored in this time.
 */
const ASKED_MS = 10_000;

/** Series that are remembered at most. */
const REMEMBERED = 1000;

/**
 * The series for which this isolate has recently asked for copies of the frames, so that it asks for each of them once.
 */
export class CopyRequests {
  private readonly asked = new Map<string, number>();

  /**
   * Chooses the series for which copies are requested now.
   * @param archive its name
   * @param series to which instances were stored; a series may occur several times
   * @param now milliseconds since 1970
   * @returns the series to ask for now
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
