import { afterEach, beforeEach, expect, it } from 'vitest';
import { answers, clientOf, moveAll, storeAll, studyUID } from '../support/moving';
import { databaseOf, migrateAll } from '../support/several-databases';
import { empty } from '../support/with-archive';

/* Studies move from one database to another, and nobody can tell. */

beforeEach(migrateAll);
afterEach(empty, 120_000);

const studiesIn = async (name: string): Promise<string[]> => {
  const { results } = await databaseOf(name)
    .prepare('SELECT study_instance_uid AS uid FROM study')
    .all<{ uid: string }>();
  return results.map(({ uid }) => uid).sort();
};

it('no answer changes while studies move, nor after it', async () => {
  await storeAll();
  const client = clientOf();
  const before = await answers(client);
  expect(await client.archive.moves!.begin({ source: 1, target: 3 }, 100, Date.now())).toBe(true);
  await moveAll(client.archive, async () => {
    expect(await answers(client)).toEqual(before);
    // An isolate that has just started.
    expect(await answers(clientOf())).toEqual(before);
  });
  expect(await studiesIn('DB')).toEqual([]);
  expect(await studiesIn('DB3')).toEqual([1, 2, 3, 4, 5, 9].map(studyUID));
  expect(await answers(client)).toEqual(before);
  expect(await client.archive.moves!.progress()).toMatchObject({ moved: 5, skipped: 0, remaining: 0 });
});
