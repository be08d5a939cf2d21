import { describe, expect, it } from 'vitest';
import { SOME_ATTRIBUTES, storeSeries } from '../../support/archive/extra-archive';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { type WorkerClient, workerClient } from '../../support/clients/worker-client';
import { slice } from '../../support/files/samples';
import { allDatabases, everywhere } from '../../support/platform/bindings';
import { rowsRead } from '../../support/platform/rows-read';

withArchive();

const STUDY = '/dicomweb/studies/1.2.3.4';
const file = (n: number, seed = 1) => slice({ sop: `1.2.3.4.${n}`, seed });
const DAY_MS = 24 * 60 * 60 * 1000;

async function statistics(client: Pick<WorkerClient, 'fetch'>) {
  const response = await client.fetch('/statistics');
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  return await response.json<Record<string, unknown>>();
}

describe('GET /statistics', () => {
  it('of an empty archive', async () => {
    const nothing = { instances: 0, bytes: 0 };
    expect(await statistics(workerClient({}))).toEqual({
      studies: 0,
      series: 0,
      instances: 0,
      bytes: 0,
      databases: allDatabases().map((_, at, { length }) => ({
        number: at + 1,
        bytes: expect.any(Number),
        takesNewStudies: at === length - 1,
      })),
      restorable: nothing,
      reclaimable: nothing,
      queuedDeletions: 0,
      orphans: 0,
      countedUpTo: 10_000,
      oldestUnmergedSeries: null,
      indexing: { attributes: [], seriesToIndex: 0 },
      lastSweep: null,
    });
  });

  it('counts what is stored, deleted, restored, replaced and purged, with its bytes', async () => {
    const client = workerClient({ DUPLICATES: 'replace' });
    const files = [1, 2, 3].map((n) => file(n));
    const size = files[0]!.length;
    await client.store(files);
    await client.store(files);
    expect(await statistics(client)).toMatchObject({ studies: 1, series: 1, instances: 3, bytes: bytesOf(files) });

    await client.fetch(`${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1`, { method: 'DELETE' });
    expect(await statistics(client)).toMatchObject({
      studies: 1,
      instances: 2,
      bytes: bytesOf(files) - size,
      restorable: { instances: 1, bytes: size },
    });
    await client.fetch(`${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1/restore`, { method: 'POST' });
    expect(await statistics(client)).toMatchObject({
      instances: 3,
      bytes: bytesOf(files),
      restorable: { instances: 0, bytes: 0 },
    });

    const other = file(2, 9);
    await client.store([other]);
    expect(await statistics(client)).toMatchObject({ instances: 3, restorable: { instances: 1, bytes: size } });

    await client.fetch(STUDY, { method: 'DELETE' });
    expect(await statistics(client)).toMatchObject({
      studies: 0,
      series: 0,
      instances: 0,
      bytes: 0,
      restorable: { instances: 4, bytes: bytesOf([...files, other]) },
      reclaimable: { instances: 0, bytes: 0 },
    });
    await everywhere('UPDATE removal SET purge_at = ?', Date.now() - 1);
    expect(await statistics(client)).toMatchObject({
      restorable: { instances: 0, bytes: 0 },
      reclaimable: { instances: 4, bytes: bytesOf([...files, other]) },
    });
    await client.scheduled();
    const { reclaimable, restorable, lastSweep } = await statistics(client);
    expect([reclaimable, restorable]).toEqual([
      { instances: 0, bytes: 0 },
      { instances: 0, bytes: 0 },
    ]);
    expect(lastSweep).toMatchObject({
      ranAt: expect.stringMatching(/^20\d\d-.*Z$/),
      deleted: { purged: expect.any(Number) },
    });
  });

  it('counts what is deleted of a study under legal hold as restorable, whenever its retention ends', async () => {
    const client = workerClient({});
    await client.store([file(1), file(2)]);
    const instance = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1`;
    await client.fetch(instance, { method: 'DELETE' });
    await everywhere('UPDATE removal SET purge_at = ?', Date.now() - 1);
    const one = { instances: 1, bytes: file(1).length };
    const none = { instances: 0, bytes: 0 };
    expect(await statistics(client)).toMatchObject({ restorable: none, reclaimable: one });
    const body = JSON.stringify({ reason: 'case' });
    const headers = { 'Content-Type': 'application/json' };
    expect((await client.fetch(`${STUDY}/hold`, { method: 'PUT', headers, body })).ok).toBe(true);
    expect(await statistics(client)).toMatchObject({ restorable: one, reclaimable: none });
    await client.scheduled();
    expect(await statistics(client)).toMatchObject({ restorable: one, reclaimable: none });
    expect((await client.fetch(`${instance}/restore`, { method: 'POST' })).ok).toBe(true);
  });

  it('knows the series that has waited longest for its metadata to be merged, until it is', async () => {
    const client = workerClient({});
    const begun = Date.now();
    await client.store([file(1)]);
    expect((await statistics(client)).oldestUnmergedSeries).toBeNull();
    for (const instance of [2, 3, 4]) await client.store([file(instance)]);
    const waiting = Date.parse(String((await statistics(client)).oldestUnmergedSeries));
    expect(waiting).toBeGreaterThanOrEqual(begun);
    // As time passes: the series is still when it is merged whole.
    await everywhere('UPDATE series SET updated_at = ?1, created_at = ?1', Date.now() - DAY_MS);
    await everywhere('UPDATE instance SET created_at = ?', Date.now() - DAY_MS);
    for (let run = 0; run < 5 && client.queued.length > 0; run += 1) await client.deliver();
    expect(await everywhere('SELECT id FROM metadata_segment WHERE id <> 0')).toHaveLength(1);
    expect((await statistics(client)).oldestUnmergedSeries).toBeNull();
  });

  it('tells how far configured attributes are indexed', async () => {
    await storeSeries(workerClient({}), 0, 3);
    const client = workerClient({ SEARCH_ATTRIBUTES: SOME_ATTRIBUTES });
    await client.fetch('/dicomweb/studies');
    const { attributes } = (await statistics(client)).indexing as {
      attributes: { attribute: string; indexed: boolean }[];
    };
    const list = await (await client.fetch('/dicomweb/search-attributes')).json<{ attribute: string }[]>();
    expect(attributes.map(({ attribute }) => attribute)).toEqual(list.map(({ attribute }) => attribute));
    expect(attributes.every(({ indexed }) => !indexed)).toBe(true);
    while (client.queued.length > 0) await client.deliver();
    const after = (await statistics(client)).indexing as { attributes: { indexed: boolean }[] };
    expect(after.attributes.every(({ indexed }) => indexed)).toBe(true);
  });

  it('reads as many rows of 300 instances as of 3', async () => {
    const rows = async (count: number): Promise<number> => {
      const { over, read } = rowsRead();
      const client = archiveClient({}, over);
      const files = Array.from({ length: count }, (_, at) => file(at + 1));
      await client.store(files);
      const before = read();
      await statistics(client);
      return read() - before;
    };
    const few = await rows(3);
    await emptyArchive();
    expect(await rows(300)).toBe(few);
    expect(few).toBeLessThan(20 * allDatabases().length);
  });

  it('and the metrics pass the gate', async () => {
    const closed = workerClient({ ALLOW_ANONYMOUS: '' });
    for (const path of ['/statistics', '/metrics']) expect((await closed.fetch(path)).status, path).toBe(503);
  });
});

describe('GET /metrics', () => {
  it('is what Prometheus reads: each metric once, with HELP and TYPE before its samples', async () => {
    const client = workerClient({ SEARCH_ATTRIBUTES: SOME_ATTRIBUTES });
    const files = [1, 2].map((n) => file(n));
    await client.store(files);
    await client.scheduled();
    const response = await client.fetch('/metrics');
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.trimEnd().split('\n');
    let name = '';
    const seen = new Set<string>();
    for (const [at, line] of lines.entries()) {
      const help = /^# HELP (dicomweb_[a-z_]+) \S.*\.$/.exec(line);
      if (help !== null) {
        name = help[1]!;
        expect(seen.has(name), name).toBe(false);
        seen.add(name);
        expect(lines[at + 1]).toBe(`# TYPE ${name} gauge`);
        expect(lines[at + 2]).toMatch(new RegExp(`^${name}[ {]`));
      } else if (!line.startsWith('# TYPE')) {
        expect(line).toMatch(new RegExp(`^${name}(\\{[a-z]+="([^"\\\\\\n]|\\\\.)*"\\})? -?\\d+(\\.\\d+)?$`));
      }
    }
    expect(lines).toContain('dicomweb_studies 1');
    expect(lines).toContain('dicomweb_instances 2');
    expect(lines).toContain(`dicomweb_stored_bytes ${bytesOf(files)}`);
    expect(text).toMatch(/^dicomweb_database_bytes\{database="1"\} [1-9]\d+$/m);
    expect(lines).toContain(`dicomweb_database_takes_new_studies{database="${allDatabases().length}"} 1`);
    expect(lines).toContain('dicomweb_last_sweep_stopped 0');
    expect(lines).toContain('dicomweb_last_sweep_deleted_objects{kind="purged"} 0');
  });
});

function bytesOf(files: readonly Uint8Array[]): number {
  return files.reduce((sum, { length }) => sum + length, 0);
}
