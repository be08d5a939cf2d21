import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { SNAPSHOT_TABLES } from '../../src/archive/snapshot/snapshot';
import { TABLES } from '../../src/storage/snapshot/snapshot-sql';
import { withSharedArchive } from '../support/archive/with-archive';

withSharedArchive();

it('a snapshot holds every column of its tables', async () => {
  for (const table of SNAPSHOT_TABLES) {
    const { results } = await env.DB.prepare(`PRAGMA table_info(${table})`).all<{ name: string }>();
    expect([...TABLES[table].columns].sort(), table).toEqual(results.map(({ name }) => name).sort());
    // Where the reading of a page ends is read from the first column.
    if (TABLES[table].columns.includes('id')) expect(TABLES[table].columns[0]).toBe('id');
  }
});

it('every column with row numbers is known', async () => {
  for (const table of SNAPSHOT_TABLES) {
    const { results } = await env.DB.prepare(`PRAGMA foreign_key_list(${table})`).all<{ from: string }>();
    expect(TABLES[table].ids, table).toEqual(expect.arrayContaining(results.map(({ from }) => from)));
  }
});
