import { expect, it } from 'vitest';
import { CLAIM_MS, KEPT_MS, moveStep } from '../../src/archive/moves/move-studies';
import { SETTLED_MS } from '../../src/archive/moves/moves';
import type { Viewpoint } from '../../src/archive/visibility';
import { groupOf } from '../contract/samples';
import { fileOf, studyUID } from '../support/databases/moving';
import {
  DATABASES,
  databaseOf,
  type SpanningClient,
  spanningClient,
  withDatabases,
} from '../support/databases/several-databases';
import { watchedBindings } from '../support/platform/platform-calls';
import { skipTime } from '../support/time/skipped-time';

/* Quotas count what all databases of an archive hold together. */

withDatabases();

const sender = (quota: object): Viewpoint => ({ principal: 'key:1', visibility: 'everything', labels: [], quota });

/** Stores a study of one instance in each database: the archive has grown. */
async function storeOneInEach(variables: Record<string, string>, viewpoint?: Viewpoint): Promise<void> {
  for (let databases = 1; databases <= 3; databases += 1) {
    const client = spanningClient(DATABASES.many.slice(0, databases), variables, viewpoint);
    expect((await client.store([fileOf(databases, 1, 1)])).status).toBe(200);
  }
}

const stored = async (answer: Response): Promise<number> =>
  ((await answer.json()) as Record<string, { Value?: unknown[] }>)['00081199']?.Value?.length ?? 0;

const counted = async (what: string): Promise<number> => {
  const counts = await Promise.all(
    DATABASES.many.map((name) => databaseOf(name).prepare(`SELECT ${what} AS count`).first<{ count: number }>()),
  );
  return counts.reduce((sum, row) => sum + (row?.count ?? 0), 0);
};
const instances = () => counted('(SELECT count(*) FROM instance)');
const reservations = () => counted('(SELECT count(*) FROM quota_reservation)');

/** An isolate in which a while passes between the look at the quotas and the commit. */
const slowClient = (variables: Record<string, string>, viewpoint?: Viewpoint): SpanningClient =>
  spanningClient(DATABASES.many, variables, viewpoint, (real) =>
    watchedBindings(real, async ({ operation, about }, work) => {
      if (operation === 'batch' && about.includes('the first INSERT')) await new Promise((end) => setTimeout(end, 60));
      return await work();
    }),
  );

/** Two isolates store to the studies of all databases at the same time. */
async function storeAtOnce(clients: readonly SpanningClient[], length = 9): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length }, (_, at) => clients[at % 2]!.store([fileOf(1 + (at % 3), 1, 10 + at)])),
  );
  for (const { status } of answers) expect([200, 409, 507]).toContain(status);
  return (await Promise.all(answers.map(stored))).reduce((sum, count) => sum + count, 0);
}

it('requests at the same time to studies in different databases do not exceed the quota of the archive', async () => {
  const variables = { MAX_ARCHIVE_INSTANCES: '7' };
  await storeOneInEach(variables);
  const clients = [1, 2].map(() => slowClient(variables));
  expect(await storeAtOnce(clients)).toBe(4);
  expect(await instances()).toBe(7);
  expect(await reservations()).toBe(0);
  expect((await clients[0]!.store([fileOf(2, 1, 99)])).status).toBe(507);
});

it('requests at the same time do not exceed the quota of a sender in several databases', async () => {
  const viewpoint = sender({ instances: 6 });
  await storeOneInEach({}, viewpoint);
  const clients = [1, 2].map(() => slowClient({}, viewpoint));
  expect(await storeAtOnce(clients)).toBe(3);
  expect(await counted('(SELECT sum(instances) FROM sender_total)')).toBe(6);
  expect((await spanningClient(DATABASES.many).store([fileOf(1, 1, 99)])).status).toBe(200);
});

it('what a request has reserved that was cut counts until it expires', async () => {
  const variables = { MAX_ARCHIVE_INSTANCES: '4' };
  await storeOneInEach(variables);
  const client = spanningClient(DATABASES.many, variables);
  await databaseOf('DB')
    .prepare(
      `INSERT INTO quota_reservation (token, sender, instances, byte_length, expires_at) VALUES ('cut', 0, 1, 100, unixepoch() + 9)`,
    )
    .run();
  expect(await stored(await client.store([fileOf(2, 1, 2)]))).toBe(0);
  await databaseOf('DB').prepare('UPDATE quota_reservation SET expires_at = unixepoch()').run();
  expect(await stored(await client.store([fileOf(2, 1, 2)]))).toBe(1);
  expect(await reservations()).toBe(0);
});

it('a commit that comes after its time stores nothing', async () => {
  const { index } = spanningClient(DATABASES.one).archive;
  const group = { ...groupOf('1.2.3', 1), quotas: { archive: { instances: 99 }, until: 1 } };
  expect((await index.commit(group)).map(({ result }) => result)).toEqual(['out-of-space']);
});

it('a study that moves counts once', async () => {
  const viewpoint = sender({ instances: 4 });
  const variables = { MAX_ARCHIVE_INSTANCES: '4' };
  await storeOneInEach(variables, viewpoint);
  skipTime(2 * 60 * 60 * 1000);
  const client = spanningClient(DATABASES.many, variables, viewpoint);
  const { archive } = client;
  const own = archive.confinedTo(viewpoint);
  await archive.moves!.begin({ target: 2, studies: [studyUID(1)] }, 1, Date.now());
  const held = async () => [await archive.status.size(), await own.allowance!.used()].map((size) => size.instances);
  for (const pause of [CLAIM_MS, SETTLED_MS, SETTLED_MS]) {
    await moveStep(archive, Date.now());
    expect(await held()).toEqual([3, 3]);
    skipTime(pause);
  }
  expect(await instances()).toBe(4);
  // There is room for one: in the database that the study leaves, and in the one to which it comes.
  const [first, second] = await Promise.all([2, 1].map((study) => client.store([fileOf(study, 1, 7)])));
  expect((await stored(first!)) + (await stored(second!))).toBe(1);
  expect(await held()).toEqual([4, 4]);
  skipTime(KEPT_MS);
  await moveStep(archive, Date.now());
  expect(await instances()).toBe(4);
});
