import type { Archive } from '../../archive/ports';
import { UnavailableError } from '../../archive/unavailable';
import type { DatabaseAllowance, DatabaseIndex, DatabaseStatus } from '../index/database-index';
import { forEach } from './at-once';
import type { Directory } from './directory';
import type { Fences } from './move/fences';
import type { NumberedRow } from './row-numbers';

/** An archive of one database, as an archive of several uses it. */
export interface OneDatabase extends Omit<Archive, 'index' | 'status' | 'allowance' | 'confinedTo'> {
  readonly index: DatabaseIndex;
  readonly status: DatabaseStatus;
  readonly allowance?: DatabaseAllowance;
  confinedTo(...viewpoint: Parameters<Archive['confinedTo']>): OneDatabase;
}

/** The databases of one archive, as a principal sees them. */
export class Span {
  /**
   * @param databases in the order of their numbers
   * @param look throws when one of them does not belong to the archive; gives the databases as they are seen now, if that has
   * changed
   */
  constructor(
    public databases: readonly OneDatabase[],
    readonly directory: Directory,
    private readonly fences: Pick<Fences, 'passing'>,
    private readonly look: () => Promise<readonly OneDatabase[] | undefined>,
  ) {}

  private async check(): Promise<void> {
    this.databases = (await this.look()) ?? this.databases;
  }

  /** The first database. It also has all that does not belong to a study. */
  get first(): OneDatabase {
    return this.databases[0]!;
  }

  /** @param number from 1 */
  at(number: number): OneDatabase {
    const found = this.databases[number - 1];
    if (found === undefined) throw new UnavailableError(`database ${number} of the archive is not bound`);
    return found;
  }

  /** The numbers of all databases, the newest first. */
  get numbers(): readonly number[] {
    return this.databases.map((_, at) => this.databases.length - at);
  }

  /** The number of a study's database; 1 when there is no such study. */
  async numberOf(studyInstanceUID: string): Promise<number> {
    await this.check();
    return (await this.directory.find([studyInstanceUID])).get(studyInstanceUID) ?? 1;
  }

  /** The database of a study; the first one when there is no such study. */
  async of(studyInstanceUID: string): Promise<OneDatabase> {
    return this.at(await this.numberOf(studyInstanceUID));
  }

  /** Records by the numbers of the databases of their studies, in their order. */
  async byDatabase<Of extends { readonly studyInstanceUID: string }>(
    records: readonly Of[],
  ): Promise<Map<number, Of[]>> {
    await this.check();
    const places = await this.directory.find(records.map(({ studyInstanceUID }) => studyInstanceUID));
    return Map.groupBy(records, ({ studyInstanceUID }) => places.get(studyInstanceUID) ?? 1);
  }

  /** Does the same in each database, some at the same time. @returns the results in the order of the numbers */
  async each<Result>(work: (database: OneDatabase, number: number) => Promise<Result>): Promise<Result[]> {
    await this.check();
    return await forEach([...this.databases.keys()], (at) => work(this.databases[at]!, at + 1));
  }

  /**
   * Asks one database after the other, the oldest first, until there is enough.
   * @param work its argument `limit` is how many are still wanted
   */
  async fill<Item>(
    limit: number,
    work: (database: OneDatabase, limit: number, number: number) => Promise<readonly Item[]>,
    from = 1,
  ): Promise<Item[]> {
    await this.check();
    const found: Item[] = [];
    for (let number = from; number <= this.databases.length && found.length < limit; number += 1) {
      found.push(...(await work(this.at(number), limit - found.length, number)));
    }
    return found;
  }

  /**
   * Makes a change of a study in its database. Where the study is about to move, the change goes before the move.
   * @param change changes all that it changes in one transaction
   */
  async changing<Result>(
    studyInstanceUID: string,
    change: (database: OneDatabase, number: number) => Promise<Result>,
  ): Promise<Result> {
    return await this.passing([studyInstanceUID], async () => {
      const number = await this.numberOf(studyInstanceUID);
      return await change(this.at(number), number);
    });
  }

  /** Makes a change of several studies, before moves of them. @param change looks up the places of its studies itself */
  async passing<Result>(studies: readonly string[], change: () => Promise<Result>): Promise<Result> {
    return await this.fences.passing(studies, change);
  }

  /**
   * Rows of studies of all databases from a row on, the oldest database first. Those that do not count where they are, because
   * their study moves, are left out.
   * @param work returns rows after one of them; fewer than it was asked for are the last ones
   */
  async counted<Row extends { readonly studyInstanceUID: string }>(
    from: NumberedRow,
    limit: number,
    work: (database: OneDatabase, after: number, limit: number) => Promise<readonly Row[]>,
    rowOf: (row: Row) => number,
  ): Promise<{ row: Row; number: number }[]> {
    await this.check();
    const notCounted = await this.directory.notCounted();
    const found: { row: Row; number: number }[] = [];
    for (let { number, row: after } = from; number <= this.databases.length; number += 1, after = 0) {
      const hidden = new Set(notCounted.get(number));
      for (;;) {
        const wanted = limit - found.length;
        if (wanted <= 0) return found;
        const rows = await work(this.at(number), after, wanted);
        for (const row of rows) if (!hidden.has(row.studyInstanceUID)) found.push({ row, number });
        if (rows.length < wanted) break;
        after = rowOf(rows.at(-1)!);
      }
    }
    return found;
  }

  /** Learns which databases there are. Call it before work that uses `databases` and no other method. */
  async ready(): Promise<void> {
    await this.check();
  }
}
