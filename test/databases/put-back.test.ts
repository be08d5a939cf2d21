import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sweep } from '../../src/archive/remove/sweep';
import { PLACES } from '../../src/storage/shards/places';
import { putBack, remember } from '../support/put-back';
import { comments, slice } from '../support/samples';
import { DATABASES, databaseOf, migrateAll, spanningClient } from '../support/several-databases';
import { empty } from '../support/with-archive';

const DAY = 24 * 60 * 60 * 1000;

beforeEach(async () => {
  await migrateAll();
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await empty();
});

/** Its metadata is long, so that it is an object too. */
const file = (study: string, number: number) =>
  slice({
    study,
    series: `${study}.1`,
    sop: `${study}.1.${number}`,
    seed: number,
    rows: 2,
    columns: 2,
    elements: [comments(6000)],
  });

const objects = async (): Promise<string[]> => {
  const { objects } = await env.BUCKET.list({ prefix: 'many/' });
  return objects.map(({ key }) => key).filter((key) => /\/(instances|metadata)\//.test(key));
};

it.each(DATABASES.many)(
  'nothing that was stored is deleted after %s alone was put back to an earlier time',
  async (name) => {
    for (const [at, study] of ['1.2.1', '1.2.2', '1.2.3'].entries()) {
      await spanningClient(DATABASES.many.slice(0, at + 1)).store([file(study, 1)]);
    }
    const client = spanningClient(DATABASES.many);
    const start = Date.now();
    await sweep(client.archive, start, DAY);
    const before = await remember(databaseOf(name));
    for (const study of ['1.2.1', '1.2.2', '1.2.3']) {
      for (const number of [2, 3]) expect((await client.store([file(study, number)])).status).toBe(200);
    }
    expect((await client.store([file('1.2.4', 1)])).status).toBe(200);
    await sweep(client.archive, start + 60_000, DAY);
    const all = await objects();
    expect(all).toHaveLength(20);
    await putBack(databaseOf(name), before);
    PLACES.drop();
    const later = spanningClient(DATABASES.many);
    for (const days of [2, 3, 33, 66, 400]) await sweep(later.archive, start + days * DAY, DAY);
    expect(await objects()).toEqual(all);
    // What the other databases have is as before.
    const others = ['1.2.1', '1.2.2', '1.2.3'].filter((_, at) => DATABASES.many[at] !== name);
    for (const study of others) {
      const response = await later.fetch(`/dicomweb/studies/${study}/metadata`);
      expect(await response.json<unknown[]>(), study).toHaveLength(3);
    }
  },
);
