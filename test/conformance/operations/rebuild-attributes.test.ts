import { expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { SOME_ATTRIBUTES, search, storeSeries } from '../../support/archive/extra-archive';
import { withArchive } from '../../support/archive/with-archive';
import { workerClient } from '../../support/clients/worker-client';
import { allSnapshots, loseDatabase } from '../../support/databases/rebuilding';
import { testBindings } from '../../support/platform/bindings';

const SERIES = 6;

withArchive();

it('after a rebuild, the configured search attributes are indexed again without a further request', async () => {
  const client = workerClient({ SEARCH_ATTRIBUTES: SOME_ATTRIBUTES });
  const deliver = async () => {
    for (let runs = 0; client.queued.length > 0 && runs < 20; runs += 1) await client.deliver();
  };
  for (let series = 0; series < SERIES; series += 1) await storeSeries(client, series, 2);
  await deliver();
  const before = (await search(client, 'instances?KVP=80')).found;
  expect(before).toBe(SERIES);
  await allSnapshots(openArchive('', testBindings()));
  await loseDatabase();

  // Another isolate: its first request finds an index without series, so all of them are indexed at once.
  const other = workerClient({ SEARCH_ATTRIBUTES: SOME_ATTRIBUTES }, client.queued);
  await other.fetch('/dicomweb/studies');
  await deliver();
  for (let finishedAt: string | null = null; finishedAt === null; ) {
    const answer = await other.fetch('/rebuild', { method: 'POST' });
    expect(answer.status).toBe(200);
    ({ finishedAt } = (await answer.json<{ rebuild: { finishedAt: string | null } }>()).rebuild);
  }
  const indexing = async () => {
    const statistics = await (await other.fetch('/statistics')).json<{ indexing: { attributes: unknown[] } }>();
    return statistics.indexing;
  };
  expect(await indexing()).toMatchObject({
    attributes: expect.arrayContaining([{ attribute: 'KVP', indexed: false, seriesDone: 0, seriesTotal: SERIES }]),
    seriesToIndex: SERIES,
  });
  expect(client.queued).toContainEqual({ archive: '', kind: 'reindex' });
  await deliver();
  expect(await search(other, 'instances?KVP=80')).toMatchObject({ found: before, warning: null });
  expect(await indexing()).toMatchObject({
    attributes: expect.arrayContaining([expect.objectContaining({ attribute: 'KVP', indexed: true })]),
    seriesToIndex: 0,
  });
});
