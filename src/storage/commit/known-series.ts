import type { SeriesIdentity } from '../../archive/identities';

/** Series that an isolate remembers. */
const REMEMBERED = 500;

/**
 * Series that this isolate has stored to of late. They are most likely still there: a commit to them need not carry the
 * description of study and series once more. Only likely: the commit itself shows when one of them is gone.
 */
export class KnownSeries {
  private readonly keys = new Set<string>();

  hasAll(series: readonly SeriesIdentity[]): boolean {
    return series.every((each) => this.keys.has(keyOf(each)));
  }

  remember(series: readonly SeriesIdentity[]): void {
    for (const each of series) {
      this.keys.delete(keyOf(each));
      this.keys.add(keyOf(each));
    }
    for (const oldest of this.keys) {
      if (this.keys.size <= REMEMBERED) break;
      this.keys.delete(oldest);
    }
  }

  forget(series: readonly SeriesIdentity[]): void {
    for (const each of series) this.keys.delete(keyOf(each));
  }
}

function keyOf({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity): string {
  return `${studyInstanceUID}/${seriesInstanceUID}`;
}
