import { PAGING_MS } from '../../archive/search/paging';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { retrying } from '../statements/retries';
import { CLAIM, DATES, type DatesOfDatabase, FIND, KEEP_COUNT, KNOW_DATES, MOVES, WIDEN } from './directory-sql';
import { PLACES } from './places';

/**
 * Milliseconds from the moment when the dates of a database are first noted until they count: requests of a Worker that did not
 * note them have ended by then, and the hourly run has looked again.
 */
const NOTED_MS = 3 * 60 * 60 * 1000;

/** An oldest date of a database without dates: later than all. */
const NO_OLDEST = '99999999';

interface PlaceColumns {
  readonly uid: string;
  readonly number: number;
  readonly isMoving: number;
}

/** Study Instance UIDs by the number of the database in which their rows do not count. */
export type NotCounted = ReadonlyMap<number, readonly string[]>;

/** What a search needs to know of each of several databases. */
export interface Overview {
  readonly dates: ReadonlyMap<number, DatesOfDatabase>;
  readonly notCounted: NotCounted;
  /** The databases into which studies have come since the oldest mark of pages was made. */
  readonly movedIn: ReadonlySet<number>;
}

/**
 * Which of an archive's databases holds a study. A study that the directory does not name is in the first database, in
 * which the directory itself is kept. A new study gets a place in the newest database before it is stored there, so two
 * requests that store it at the same time store it in the same database. A place of a study that was never stored does no
 * harm.
 */
export class Directory {
  /**
   * @param archive the archive's name
   * @param database the first one
   * @param newest the number of the newest database
   */
  constructor(
    private readonly archive: string,
    private readonly database: StatementsOf,
    private readonly newest: number,
  ) {}

  /**
   * The databases of these studies, by Study Instance UID. A study that is not named is either in the first database or in none.
   */
  async find(studies: Iterable<string>): Promise<Map<string, number>> {
    const { found, unknown } = this.remembered(studies);
    for (const { json } of jsonChunks(unknown)) this.keep(await this.all<PlaceColumns>(FIND, json), found);
    return found;
  }

  /**
   * The databases in which these studies are to be stored. Also notes their dates for these databases: a request that reads
   * must not leave out a database because of its dates.
   */
  async claim(
    studies: readonly { studyInstanceUID: string; studyDate: string | null }[],
  ): Promise<Map<string, number>> {
    const { found, unknown } = this.remembered(studies.map(({ studyInstanceUID }) => studyInstanceUID));
    for (const { json } of jsonChunks(unknown)) {
      const session = this.database.withSession('first-primary');
      const [, places] = await retrying(() =>
        session.batch<PlaceColumns>([session.prepare(CLAIM).bind(json, this.newest), session.prepare(FIND).bind(json)]),
      );
      this.keep(places?.results ?? [], found);
    }
    const dates = new Map<number, string[]>();
    for (const { studyInstanceUID, studyDate } of studies) {
      const number = found.get(studyInstanceUID) ?? 1;
      if (studyDate !== null) dates.set(number, [...(dates.get(number) ?? []), studyDate]);
    }
    for (const [number, of] of dates) await this.widen(number, of);
    return found;
  }

  /**
   * Gives a study that has no place a place in this database.
   * @returns the number of the study's database
   */
  async placeIn(studyInstanceUID: string, number: number): Promise<number> {
    const known = await this.find([studyInstanceUID]);
    if (known.has(studyInstanceUID) || number === 1) return known.get(studyInstanceUID) ?? 1;
    await this.all(CLAIM, JSON.stringify([studyInstanceUID]), number);
    return (await this.find([studyInstanceUID])).get(studyInstanceUID) ?? 1;
  }

  /** Notes that a database has these studies: the first database may have been put back to an earlier time. */
  async noteStudies(number: number, studies: readonly string[]): Promise<void> {
    for (const { json } of jsonChunks(studies)) await this.all(CLAIM, json, number);
  }

