import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLACES } from '../../src/storage/shards/places';
import { empty } from '../support/archive/with-archive';
import {
  DATABASES,
  databaseOf,
  migrateAll,
  type SpanningClient,
  spanningClient,
} from '../support/databases/several-databases';
import { slice } from '../support/files/samples';
import { failing } from '../support/platform/failing';
import { replacing } from '../support/platform/replacing';

/* Where studies are stored, and what an archive does that misses one of its databases or has a wrong one in its place. */

beforeEach(migrateAll);
afterEach(empty);

const [FIRST, SECOND, THIRD] = DATABASES.many;

const file = (study: string, sop = `${study}.1.1`, date = '20240131') =>
  slice({ study, series: `${study}.1`, sop, rows: 2, columns: 2, elements: [[0x00080020, 'DA', date]] });

/** A new isolate. */
function isolate(...parameters: Parameters<typeof spanningClient>): SpanningClient {
  PLACES.drop();
  return spanningClient(...parameters);
}

const studiesIn = async (database: string): Promise<string[]> => {
  const { results } = await databaseOf(database)
    .prepare('SELECT study_instance_uid AS uid FROM study ORDER BY uid')
    .all<{ uid: string }>();
  return results.map(({ uid }) => uid);
};

const places = async (): Promise<unknown[]> =>
  (await databaseOf(FIRST).prepare('SELECT * FROM study_place ORDER BY study_instance_uid').all()).results;

const found = async (client: SpanningClient): Promise<string[]> => {
  const response = await client.fetch('/dicomweb/studies');
  if (response.status === 204) return [];
  expect(response.status).toBe(200);
  const rows = await response.json<Record<string, { Value?: string[] }>[]>();
  return rows.map((row) => row['0020000D']?.Value?.[0] ?? '').sort();
};

describe('a study', () => {
  it('comes to the newest database, and stays where it is', async () => {
    await isolate([FIRST]).store([file('1.2.1')]);
    expect(await places()).toEqual([]);
    const two = isolate([FIRST, SECOND]);
    expect((await two.store([file('1.2.1', '1.2.1.1.2'), file('1.2.2')])).status).toBe(200);
    const three = isolate([FIRST, SECOND, THIRD]);
    expect((await three.store([file('1.2.1', '1.2.1.1.3'), file('1.2.2', '1.2.2.1.2'), file('1.2.3')])).status).toBe(
      200,
    );
    expect([await studiesIn(FIRST), await studiesIn(SECOND), await studiesIn(THIRD)]).toEqual([
      ['1.2.1'],
      ['1.2.2'],
      ['1.2.3'],
    ]);
    for (const client of [three, isolate([FIRST, SECOND, THIRD])]) {
      expect(await found(client)).toEqual(['1.2.1', '1.2.2', '1.2.3']);
      const metadata = await client.fetch('/dicomweb/studies/1.2.1/metadata');
      expect(await metadata.json<unknown[]>()).toHaveLength(3);
    }
  });

  it('that was deleted comes back to its database, also when it is stored again', async () => {
    await isolate([FIRST]).store([file('1.2.1')]);
    const two = isolate([FIRST, SECOND]);
    expect((await two.fetch('/dicomweb/studies/1.2.1', { method: 'DELETE' })).status).toBe(204);
    expect((await isolate([FIRST, SECOND]).store([file('1.2.1', '1.2.1.1.2')])).status).toBe(200);
    expect([await studiesIn(FIRST), await studiesIn(SECOND)]).toEqual([['1.2.1'], []]);
    expect((await two.fetch('/dicomweb/studies/1.2.1/restore', { method: 'POST' })).status).toBe(204);
    expect(await (await two.fetch('/dicomweb/studies/1.2.1/metadata')).json<unknown[]>()).toHaveLength(2);
  });

  it('is in one database when many requests store it first', async () => {
    await isolate([FIRST]).store([file('1.2.1')]);
    const clients = [isolate([FIRST, SECOND]), spanningClient([FIRST, SECOND])];
    const sent = Array.from({ length: 6 }, (_, at) => clients[at % 2]!.store([file('1.2.9', `1.2.9.1.${at}`)]));
    for (const response of await Promise.all(sent)) expect(response.status).toBe(200);
    expect([await studiesIn(FIRST), await studiesIn(SECOND)]).toEqual([['1.2.1'], ['1.2.9']]);
    expect(await (await isolate([FIRST, SECOND]).fetch('/dicomweb/studies/1.2.9/metadata')).json()).toHaveLength(6);
  });

  it('is stored after a request that ended between its place and its commit', async () => {
    await isolate([FIRST]).store([file('1.2.1')]);
    const overloaded = { message: 'D1_ERROR: D1 DB is overloaded.', when: 'before' } as const;
    const broken = isolate([FIRST, SECOND], {}, undefined, (real) => ({
      ...real,
      others: [
        failing({ ...real, database: real.others![0]! }, (operation) =>
          operation === 'batch' ? overloaded : undefined,
        ).database,
      ],
    }));
    expect((await broken.store([file('1.2.2')])).status).toBe(503);
    expect(await places()).toEqual([{ study_instance_uid: '1.2.2', database: 2 }]);
    expect(await studiesIn(SECOND)).toEqual([]);
    const other = isolate([FIRST, SECOND]);
    expect((await other.fetch('/dicomweb/studies/1.2.2/metadata')).status).toBe(404);
    expect((await other.store([file('1.2.2')])).status).toBe(200);
    expect(await studiesIn(SECOND)).toEqual(['1.2.2']);
  });

  it('that a Worker of before the growth sends is not stored beside itself', async () => {
    const before = isolate([FIRST]);
    await before.store([file('1.2.1')]);
    await spanningClient([FIRST, SECOND]).store([file('1.2.2')]);
    const late = await before.store([file('1.2.2', '1.2.2.1.2')]);
    expect(late.status).toBe(503);
    expect(await studiesIn(FIRST)).toEqual(['1.2.1']);
  });
});

