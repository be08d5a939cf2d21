import { env } from 'cloudflare:workers';
import released from './released-archive.json';

/**
 * An archive as version 0.1.0 stored it: the rows that it wrote itself (those that triggers make are left out), its objects
 * in base64, and its answers to some requests, a character for each byte. It is fixed: every later version has to give the
 * same answers from it, once its migrations have run. One instance is replaced, one study is deleted.
 */
interface ReleasedArchive {
  /** Names of the migrations that this version had. */
  readonly migrations: readonly string[];
  /** By the names of tables, each after those that it refers to. */
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>>;
  readonly objects: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<string, { readonly status: number; readonly body: string }>>;
}

export const RELEASED: ReleasedArchive = released;

/** Fills the test's database, which must have the schema of that version and no rows, and its bucket. */
export async function putReleasedArchive(): Promise<void> {
  for (const [key, text] of Object.entries(RELEASED.objects)) {
    await env.BUCKET.put(
      key,
      Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
    );
  }
  const rows = Object.entries(RELEASED.tables).flatMap(([table, rows]) => rows.map((row) => ({ table, row })));
  await env.DB.batch(
    rows.map(({ table, row }) => {
      const names = Object.keys(row);
      const marks = names.map(() => '?').join(', ');
      return env.DB.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).bind(...Object.values(row));
    }),
  );
}
