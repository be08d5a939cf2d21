import { afterEach, describe, expect, it, vi } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { reclaimOrphans } from '../../../src/archive/remove/orphans';
import { sweep } from '../../../src/archive/remove/sweep';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf, sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { putBack, remember } from '../../support/databases/put-back';
import { comments, type SliceOptions, slice as shortSlice } from '../../support/files/samples';
import { endedBefore, stepwise } from '../../support/platform/steps';

/** Metadata that is too long for the index, so that it is also an object. */
const slice = (options: SliceOptions = {}) =>
  shortSlice({ ...options, elements: [...(options.elements ?? []), comments(6000)] });

const HOUR = 3_600_000;

let client: ArchiveClient;
withArchive(async () => {
  client = archiveClient();
  await beginArchive(open(), Date.now());
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const open = () => openArchive(client.prefix, client.bindings);
const database = () => client.bindings.database;
const orphans = async () =>
  (await database().prepare('SELECT key FROM orphan ORDER BY key').all<{ key: string }>()).results.map(
    ({ key }) => key,
  );

/** Stores each instance by a request of its own, so that each has a metadata segment of its own. */
async function store(...numbers: number[]): Promise<void> {
  for (const n of numbers) {
    const response = await client.store([slice({ sop: `1.2.3.4.${n}`, seed: n, rows: 2, columns: 2 })]);
    expect(response.status).toBe(200);
  }
}

/** Adds this many instances to the index that are like the one that is there. */
async function addRows(count: number): Promise<void> {
  const { results } = await database()
    .prepare(`SELECT name FROM pragma_table_info('instance')`)
    .all<{ name: string }>();
  const columns = results.map(({ name }) => name).filter((name) => name !== 'id' && name !== 'sop_instance_uid');
  await database()
    .prepare(
      `INSERT INTO instance (sop_instance_uid, ${columns})
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
      SELECT sop_instance_uid || '.' || ? || '.' || n, ${columns} FROM (SELECT * FROM instance LIMIT 1), number`,
    )
    .bind(count, count)
    .run();
}

/** Leaves objects behind, like a request that ends before its commit. */
async function leave(count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, n) => `instances/9/9/9.${n}/${n.toString(16).padStart(32, 'f')}.dcm`);
  for (const key of keys) await open().objects.put(key, new Uint8Array(1));
  return keys.sort();
}

describe('objects that no row names', () => {
  it('are recorded by the run that finds them, and deleted by a run after the retention is over', async () => {
    await store(1);
    const left = await leave(3);
    await sweepAfter(open(), 23 * HOUR);
    expect(await orphans()).toEqual([]);
    await sweepAfter(open(), 2 * DAY);
    expect(await orphans()).toEqual(left);
    await sweepAfter(open(), 31 * DAY);
    expect(await keysOf(client)).toHaveLength(5);
    expect(await sweepAfter(open(), 33 * DAY)).toMatchObject({ deleted: { orphans: 3 }, orphansWaiting: 0 });
    expect(await keysOf(client)).toHaveLength(2);
    expect(await orphans()).toEqual([]);
  });

  it('wait for a day when nothing is retained', async () => {
    await leave(1);
    const at = (after: number) => sweep(open(), Date.now() + after, 0);
    await at(2 * DAY);
    await at(2 * DAY + 23 * HOUR);
    expect(await keysOf(client)).toHaveLength(1);
    await at(3 * DAY + HOUR);
    expect(await keysOf(client)).toEqual([]);
  });

  it('are no longer orphans when a row names them by then', async () => {
    await store(1);
    const before = await remember(database());
    await store(2);
    const after = await remember(database());
    await putBack(database(), before);
    await sweepAfter(open(), 2 * DAY);
    const found = await orphans();
    expect(found).toHaveLength(2);
    // The index is put right, by its rows alone.
    await putBack(database(), new Map([...after].filter(([name]) => name !== 'orphan')));
    await sweepAfter(open(), 40 * DAY);
    expect(await orphans()).toEqual([]);
    expect(await keysOf(client)).toHaveLength(4);
  });

  it('are kept when a row begins to name them between the look and the claim', async () => {
    await store(1, 2);
    const whole = await remember(database());
    await database().prepare(`DELETE FROM instance WHERE sop_instance_uid = '1.2.3.4.2'`).run();
    await sweepAfter(open(), 2 * DAY);
    expect(await orphans()).toHaveLength(1);
    const instances = new Map([...whole].filter(([name]) => name === 'instance'));
    const archive = stepwise(open(), async (call) => {
      if (call === 'sweeps.claimOrphans') await putBack(database(), instances);
    });
    await sweepAfter(archive, 40 * DAY);
    expect(await keysOf(client)).toHaveLength(4);
    expect(
      await client.bytes('/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.2', 'application/dicom'),
    ).toEqual(slice({ sop: '1.2.3.4.2', seed: 2, rows: 2, columns: 2 }));
  });

  it('are deleted in the end, wherever a run is interrupted', async () => {
    const run = (days: number) => (archive: Archive) => reclaimOrphans(archive, Date.now() + days * DAY, 30 * DAY);
    await store(1);
    for (let number = 1; ; number += 1) {
      await leave(2);
      await run(2)(open());
      const cut = await endedBefore(open(), number, run(33));
      await run(34)(open());
      expect(await keysOf(client), `cut before call ${number}`).toHaveLength(2);
      expect(await orphans()).toEqual([]);
      if (cut) continue;
      expect(number).toBeGreaterThan(10);
      return;
    }
  });
});

