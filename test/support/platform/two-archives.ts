import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createApp } from '../../../src/app';
import { openArchive } from '../../../src/storage/open-archive';
import { migrateDatabase } from '../archive/with-archive';
import { ORIGIN } from '../clients/archive-client';
import { endedInTime } from '../clients/unended-work';
import { testBindings } from './bindings';
import { asInvocation, withinLimits } from './production-limits';

type Variables = Readonly<Record<string, unknown>>;

/** A client of one isolate of a deployment with its own archive and the archive `north`, which share a bucket. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** The database of the archive `north`. */
export function northDatabase(): D1Database {
  return (env as unknown as { DB_NORTH: D1Database }).DB_NORTH;
}

/** Brings the database of the archive `north` to the current schema. */
export async function migrateNorth(): Promise<void> {
  await migrateDatabase(northDatabase());
}

/**
 * @param variables the deployment's settings
 * @param settled whether an answer is given when the work after it is done too
 */
export function twoArchives(variables: Variables = {}, settled = true): Fetch {
  const bindings = testBindings();
  const north = withinLimits({ ...bindings, database: northDatabase() });
  const app = createApp((_env, name) => {
    if (name === 'north') return openArchive('north', north, 'archives/north/');
    return name === 'default' ? openArchive('', bindings) : undefined;
  });
  const settings = { ...env, ALLOW_ANONYMOUS: 'true', ARCHIVES: { north: {} }, ...variables } as unknown as Env;
  return async (path, init) => {
    const context = endedInTime(createExecutionContext());
    return await asInvocation(async () => {
      const response = await app.fetch(new Request(ORIGIN + path, init), settings, context);
      const body = response.body === null ? null : await response.arrayBuffer();
      if (settled) await waitOnExecutionContext(context);
      return new Response(body, response);
    });
  };
}
