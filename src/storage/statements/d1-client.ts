import type { IndexCopies } from '../../archive/index-copies';
import { retrying } from './retries';

/**
 * Which copy of a database may answer a statement. `first-primary`: only the primary. It does all writes and always has
 * all of them. Every decision about access, deletion, quotas, retention or commitment asks it. `first-unconstrained`: also
 * a read replica that is recent enough (D1 read replication).
 */
export type From = 'first-primary' | 'first-unconstrained';

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Runs it alone. */
  all<Row>(): Promise<D1Result<Row>>;
}

/** What the adapters use of a session with the database. */
export interface Statements {
  /** The statement runs only after `bind`, with or without values. */
  prepare(sql: string): { bind(...values: unknown[]): Statement };
  /** Runs statements as one transaction, in one round trip. */
  batch<Row>(statements: readonly Statement[]): Promise<D1Result<Row>[]>;
}

/** What the adapters use of a database. Each call says which copies may answer. */
export interface StatementsOf {
  withSession(from: From): Statements;
}

/**
 * Milliseconds. A replica answers only if it has every write that the primary had this long ago. So a deletion or a change
 * becomes visible within this time.
 */
export const BEHIND_MS = 10_000;

/** Milliseconds after which the primary is asked again in the background, so that no request waits for it. */
const RENEW_MS = 5_000;

/**
 * One D1 database, as an isolate uses it. The client keeps the newest bookmark that it has got from the database, and no statement
 * is answered by a copy that is older. So an isolate never sees an earlier state after a later one, and sees all that it wrote.
 */
export class D1Client implements StatementsOf, IndexCopies {
  /** The state of the database that was seen last. Bookmarks of later states are greater texts. */
  #bookmark = '';
  /** `#bookmark` has everything that was acknowledged before this time, milliseconds since 1970. */
  #since = Number.NEGATIVE_INFINITY;
  /** A replica has answered. Otherwise the database has none. */
  #hasReplicas = false;
  #isDue = false;

  /** @param count gets the number of statements of each call */
  constructor(
    private readonly database: D1Database,
    private readonly count: (statements: number) => void = () => undefined,
  ) {}

  withSession(from: From): Statements {
    return sessionOf((work) => this.#run(from, work), this.count);
  }

  /**
   * The primary, without effect on `#bookmark`. For writes that concern no study and come with every read, such as the
   * record of who did what: reads need not wait until a replica has them.
   */
  readonly apart: StatementsOf = {
    withSession: () => sessionOf((work) => work(this.database.withSession('first-primary')), this.count),
  };

  get bookmark(): string {
    return this.#bookmark;
  }

  covers(bookmark: string): boolean {
    return bookmark <= this.#bookmark;
  }

  renewal(): Promise<void> | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    return this.catchUp();
  }

  async catchUp(): Promise<void> {
    if (!this.#hasReplicas) return;
    await retrying(() => this.withSession('first-primary').prepare('SELECT 1').bind().all());
  }

  /**
   * Each round trip has a session of its own: in a D1 session, only the first round trip certainly goes to the primary.
   */
  async #run<T>(from: From, work: (session: D1DatabaseSession) => Promise<T>): Promise<T> {
    const now = Date.now();
    const isNear = from === 'first-unconstrained' && now - this.#since < BEHIND_MS && this.#bookmark !== '';
    if (isNear && this.#hasReplicas && now - this.#since >= RENEW_MS) this.#isDue = true;
    const session = this.database.withSession(isNear ? this.#bookmark : 'first-primary');
    try {
      const results = await work(session);
      this.#note(session.getBookmark() ?? '', isNear ? undefined : now);
      if (isNear && [results].flat().some((result) => (result as D1Result).meta.served_by_primary === false))
        this.#hasReplicas = true;
      return results;
    } catch (error) {
      // The copy may be the cause, so the next attempt goes to the primary.
      if (isNear) this.#since = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  #note(bookmark: string, asked: number | undefined): void {
    if (bookmark > this.#bookmark) this.#bookmark = bookmark;
    if (asked !== undefined && bookmark !== '' && asked > this.#since) this.#since = asked;
  }
}

function sessionOf(
  run: <T>(work: (session: D1DatabaseSession) => Promise<T>) => Promise<T>,
  count: (statements: number) => void,
): Statements {
  const bound = (session: D1DatabaseSession, { sql, values }: Pick<Statement, 'sql' | 'values'>) =>
    session.prepare(sql).bind(...values);
  return {
    prepare: (sql) => ({
      bind: (...values) => ({
        sql,
        values,
        all: <Row>() => {
          count(1);
          return run((session) => bound(session, { sql, values }).all<Row>());
        },
      }),
    }),
    batch: <Row>(statements: readonly Statement[]) => {
      count(statements.length);
      return run((session) => session.batch<Row>(statements.map((each) => bound(session, each))));
    },
  };
}

/** A database whose statements are always answered by the primary. */
export function primaryOf(database: StatementsOf): StatementsOf {
  return { withSession: () => database.withSession('first-primary') };
}

/**
 * Asks the nearest copy and, if it does not have what is looked for, the primary: a replica may not have yet what was stored a
 * moment ago.
 * @param isFound whether the primary need not be asked
 */
export async function nearest<Row>(
  database: StatementsOf,
  ask: (to: Statements) => Promise<readonly D1Result<Row>[]>,
  isFound: (rows: readonly Row[][]) => boolean,
): Promise<readonly Row[][]> {
  const results = await retrying(() => ask(database.withSession('first-unconstrained')));
  const rows = results.map((result) => result.results);
  if (isFound(rows) || results.every(isFromPrimary)) return rows;
  return (await retrying(() => ask(database.withSession('first-primary')))).map((result) => result.results);
}

function isFromPrimary({ meta }: D1Result): boolean {
  return meta.served_by_primary === true;
}
