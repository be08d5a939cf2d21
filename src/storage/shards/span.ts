import type { Archive } from '../../archive/ports';
import { UnavailableError } from '../../archive/unavailable';
import type { DatabaseIndex } from '../database-index';
import { forEach } from './at-once';
import type { Directory } from './directory';

/** An archive of one database, as an archive of several uses it. */
export interface OneDatabase extends Omit<Archive, 'index' | 'confinedTo'> {
  readonly index: DatabaseIndex;
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
    private readonly look: () => Promise<readonly OneDatabase[] | undefined>,
  ) {}

  private async check(): Promise<void> {
    this.databases = (await this.look()) ?? this.databases;
  }

  /** It also has all that does not belong to a study. */
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

  /** As `check`, for work that does not go by one of the other methods. */
  async ready(): Promise<void> {
    await this.check();
  }
}