describe('the sizes of the databases of an archive', () => {
  /** D1 says that the database has so many bytes. */
  const sized = (database: D1Database, bytes: number) =>
    replacing(database, {
      withSession: (constraint?: string) => {
        const session = database.withSession(constraint);
        const all = async () => {
          const result = await session.prepare('SELECT 1').all();
          return { ...result, meta: { ...result.meta, size_after: bytes } };
        };
        const prepare = (sql: string) => (sql === 'SELECT 1' ? { bind: () => ({ all }) } : session.prepare(sql));
        return replacing(session, { prepare });
      },
    });
  const warnings = async (...bytes: number[]) => {
    const client = isolate([FIRST, SECOND, THIRD].slice(0, bytes.length), {}, undefined, (real) => ({
      ...real,
      database: sized(real.database, bytes[0]!),
      others: real.others!.map((each, at) => sized(each, bytes[at + 1]!)),
    }));
    const health = await (await client.fetch('/health')).json<{ warnings: string[] }>();
    return health.warnings.filter((warning) => !warning.includes('ALLOW_ANONYMOUS'));
  };

  it('are in the statistics, with the database that takes new studies', async () => {
    await isolate([FIRST]).store([file('1.2.1')]);
    const client = isolate([FIRST, SECOND]);
    const { databases } = await (await client.fetch('/statistics')).json<{ databases: object[] }>();
    expect(databases).toEqual([
      { number: 1, bytes: expect.any(Number), takesNewStudies: false },
      { number: 2, bytes: expect.any(Number), takesNewStudies: true },
    ]);
    expect(Math.min(...databases.map((each) => (each as { bytes: number }).bytes))).toBeGreaterThan(10_000);
  });

  it('are a warning in words from 8 GB on for new studies, and from 9 GB on for what is added', async () => {
    await isolate([FIRST]).store([file('1.2.1')]);
    expect(await warnings(7.99e9)).toEqual([]);
    expect(await warnings(8e9)).toEqual([expect.stringMatching(/^Database 1 of the archive has 8 of 10 GB.* grow/)]);
    expect(await warnings(8.9e9, 2e9)).toEqual([]);
    expect(await warnings(9.06e9, 8.1e9)).toEqual([
      expect.stringMatching(/^Database 1 of the archive has 9 of 10 GB.* move/),
      expect.stringMatching(/^Database 2 of the archive has 8.1 of 10 GB.* grow/),
    ]);
  });
});

