import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { Archive } from '../../../src/archive/ports';
import { rebuildStep } from '../../../src/archive/snapshot/rebuild';
import { takeSnapshots } from '../../../src/archive/snapshot/take-snapshots';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { PLACES } from '../../../src/storage/shards/places';
import { otherDatabases } from '../platform/bindings';

/** New databases, as a deployment has them when its own are lost. */
export async function loseDatabase(): Promise<void> {
  PLACES.drop();
  for (const database of DATABASES) await emptyDatabase(database);
}

/** All databases of the archive. */
export const DATABASES = [env.DB, ...otherDatabases()];

async function emptyDatabase(database: D1Database): Promise<void> {
  const { results } = await database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_cf_%' AND name <> 'd1_migrations'",
    )
    .all<{ name: string }>();
  const triggers = await database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all<{ name: string; sql: string }>();
  await database.batch([
    database.prepare('PRAGMA defer_foreign_keys = ON'),
    ...triggers.results.map(({ name }) => database.prepare(`DROP TRIGGER ${name}`)),
    ...results.map(({ name }) => database.prepare(`DELETE FROM ${name}`)),
    database.prepare('INSERT INTO archive_total (id) VALUES (1)'),
    ...triggers.results.map(({ sql }) => database.prepare(sql)),
  ]);
}

/** Copies the rows of all changed studies into the bucket. */
export async function allSnapshots(archive: Archive, now = Date.now()): Promise<void> {
  while ((await takeSnapshots(archive, now)).more);
}

/** Rebuilds the index from the bucket to the end. */
export async function rebuild(archive: Archive): Promise<void> {
  for (
    let steps = 0;
    (await rebuildStep(archive, { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES }, Date.now())).finishedAt === undefined;
    steps += 1
  ) {
    expect(steps).toBeLessThan(1000);
  }
}
