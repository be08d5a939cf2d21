import { RecentValues } from '../../archive/retrieve/recent-values';
import type { DatesOfDatabase } from './directory-sql';

/** Bytes of places that an isolate keeps: those of some 10,000 studies. */
const PLACES_BYTES = 2 * 1024 * 1024;

/** Bytes of memory that a place takes beside its key, roughly. */
const BYTES_PER_PLACE = 120;

/**
 * Milliseconds for which a study is believed to be in a database: it can be moved, and one in the first database can be purged and
 * stored again in another one. CLAIM_MS in archive/moves/move-studies.ts is longer.
 */
export const PLACE_MS = 60 * 1000;

interface Place {
  readonly number: number;
  readonly until: number;
}

/** What an isolate remembers of the directories of its archives: see Directory. */
class Places {
  private readonly kept = new RecentValues<Place>();
  private readonly dates = new Map<string, DatesOfDatabase>();
  private readonly checked = new Set<string>();

  /** Bytes of memory that the places take, roughly. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /** Forgets everything. */
  drop(): void {
    this.kept.drop();
    this.dates.clear();
    this.checked.clear();
  }

  /** The number of a study's database, if it is remembered. */
  of(archive: string, studyInstanceUID: string): number | undefined {
    const found = this.kept.use(`${archive}\n${studyInstanceUID}`);
    return found === undefined || found.until <= Date.now() ? undefined : found.number;
  }

  remember(archive: string, studyInstanceUID: string, number: number): void {
    const key = `${archive}\n${studyInstanceUID}`;
    this.kept.keep(key, { number, until: Date.now() + PLACE_MS }, BYTES_PER_PLACE + 2 * key.length);
    this.kept.shrinkTo(PLACES_BYTES);
  }

  forget(archive: string, studyInstanceUID: string): void {
    this.kept.forget(`${archive}\n${studyInstanceUID}`);
  }

  /** The range of dates that a database may have. It may be old, but a range never shrinks. */
  datesOf(archive: string, number: number): DatesOfDatabase | undefined {
    return this.dates.get(`${archive}\n${number}`);
  }

  rememberDates(archive: string, dates: DatesOfDatabase): void {
    this.dates.set(`${archive}\n${dates.number}`, dates);
  }

  /** Whether this many databases were seen to belong to the archive. */
  isChecked(archive: string, count: number): boolean {
    return this.checked.has(`${archive}\n${count}`);
  }

  rememberChecked(archive: string, count: number): void {
    this.checked.add(`${archive}\n${count}`);
  }
}

/** The places that the isolate knows: all requests and the work in the background share them. */
export const PLACES = new Places();