describe('the databases of an archive', () => {
  const grow = async (): Promise<void> => {
    await isolate([FIRST]).store([file('1.2.1')]);
    await isolate([FIRST, SECOND]).store([file('1.2.2')]);
    await isolate([FIRST, SECOND, THIRD]).store([file('1.2.3')]);
  };
  const answers = async (client: SpanningClient) => [
    (await client.fetch('/dicomweb/studies')).status,
    (await client.fetch('/dicomweb/studies/1.2.2/metadata')).status,
    (await client.store([file('1.2.4')])).status,
    (await client.fetch('/health')).status,
  ];

  it.each([
    ['lacks the last one', [FIRST, SECOND], 'missing-database'],
    ['lacks all but the first', [FIRST], 'missing-database'],
    ['has two exchanged', [FIRST, THIRD, SECOND], 'other-database'],
    ['has another first one', [SECOND, FIRST, THIRD], 'other-database'],
    ['has an empty one in the place of one', [FIRST, DATABASES.one[0], THIRD], 'missing-database'],
  ])('says so when the archive %s', async (_, databases, reason) => {
    await grow();
    const client = isolate(databases);
    expect(await answers(client)).toEqual([503, 503, 503, 503]);
    const health = await (await client.fetch('/health')).json<{ checks: Record<string, { reason?: string }> }>();
    expect(health.checks.archive?.reason).toBe(reason);
    for (const database of databases) expect(await studiesIn(database)).not.toContain('1.2.4');
    expect((await answers(isolate([...DATABASES.many]))).slice(0, 3)).toEqual([200, 200, 200]);
  });

  it('do not take in one that holds something', async () => {
    await spanningClient(DATABASES.one).store([file('1.2.8')]);
    await isolate([FIRST, SECOND]).store([file('1.2.1')]);
    const client = isolate([FIRST, SECOND, DATABASES.one[0]]);
    expect((await client.store([file('1.2.4')])).status).toBe(503);
    expect((await client.fetch('/dicomweb/studies')).status).toBe(503);
    expect(await studiesIn(DATABASES.one[0])).toEqual(['1.2.8']);
  });
});

describe('a list of the newest studies', () => {
  it('asks the newest database alone, as long as the others have older studies', async () => {
    await isolate([FIRST, SECOND]).store([file('1.2.1', undefined, '20240101')]);
    const client = isolate([FIRST, SECOND, THIRD]);
    for (let at = 0; at < 5; at += 1) await client.store([file(`1.3.${at}`, undefined, `2024020${at + 1}`)]);
    const asked: string[] = [];
    const watched = isolate([FIRST, SECOND, THIRD], {}, undefined, (real) => ({
      ...real,
      others: [
        failing({ ...real, database: real.others![0]! }, () => void asked.push('second')).database,
        real.others![1]!,
      ],
    }));
    await watched.fetch('/dicomweb/studies?limit=3');
    asked.length = 0;
    expect(await (await watched.fetch('/dicomweb/studies?limit=3')).json()).toHaveLength(3);
    expect(asked).toEqual([]);
    expect(await (await watched.fetch('/dicomweb/studies?limit=9')).json()).toHaveLength(6);
    expect(asked).toEqual(['second']);
    // A date that the second database does not have yet is noted before the study has it.
    asked.length = 0;
    await client.fetch('/dicomweb/studies/1.2.1', { method: 'DELETE' });
    await client.store([file('1.2.1', '1.2.1.1.5', '20250101')]);
    const rows = await (await watched.fetch('/dicomweb/studies?limit=1')).json<Record<string, { Value: string[] }>[]>();
    expect(rows[0]?.['0020000D']?.Value).toEqual(['1.2.1']);
    expect(asked).toEqual(['second']);
  });
});
