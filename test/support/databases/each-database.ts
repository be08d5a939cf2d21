import type { ArchiveBindings } from '../../../src/storage/open-archive';

/** The bindings of an archive's databases, as the Worker finds them. */
export function databaseBindings({ database, others = [] }: ArchiveBindings): Record<string, D1Database> {
  return { DB: database, ...Object.fromEntries(others.map((other, at) => [`DB${at + 2}`, other])) };
}

/** Bindings whose databases are replaced, all in the same way. */
export function withDatabases(
  bindings: ArchiveBindings,
  replaced: (database: D1Database) => D1Database,
): ArchiveBindings {
  const { database, others } = bindings;
  return { ...bindings, database: replaced(database), ...(others && { others: others.map(replaced) }) };
}
