import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { separation } from '../../src/archive/remove/archive-id';
import { sweep } from '../../src/archive/remove/sweep';
import { takeSnapshots } from '../../src/archive/snapshot/take-snapshots';
import { PLACES } from '../../src/storage/shards/places';
import { putBack, remember } from '../support/databases/put-back';
import { DATABASES, databaseOf, spanningClient, withDatabases } from '../support/databases/several-databases';
import { comments, slice } from '../support/files/samples';

const DAY = 24 * 60 * 60 * 1000;

withDatabases();

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

it.each(DATABASES.many)(
  'that %s alone was put back is noticed, and a rebuild brings back what it knew',
  async (name) => {
    for (const [at, study] of ['1.2.1', '1.2.2', '1.2.3'].entries()) {
      await spanningClient(DATABASES.many.slice(0, at + 1)).store([file(study, 1)]);
    }
    const client = spanningClient(DATABASES.many);
    const of = DATABASES.many.indexOf(name);
    const [study, ...others] = ['1.2.1', '1.2.2', '1.2.3'].sort((one) => (one === `1.2.${of + 1}` ? -1 : 0)) as [
      string,
    ];
    await takeSnapshots(client.archive, Date.now());
    const before = await remember(databaseOf(name));
    expect((await client.store([file(study, 2), file(study, 3)])).status).toBe(200);
    expect(
      (await client.fetch(`/dicomweb/studies/${study}/series/${study}.1/instances/${study}.1.1`, { method: 'DELETE' }))
        .status,
    ).toBe(204);
    // The moment of the first database does not change with this one's.
    await takeSnapshots(client.archive, Date.now());
    expect(await separation(client.archive, Date.now())).toBeUndefined();

    await putBack(databaseOf(name), before);
    PLACES.drop();
    const later = spanningClient(DATABASES.many);
    expect(await separation(later.archive, Date.now())).toBe('index-put-back');
    for (let rebuilding = true; rebuilding; ) {
      const response = await later.fetch('/rebuild', { method: 'POST' });
      const { rebuild } = (await response.json()) as { rebuild: { finishedAt: string | null } };
      rebuilding = rebuild.finishedAt === null;
    }
    expect(await separation(later.archive, Date.now())).toBeUndefined();
    const found = await (await later.fetch(`/dicomweb/studies/${study}/metadata`)).json<unknown[]>();
    expect(found).toHaveLength(2);
    expect((await later.fetch(`/dicomweb/studies/${study}/series/${study}.1/instances/${study}.1.1`)).status).toBe(410);
    for (const other of others) expect((await later.fetch(`/dicomweb/studies/${other}/metadata`)).status).toBe(200);
  },
);
