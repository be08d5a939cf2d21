import { expect, it } from 'vitest';
import { moveStep } from '../../src/archive/moves/move-studies';
import { sweep } from '../../src/archive/remove/sweep';
import { takeSnapshots } from '../../src/archive/snapshot/take-snapshots';
import { PLACES } from '../../src/storage/shards/places';
import {
  allObjects,
  answers,
  clientOf,
  fileOf,
  moveAll,
  questions,
  storeAll,
  studyUID,
} from '../support/databases/moving';
import { putBack, remember } from '../support/databases/put-back';
import {
  DATABASES,
  databaseOf,
  type SpanningClient,
  spanningClient,
  withDatabases,
} from '../support/databases/several-databases';
import { skipTime } from '../support/time/skipped-time';

/* Studies move from one database to another, and nobody can tell. */

const DAY = 24 * 60 * 60 * 1000;

withDatabases();

const studiesIn = async (name: string): Promise<string[]> => {
  const { results } = await databaseOf(name)
    .prepare('SELECT study_instance_uid AS uid FROM study')
    .all<{ uid: string }>();
  return results.map(({ uid }) => uid).sort();
};

const uids = async (client: SpanningClient, path: string): Promise<string[]> => {
  const found = (await (await client.fetch(path)).json()) as Record<string, { Value: string[] }>[];
  return found.map((one) => (one['00080018'] ?? one['0020000D'])!.Value[0]!);
};

/** Some questions of each kind: all of them are asked once in the end. */
const SOME = questions().filter((_, at) => at % 4 === 0);

it('no answer changes while studies move, nor after it', async () => {
  await storeAll();
  const client = clientOf();
  const before = await answers(client);
  const some = Object.fromEntries(SOME.map((path) => [path, before[path]]));
  const pages = ['studies', 'instances'].map((level) => `/dicomweb/${level}?limit=4`);
  const first = await Promise.all(pages.map((path) => uids(client, path)));
  const whole = await Promise.all(pages.map((path) => uids(client, path.replace('4', '100'))));
  const scope = { studyInstanceUID: studyUID(1) };
  const [one, two] = await client.archive.index.instances(scope, 0, 2);
  const order = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
  const post = (body: unknown) => client.fetch('/moves', { ...order, body: JSON.stringify(body) });
  expect((await post({ from: 1, to: 4, count: 3 })).status).toBe(400);
  expect((await post({ from: 1, to: 3, count: 100 })).status).toBe(200);
  expect((await post({ from: 1, to: 3, count: 100 })).status).toBe(409);
  await moveAll(client.archive, async () => expect(await answers(client, SOME)).toEqual(some));
  expect(await studiesIn('DB')).toEqual([]);
  expect(await studiesIn('DB3')).toEqual([1, 2, 3, 4, 5, 9].map(studyUID));
  expect(await answers(client)).toEqual(before);
  expect(await (await client.fetch('/moves')).json()).toMatchObject({ moves: { moved: 5, skipped: 0, remaining: 0 } });
  // Reading goes on where it stood, and pages have what they had: also a study that arrives now is not among them.
  const rest = await client.archive.index.instances(scope, two!.id, 10);
  expect([one!, two!, ...rest].map(({ sopInstanceUID }) => sopInstanceUID).sort()).toEqual(
    ['1.1', '1.2', '1.3', '2.1'].map((end) => `${studyUID(1)}.${end}`),
  );
  await client.store([fileOf(20, 1, 1)]);
  for (const [at, path] of pages.entries()) {
    const later = await uids(client, `${path.replace('4', '100')}&offset=4`);
    expect([...first[at]!, ...later].sort()).toEqual([...whole[at]!].sort());
  }
});

it('studies move back, their rows are copied into the bucket again, and a named one that changed stays', async () => {
  await storeAll();
  const client = clientOf();
  const { moves, snapshots } = client.archive;
  const before = await answers(client, SOME);
  await moves!.begin({ source: 1, target: 2 }, 2, Date.now());
  await moveAll(client.archive);
  expect(await studiesIn('DB2')).toEqual([1, 2, 7, 8].map(studyUID));
  expect((await snapshots.page(studyUID(1), undefined, 10)).database).toBe(2);
  while ((await takeSnapshots(client.archive, Date.now())).taken > 0);
  expect(await snapshots.countChanged(10)).toBe(0);
  await moves!.begin({ target: 1, studies: [1, 2, 7].map(studyUID) }, 3, Date.now());
  await moveAll(client.archive);
  expect(await studiesIn('DB2')).toEqual([studyUID(8)]);
  expect(await answers(client, SOME)).toEqual(before);
  await client.store([fileOf(1, 1, 7)]);
  await moves!.begin({ target: 3, studies: [studyUID(1), studyUID(6), '1.2.3'] }, 3, Date.now());
  await moveAll(client.archive);
  expect(await moves!.progress()).toMatchObject({ moved: 1, skipped: 2 });
  expect(await studiesIn('DB')).toContain(studyUID(1));
  expect((await client.fetch(`/dicomweb/studies/${studyUID(6)}/restore`, { method: 'POST' })).status).toBe(204);
  expect(await studiesIn('DB3')).toContain(studyUID(6));
});

it('nothing is deleted when a study has gone with a database that was put back', async () => {
  await storeAll();
  const { archive } = clientOf();
  await sweep(archive, Date.now(), 30 * DAY);
  const before = await remember(databaseOf('DB3'));
  await archive.moves!.begin({ target: 3, studies: [studyUID(1)] }, 1, Date.now());
  await moveAll(archive);
  await putBack(databaseOf('DB3'), before);
  PLACES.drop();
  const objects = await allObjects();
  for (const days of [1, 1, 33, 33, 400]) {
    skipTime(days * DAY);
    await sweep(clientOf().archive, Date.now(), 30 * DAY);
  }
  const left = new Set(await allObjects());
  // What was replaced, deleted or merged in time is gone, and nothing else.
  const gone = objects.filter((key) => !left.has(key));
  expect(gone.filter((key) => key.includes(`${studyUID(1)}/`))).toEqual([]);
  expect(gone).not.toEqual([]);
});

it('an archive of one database has nothing to move', async () => {
  const client = spanningClient(DATABASES.one);
  await client.store([fileOf(1, 1, 1)]);
  expect((await client.fetch('/moves', { method: 'POST' })).status).toBe(409);
  expect(await (await client.fetch('/moves')).json()).toEqual({ moves: null, databases: 1 });
});

it('a study that is stored after a move was ordered for it is found at once', async () => {
  await storeAll();
  const client = clientOf();
  const { moves } = client.archive;
  await moves!.begin({ target: 3, studies: [studyUID(30)] }, 1, Date.now());
  await moveStep(client.archive, Date.now());
  await client.store([fileOf(30, 1, 1)]);
  expect(await uids(client, '/dicomweb/studies?limit=100')).toContain(studyUID(30));
  const { instances } = await client.archive.status.size();
  await moveAll(client.archive, async () =>
    expect(await uids(client, '/dicomweb/studies?limit=100')).toContain(studyUID(30)),
  );
  expect((await client.archive.status.size()).instances).toBe(instances);
});
