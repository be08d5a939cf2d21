import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { PLACES } from '../../../src/storage/shards/places';
import { otherDatabases } from '../platform/bindings';
import '../equal-bytes';
import { workEnded } from '../clients/unended-work';
import { deleteRows, migrateEmpty } from '../databases/migrated';
import { endLog, keepLog } from '../kept-log';
import { forgetWrites } from '../platform/limited-bucket';
import { forgetValues } from '../platform/limited-database';

type Begin = () => unknown;

/** Done when the archive of the test before is gone: also where that takes longer than the runner waits for a hook. */
let emptied: Promise<void> = Promise.resolve();

/** Empties databases and bucket, also when that failed before. */
export function empty(): Promise<void> {
  emptied = emptied.then(emptyAll, emptyAll);
  return emptied;
}

/** What a test left is deleted. Where that is much, or is in the schema, everything is made again, which takes longer. */
async function emptyAll(): Promise<void> {
  await workEnded();
  const bindings: unknown[] = Object.values(env);
  if (otherDatabases().length > 0) await env.DB.prepare('DROP TRIGGER IF EXISTS spread').run();
  const emptied = await Promise.all([
    ...bindings
      .filter(isDatabase)
      .filter((database) => used.has(database))
      .map(deleteRows),
    ...bindings.filter(isBucket).map(deleteObjects),
  ]);
  if (emptied.includes(false)) await resetAll();
  forgetWrites();
  forgetValues();
  PLACES.drop();
}

/** Databases that have a schema. */
const used = new Set<D1Database>();

/** @returns whether the bucket is empty now */
async function deleteObjects(bucket: R2Bucket): Promise<boolean> {
  const { objects, truncated } = await bucket.list();
  if (truncated) return false;
  if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
  return true;
}

/**
 * Removes databases, buckets, queues and counters. The runtime unloads a database or a bucket that has had nothing to do for
 * ten seconds, and a reset empties only what is loaded. So each is asked for something first.
 */
export async function resetAll(): Promise<void> {
  const bindings: unknown[] = Object.values(env);
  await Promise.all([
    ...bindings.filter(isDatabase).map((database) => database.prepare('SELECT 1').run()),
    ...bindings.filter(isBucket).map((bucket) => bucket.head('none')),
  ]);
  await reset();
  used.clear();
}

function isDatabase(binding: unknown): binding is D1Database {
  return binding?.constructor.name === 'D1Database';
}

function isBucket(binding: unknown): binding is R2Bucket {
  return binding?.constructor.name === 'R2Bucket';
}

/**
 * Gives each test of the file, or of the `describe` block, an empty database with the current schema and an empty bucket.
 * @param begin is run before each test, after that
 */
export function withArchive(begin?: Begin): void {
  withKeptLog();
  beforeEach(async () => {
    await emptied;
    await migrate();
    await begin?.();
  });
  afterEach(empty);
}

/** Like withArchive(), but all tests share what `begin` has stored: for tests that only read. */
export function withSharedArchive(begin?: Begin): void {
  beforeAll(async () => {
    await emptied;
    await migrate();
    keepLog();
    let isDone = false;
    try {
      await begin?.();
      isDone = true;
    } finally {
      endLog(!isDone);
    }
  });
  withKeptLog();
  afterAll(empty);
}

/** What a test logs is shown when it fails. */
function withKeptLog(): void {
  beforeEach(keepLog);
  afterEach(({ task }) => endLog(task.result?.state === 'fail'));
}

/** Empties database and bucket in the middle of a test. */
export async function emptyArchive(): Promise<void> {
  await empty();
  await migrate();
}

/** Brings the test's databases, which are empty, to the current schema. */
async function migrate(): Promise<void> {
  const others = otherDatabases();
  for (const database of [env.DB, ...others]) await migrateDatabase(database);
  if (others.length > 0) await spreadStudies(env.DB, others.length + 1);
}

/** Brings a database without rows to the current schema, until the archives are emptied. */
export async function migrateDatabase(database: D1Database): Promise<void> {
  await migrateEmpty(database);
  used.add(database);
}

/**
 * Spreads new studies over all databases, in place of the newest one: the Worker follows what the directory says of a study
 * once it has asked for a place.
 */
async function spreadStudies(first: D1Database, count: number): Promise<void> {
  await first
    .prepare(
      `CREATE TRIGGER spread AFTER INSERT ON study_place BEGIN
        UPDATE study_place SET database = 1 + (unicode(substr(study_instance_uid, -1)) + length(study_instance_uid)) % ${count}
        WHERE study_instance_uid = NEW.study_instance_uid;
      END`,
    )
    .run();
}
