import { afterEach, beforeEach, expect, it } from 'vitest';
import { empty } from '../support/archive/with-archive';
import { DATABASES, databaseOf, migrateAll, spanningClient } from '../support/databases/several-databases';
import { slice } from '../support/files/samples';

beforeEach(migrateAll);
afterEach(empty);

const file = (study: string, patient: string, physician: string, issuer?: string) =>
  slice({
    study,
    series: `${study}.1`,
    sop: `${study}.1.1`,
    rows: 2,
    columns: 2,
    elements: [
      [0x00080090, 'PN', physician],
      [0x00100020, 'LO', patient],
      ...(issuer === undefined ? [] : [[0x00100021, 'LO', issuer] as [number, string, string]]),
    ],
  });

/** Studies as they arrive, and the database that is the newest then. */
const ARRIVING = [
  [1, file('1.2.1', 'P1', 'Galle')],
  [1, file('1.2.2', 'P2', 'Adams')],
  [1, file('1.2.3', 'P3', 'Galle')],
  [1, file('1.2.4', 'P1', 'Galle', 'elsewhere')],
  [2, file('1.2.5', 'P1', 'Adams')],
  [2, file('1.2.6', 'P3', 'Galle')],
  [3, file('1.2.7', 'P2', 'Galle')],
  [3, file('1.2.8', 'P4', 'Adams')],
] as const;

it('a role that sees the other studies of its patients sees those in other databases', async () => {
  const one = spanningClient(DATABASES.one);
  for (const [databases, bytes] of ARRIVING) {
    await one.store([bytes]);
    await spanningClient(DATABASES.many.slice(0, databases)).store([bytes]);
  }
  const visibility = [{ referringPhysicianName: ['Adams'], withPriors: true }];
  const seenBy = async (databases: readonly string[]) => {
    const client = spanningClient(databases, {}, { principal: 'p', visibility, labels: [] });
    const answers = [];
    for (const path of ['studies?limit=5&count=true', 'series', 'studies?PatientID=P1']) {
      const response = await client.fetch(`/dicomweb/${path}`);
      answers.push([response.status, response.headers.get('X-Total-Count'), await response.text()]);
    }
    for (let at = 1; at <= ARRIVING.length; at += 1) {
      answers.push((await client.fetch(`/dicomweb/studies/1.2.${at}/metadata`)).status);
    }
    return answers;
  };
  const seen = await seenBy(DATABASES.one);
  expect(seen.slice(3)).toEqual([200, 200, 404, 404, 200, 404, 200, 200]);
  expect(await seenBy(DATABASES.many)).toEqual(seen);
});

it('an archive whose first database was put back finds its last studies again after the hourly run', async () => {
  const [first] = DATABASES.many;
  await spanningClient(DATABASES.many).store([file('1.2.1', 'P1', 'Galle')]);
  await databaseOf(first).prepare('DELETE FROM study_place').run();
  const { PLACES } = await import('../../src/storage/shards/places');
  PLACES.drop();
  const client = spanningClient(DATABASES.many);
  expect((await client.fetch('/dicomweb/studies/1.2.1/metadata')).status).toBe(404);
  await client.archive.sweeps.keepReport({ ranAt: 1, deleted: { queued: 0, purged: 0, orphans: 0 } });
  expect((await client.fetch('/dicomweb/studies/1.2.1/metadata')).status).toBe(200);
});