  /** Forgets what is remembered of the places of studies. */
  forget(studies: Iterable<string>): void {
    for (const uid of studies) PLACES.forget(this.archive, uid);
  }

  /** Notes that studies of a database have, or will have, these dates. */
  async widen(number: number, dates: readonly string[]): Promise<void> {
    if (dates.length === 0) return;
    const sorted = dates.toSorted();
    const [oldest, newest] = [sorted[0]!, sorted.at(-1)!];
    const known = PLACES.datesOf(this.archive, number);
    if (known !== undefined && known.oldest <= oldest && known.newest >= newest) return;
    await this.all(WIDEN, number, oldest, newest);
    PLACES.rememberDates(this.archive, {
      number,
      oldest: known === undefined || oldest < known.oldest ? oldest : known.oldest,
      newest: known === undefined || newest > known.newest ? newest : known.newest,
    });
  }

  /**
   * Notes the dates that a database has now, or that it has none. From then on all its dates are noted.
   * @param now milliseconds since 1970
   */
  async noteDates(number: number, dates: readonly string[], now: number): Promise<void> {
    if (dates.length > 0) await this.widen(number, dates);
    else await this.all(WIDEN, number, NO_OLDEST, '');
    await this.all(KNOW_DATES, number, now);
  }

  /** Notes how many databases the archive has. From then on it is not complete without them. */
  async keepCount(count: number): Promise<void> {
    await this.all(KEEP_COUNT, count);
  }

  /** The dates of databases, by their numbers, as far as they are known, and the studies that move. */
  async overview(): Promise<Overview> {
    const now = Date.now();
    const session = this.database.withSession('first-primary');
    const statements = [session.prepare(DATES).bind(now - NOTED_MS), session.prepare(MOVES).bind()];
    const [rows, moves] = await retrying(() => session.batch<DateColumns & { readonly uid: string }>(statements));
    const dates = new Map<number, DatesOfDatabase>();
    const movedIn = new Set<number>();
    for (const { number, oldest, newest, isKnown, movedInAt } of rows?.results ?? []) {
      PLACES.rememberDates(this.archive, { number, oldest, newest });
      if (isKnown === 1) dates.set(number, { number, oldest, newest });
      if (movedInAt >= now - 2 * PAGING_MS) movedIn.add(number);
    }
    return { dates, notCounted: notCountedIn(moves?.results ?? []), movedIn };
  }

  /** The studies that have rows which do not count. */
  async notCounted(): Promise<NotCounted> {
    return notCountedIn(await this.all<{ uid: string; number: number }>(MOVES));
  }

  private remembered(studies: Iterable<string>): { found: Map<string, number>; unknown: string[] } {
    const found = new Map<string, number>();
    const unknown: string[] = [];
    for (const uid of new Set(studies)) {
      const number = PLACES.of(this.archive, uid);
      if (number === undefined) unknown.push(uid);
      else found.set(uid, number);
    }
    return { found, unknown };
  }

  private keep(places: readonly PlaceColumns[], found: Map<string, number>): void {
    for (const { uid, number, isMoving } of places) {
      found.set(uid, number);
      if (isMoving === 0) PLACES.remember(this.archive, uid, number);
    }
  }

  private async all<Row>(sql: string, ...values: (string | number)[]): Promise<Row[]> {
    const statement = this.database
      .withSession('first-primary')
      .prepare(sql)
      .bind(...values);
    return (await retrying(() => statement.all<Row>())).results;
  }
}

interface DateColumns extends DatesOfDatabase {
  readonly isKnown: number;
  readonly movedInAt: number;
}

/** The rows of MOVES by their numbers. */
export function notCountedIn(moves: readonly { readonly uid: string; readonly number: number }[]): NotCounted {
  const some = new Map<number, string[]>();
  for (const { uid, number } of moves) some.set(number, [...(some.get(number) ?? []), uid]);
  return some;
}
