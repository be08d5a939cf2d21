import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

/** Brings the test's database to the current schema; again after each reset(). */
export async function migrate(): Promise<void> {
  const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: D1Migration[] };
  await applyD1Migrations(DB, MIGRATIONS);
}
