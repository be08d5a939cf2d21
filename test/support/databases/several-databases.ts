import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, vi } from 'vitest';
import { createApp } from '../../../src/app';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { WHOLE } from '../../../src/archive/visibility';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { empty, migrateDatabase } from '../archive/with-archive';
import { multipart, ORIGIN } from '../clients/archive-client';
import { silentQueue } from '../platform/bindings';
import { asInvocation, withinLimits } from '../platform/production-limits';
import { rowsRead } from '../platform/rows-read';

/** One isolate of a deployment whose archive has some databases. */
export interface SpanningClient {
  readonly archive: Archive;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  store(files: readonly Uint8Array[]): Promise<Response>;
  /** Rows that D1 has read for this client. */
  rows(): number;
}

const bindings = env as unknown as Record<string, D1Database>;

/** The databases of the archive `many`, and the one of the archive `one`, which is its own. */
export const DATABASES = { many: ['DB', 'DB2', 'DB3'], one: ['DB_ALONE'] } as const;

/** A database by the name of its binding. */
export function databaseOf(name: string): D1Database {
  return bindings[name]!;
}

/** Brings all databases to the current schema. */
export async function migrateAll(): Promise<void> {
  for (const name of [...DATABASES.many, ...DATABASES.one]) {
    await migrateDatabase(databaseOf(name));
  }
}

/**
 * @param databases names of bindings, in the order of their numbers
 * @param over puts something between the archive and the platform
 */
export function spanningClient(
  databases: readonly string[],
  variables: Record<string, string> = {},
  viewpoint = WHOLE,
  over: (real: ArchiveBindings) => ArchiveBindings = (real) => real,
): SpanningClient {
  const [database, ...others] = databases.map((name) => bindings[name]!);
  const meter = rowsRead();
  const real: ArchiveBindings = { database: database!, others, bucket: env.BUCKET, queue: silentQueue };
  const ofArchive = over(meter.over(withinLimits(real)));
  // Two archives that share the bucket.
  const name = databases[0] === DATABASES.one[0] ? 'one' : 'many';
  const archive = openArchive(name, ofArchive);
  const app = createApp(() => archive.confinedTo(viewpoint), { begin: () => beginArchive(archive, Date.now()) });
  const settings = { ...env, ALLOW_ANONYMOUS: 'true', DUPLICATES: 'replace', FRAME_COPIES: 'none', ...variables };
  const fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    const context = createExecutionContext();
    return await asInvocation(async () => {
      const response = await app.fetch(new Request(ORIGIN + path, init), settings as unknown as Env, context);
      const body = response.body === null ? null : await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return new Response(body, response);
    });
  };
  return {
    archive,
    fetch,
    store: (files) => fetch('/dicomweb/studies', { method: 'POST', ...multipart(files) }),
    rows: meter.read,
  };
}

/** Each test of a file gets empty databases and an empty bucket. What it logs as an error is not shown. */
export function withDatabases(): void {
  beforeEach(async () => {
    await migrateAll();
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await empty();
  }, 120_000);
}
