import { expect, it } from 'vitest';
import { compactSeries } from '../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../src/limits';
import { type ArchiveBindings, openArchive } from '../../src/storage/open-archive';
import { type ArchiveClient, archiveClient } from '../support/archive-client';
import { slice } from '../support/samples';
import { withArchive } from '../support/with-archive';

withArchive();

const file = (n: number, seed = 1) => slice({ sop: `1.2.3.4.${n}`, rows: 2, columns: 2, seed });
const files = (from: number, count: number) => Array.from({ length: count }, (_, n) => file(from + n));

/** The rows that D1 says it read and wrote: it bills these. */
interface Rows {
  read: number;
  written: number;
}

function counting(rows: Rows) {
  return (real: ArchiveBindings): ArchiveBindings => ({
    ...real,
    database: new Proxy(real.database, {
      get(database, name) {
        if (name !== 'withSession') return Reflect.get(database, name).bind(database);
        return (constraint: string) => {
          const session = database.withSession(constraint);
          return {
            prepare: (sql: string) => session.prepare(sql),
            getBookmark: () => session.getBookmark(),
            batch: async (statements: D1PreparedStatement[]) => {
              const results = await session.batch(statements);
              for (const { meta } of results) {
                rows.read += meta.rows_read;
                rows.written += meta.rows_written;
              }
              return results;
            },
          };
        };
      },
    }),
  });
}

async function costOf(rows: Rows, work: () => Promise<unknown>): Promise<Rows> {
  Object.assign(rows, { read: 0, written: 0 });
  await work();
  return { ...rows };
}

it.each([
  ['a store', {}, (client: ArchiveClient, n: number) => client.store([file(1000 + n)])],
  ['a replacement', { DUPLICATES: 'replace' }, (client: ArchiveClient, n: number) => client.store([file(n, 2)])],
  [
    'a deletion',
    {},
    (client: ArchiveClient, n: number) =>
      client.fetch(`/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.${n}`, { method: 'DELETE' }),
  ],
] as const)('%s reads no more rows in a series of 200 than in one of 20', async (_, settings, act) => {
  const rows: Rows = { read: 0, written: 0 };
  const client = archiveClient(settings, counting(rows));
  await client.store(files(1, 20));
  const few = await costOf(rows, () => act(client, 1));
  expect(few.written).toBeGreaterThan(0);
  await client.store(files(21, 180));
  const many = await costOf(rows, () => act(client, 2));
  expect(many.read).toBeLessThan(few.read + 20);
  expect(many.written).toBeLessThan(few.written + 3);
  const [series] = await client.json('/dicomweb/studies/1.2.3.4/series');
  expect(series?.['00201209']?.Value).toEqual([{ 'a store': 202, 'a replacement': 200, 'a deletion': 198 }[_]]);
});

it('a store to a series that this isolate knows sends less, and is complete when the series was deleted meanwhile', async () => {
  const sent: number[] = [];
  const client = archiveClient({}, (real) => ({
    ...real,
    database: new Proxy(real.database, {
      get(database, name) {
        if (name !== 'withSession') return Reflect.get(database, name).bind(database);
        return (constraint: string) => {
          const session = database.withSession(constraint);
          const batch = (statements: D1PreparedStatement[]) => {
            sent.push(statements.length);
            return session.batch(statements);
          };
          return { prepare: (sql: string) => session.prepare(sql), getBookmark: () => session.getBookmark(), batch };
        };
      },
    }),
  }));
  for (const n of [1, 2]) expect((await client.store([file(n)])).status).toBe(200);
  const [first = 0, second = 0] = sent;
  expect(sent).toHaveLength(2);
  expect(second).toBe(first - 2);
  const before = await client.json('/dicomweb/studies');
  // A deletion by another isolate.
  const other = archiveClient({}, () => client.bindings);
  expect((await other.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' })).status).toBe(204);
  for (const n of [3, 4]) expect((await client.store([file(n)])).status).toBe(200);
  expect(await client.json('/dicomweb/studies')).toEqual(before);
  expect(await client.json('/dicomweb/studies/1.2.3.4/metadata')).toHaveLength(2);
});

it('merging reads the rows that it merges, not those of the whole series', async () => {
  const readIn = async (count: number): Promise<number> => {
    const rows: Rows = { read: 0, written: 0 };
    const client = archiveClient({}, counting(rows));
    await client.store(files(1, count));
    for (let n = count + 1; n <= count + 8; n += 1) await client.store([file(n)]);
    const archive = openArchive(client.prefix, client.bindings);
    const series = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
    const { read } = await costOf(rows, () => compactSeries(archive, series, DEFAULT_LIMITS, Date.now()));
    expect(await archive.index.segments(series)).toHaveLength(2);
    expect((await client.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' })).status).toBe(204);
    return read;
  };
  const few = await readIn(20);
  expect(await readIn(200)).toBeLessThanOrEqual(few + 2);
  expect(few).toBeLessThan(450);
});
