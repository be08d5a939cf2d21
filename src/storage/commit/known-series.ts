import type { SeriesIdentity } from '../../archive/identities';

/** Series that an isolate remembers. */
const REMEMBERED = 500;

/**
 * Series to which this isolate has stored recently. They very probably still exist, so a commit to them need not contain
 * the description of study and series again. If one of them no longer exists, the commit itself shows it.
 */
export class KnownSeries {
  private readonly keys = new Set<string>();

  /**
   * Whether the isolate remembers all of these series.
   * @param principal that has stored to them: a description notes it too
   */
  hasAll(series: readonly SeriesIdentity[], principal: string): boolean {
    return series.every((each) => this.keys.has(keyOf(each, principal)));
  }

  /** Remembers series. */
  remember(series: readonly SeriesIdentity[], principal: string): void {
    for (const each of series) {
      this.keys.delete(keyOf(each, principal));
      this.keys.add(keyOf(each, principal));
    }
    for (const oldest of this.keys) {
      if (this.keys.size <= REMEMBERED) break;
      this.keys.delete(oldest);
    }
  }

  /** Forgets series. */
  forget(series: readonly SeriesIdentity[], principal: string): void {
    for (const each of series) this.keys.delete(keyOf(each, principal));
  }
}

function keyOf({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity, principal: string): string {
  return `${studyInstanceUID}/${seriesInstanceUID} ${principal}`;
}
