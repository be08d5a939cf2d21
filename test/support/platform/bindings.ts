import { env } from 'cloudflare:workers';
import { DEFAULT_ARCHIVE } from '../../../src/access/role';
import { furtherDatabases } from '../../../src/deployment';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { withinLimits } from './production-limits';
import { replacing } from './replacing';

/** Messages that a queue takes in one call. */
const MOST_MESSAGES = 100;

/**
 * A queue whose messages are not delivered. The real one delivers them up to 15 seconds later, to a Worker that would then
 * work on the archive of another test; tests of what a message does deliver it by hand.
 */
export const silentQueue: Queue = replacing(env.COMPACTION, {
  send: async () => undefined,
  sendBatch: async (messages: Iterable<unknown>) => {
    const { length } = [...messages];
    if (length === 0 || length > MOST_MESSAGES) throw new Error(`a queue does not take ${length} messages in a call`);
  },
});

/** The databases of the test's archive beside the first: none, except in the project `databases` (vitest.config.mts). */
export function otherDatabases(): D1Database[] {
  return furtherDatabases({ ...env } as unknown as Record<string, D1Database>, DEFAULT_ARCHIVE);
}

/** All databases of the test's archive: a study is in one of them. */
export function allDatabases(): D1Database[] {
  return [env.DB, ...otherDatabases()];
}

/** Runs a statement in all databases. @returns the rows of all */
export async function everywhere<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]> {
  const found: Row[] = [];
  for (const database of allDatabases()) {
    const { results } = await database
      .prepare(sql)
      .bind(...values)
      .all<Row>();
    found.push(...results);
  }
  return found;
}

/** For tests of what one database is asked: an archive in several asks its directory too, which test/databases looks at. */
export const isOneDatabase = otherDatabases().length === 0;

/** Round trips to D1 of the first store of an isolate: several databases are looked at once, and give the study a place. */
export const FIRST_STORE = isOneDatabase ? 1 : allDatabases().length + 3;

/** The test's bindings without limits. */
export function plainBindings(): ArchiveBindings {
  const others = otherDatabases();
  return { database: env.DB, bucket: env.BUCKET, queue: silentQueue, ...(others.length > 0 && { others }) };
}

/** The test's bindings within production's limits. The code under test must get these. */
export function testBindings(): ArchiveBindings {
  return withinLimits(plainBindings());
}