describe('more orphans than interrupted requests leave behind', () => {
  it('stop the run: nothing is deleted, and the run says so', async () => {
    await store(1);
    const few = await leave(20);
    await sweepAfter(open(), 2 * DAY);
    expect(await orphans()).toEqual(few);
    const many = await leave(21);
    // Other deletions that are due also wait.
    await client.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' });
    const report = await sweepAfter(open(), 40 * DAY);
    expect(report).toMatchObject({
      stopped: 'too-many-orphans',
      orphansWaiting: 21,
      deleted: { queued: 0, purged: 0, orphans: 0 },
    });
    expect(await open().sweeps.lastReport()).toEqual(report);
    await sweepAfter(open(), 80 * DAY);
    expect(await orphans()).toEqual(many);
    expect(await keysOf(client)).toHaveLength(23);
  });

  it('are deleted when the operator has accepted them', async () => {
    await store(1);
    await leave(21);
    await sweepAfter(open(), 2 * DAY);
    await database().prepare(`UPDATE orphan SET accepted_at = unixepoch() * 1000 WHERE key LIKE 'instances/9/%'`).run();
    expect(await sweepAfter(open(), 40 * DAY)).toMatchObject({ deleted: { orphans: 21 } });
    expect(await keysOf(client)).toHaveLength(2);
  });

  it('means more than one for a hundred instances, beyond twenty', async () => {
    await store(1);
    await leave(30);
    await addRows(2998);
    expect(await sweepAfter(open(), 2 * DAY)).toMatchObject({ stopped: 'too-many-orphans' });
    await addRows(1);
    expect((await sweepAfter(open(), 2 * DAY)).stopped).toBeUndefined();
  });
});

describe('an index that was restored to an earlier point in time', () => {
  it('loses nothing that was stored since, however long it stays that way', async () => {
    await store(1, 2, 3);
    await sweepAfter(open(), 0);
    const before = await remember(database());
    await store(4, 5);
    await client.fetch('/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.5', { method: 'DELETE' });
    const all = await keysOf(client);
    await putBack(database(), before);
    for (const days of [2, 3, 33, 66, 400]) await sweepAfter(open(), days * DAY);
    expect(await keysOf(client)).toEqual(all);
    // The operator sees them and may have them deleted.
    expect(await orphans()).toHaveLength(4);
    await database().prepare('UPDATE orphan SET accepted_at = 1').run();
    await sweepAfter(open(), 401 * DAY);
    expect(await keysOf(client)).toHaveLength(6);
  });

  it('by less than the time between two runs: loses nothing before the retention is over', async () => {
    await store(1, 2, 3);
    const before = await remember(database());
    await store(4, 5);
    const all = await keysOf(client);
    await putBack(database(), before);
    for (const days of [2, 10, 31]) await sweepAfter(open(), days * DAY);
    expect(await keysOf(client)).toEqual(all);
    expect(await orphans()).toHaveLength(4);
  });

  it('stops the run when it does not know many objects', async () => {
    await store(1);
    const before = await remember(database());
    await client.store(
      Array.from({ length: 40 }, (_, n) => slice({ study: '9', series: '9.1', sop: `9.1.${n}`, rows: 2, columns: 2 })),
    );
    const all = await keysOf(client);
    await putBack(database(), before);
    for (const days of [2, 33, 66]) {
      expect(await sweepAfter(open(), days * DAY)).toMatchObject({ stopped: 'too-many-orphans' });
    }
    expect(await keysOf(client)).toEqual(all);
  });

  it('finds the objects that its rows name, including metadata that was merged since', async () => {
    await store(1, 2, 3);
    await sweepAfter(open(), 0);
    const before = await remember(database());
    const series = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
    await compactSeries(open(), series, DEFAULT_LIMITS, Date.now());
    await sweepAfter(open(), 2 * HOUR);
    await sweepAfter(open(), 29 * DAY);
    await putBack(database(), before);
    expect(await client.json('/dicomweb/studies/1.2.3.4/metadata')).toHaveLength(3);
  });
});
