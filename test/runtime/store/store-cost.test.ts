import { expect, it } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { type SliceOptions, slice } from '../../support/files/samples';

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

it('each store adds to the counts and the modalities of a study what it brings, also a modality that is no code', async () => {
  const client = archiveClient({ DUPLICATES: 'replace' });
  const file = (n: number, modality: string, seed = 1) => {
    const elements: SliceOptions['elements'] = [[0x00080060, 'CS', modality]];
    return slice({ series: `1.2.3.4.${n}`, sop: `1.2.3.4.${n}.1`, rows: 2, columns: 2, seed, elements });
  };
  // Some are stored with a warning.
  const store = async (files: Uint8Array[]) => expect((await client.store(files)).status).toBeLessThan(300);
  const of = async (tag: string) => (await client.json(`/dicomweb/studies?includefield=${tag}`))[0]?.[tag]?.Value;
  const stored = [
    ['SR', 'A"B'],
    ['CT', 'SR', 'A"B'],
    ['', "O'K"],
    ['CT', ']'],
  ];
  for (const [at, modalities] of stored.entries()) {
    const before = stored.slice(0, at).flat().length;
    const files = modalities.map((modality, index) => file(before + index + 1, modality));
    await store(files);
    // What is there is not counted again.
    await store(files);
  }
  expect([await of('00201206'), await of('00201208')]).toEqual([[9], [9]]);
  expect(await of('00080061')).toEqual(['A"B', 'CT', "O'K", 'SR', ']']);
  // One more series, and one that gets another modality.
  await store([file(10, 'MR', 2), file(9, 'XA', 2)]);
  expect(await of('00080061')).toEqual(['A"B', 'CT', 'MR', "O'K", 'SR', 'XA']);
  expect(await of('00201208')).toEqual([10]);
});
