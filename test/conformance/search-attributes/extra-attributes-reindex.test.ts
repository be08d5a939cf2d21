import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { REINDEX_LIMITS, reindex } from '../../../src/archive/search-attributes/reindex';
import { parseConfig } from '../../../src/config';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { count, drain, progress, SOME_ATTRIBUTES, search, storeSeries } from '../../support/archive/extra-archive';
import { withArchive } from '../../support/archive/with-archive';
import { workerClient } from '../../support/clients/worker-client';
import { testBindings } from '../../support/platform/bindings';
import { counted, reset as forget } from '../../support/platform/counting';

const EXPECTED = [
  ['studies?PatientAge=051Y', 1],
  ['series?StationName=STATION0', 10],
  ['studies?ProcedureCodeSequence.CodeValue=P2', 1],
  ['instances?KVP=85', 30],
  ['series?KVP=85', 30],
  ['instances?00191010=7&00190010=ACME 1.1', 10],
] as const;

withArchive();

describe('PS3.18 8.3.4.1: an attribute configured after instances were stored', () => {
  it('is indexed in the background, in runs that end anywhere, while the archive stores and answers', async () => {
    const before = workerClient({});
    for (let series = 0; series < 30; series += 1) await storeSeries(before, series, 10);
    expect(before.queued).toEqual([]);
    expect(await count('attribute_value')).toBe(0);

    const client = workerClient({ SEARCH_ATTRIBUTES: SOME_ATTRIBUTES });
    // The first request notices it, whatever its purpose.
    await client.fetch('/dicomweb/studies?limit=1');
    expect(client.queued).toEqual([{ archive: '', kind: 'reindex' }]);
    const { found, warning } = await search(client, 'instances?KVP=85');
    expect(found).toBe(0);
    expect(warning).toMatch(/^299 \S+: The attribute KVP is being indexed: 0 of 30 series done\./);
    expect((await search(client, 'instances?PatientID=MRN0000002')).warning).toBeNull();

    // Runs of two small steps, of which every second one ends in the middle.
    const { bindings, operations } = counted(testBindings());
    const attributes = parseConfig({ SEARCH_ATTRIBUTES: SOME_ATTRIBUTES }).searchAttributes;
    const limits = { ...REINDEX_LIMITS, steps: 2, seriesPerStep: 4, instancesPerStep: 35 };
    const run = (over: ArchiveBindings) => reindex(openArchive('', over), attributes, Date.now(), limits);
    await run(bindings);
    expect(
      await run(dying(bindings)).then(
        () => 'lived',
        () => 'died',
      ),
    ).toBe('died');
    const partly = (await progress(client)).find(({ attribute }) => attribute === 'KVP');
    expect(partly).toMatchObject({ level: 'instance', vr: 'DS', state: 'indexing', seriesDone: 9, seriesTotal: 30 });
    const meanwhile = await search(client, 'instances?KVP=85');
    expect(meanwhile.found).toBeGreaterThanOrEqual(9);
    expect(meanwhile.warning).toMatch(/KVP is being indexed: 9 of 30 series done/);

    // Instances that are stored while the job runs are found at once.
    await storeSeries(client, 3, 2, 10);
    await storeSeries(client, 30, 10);
    expect((await search(client, 'series?00191010=30&00190010=ACME 1.1')).found).toBe(1);

    forget(operations);
    let runs = 0;
    for (let unfinished = true; unfinished; runs += 1) unfinished = (await run(bindings)).unfinished;
    expect(runs).toBeLessThan(10);
    // One R2 read for each metadata segment that was left, and no Part 10 file. Four round trips to D1 for each step.
    expect(operations.r2Reads.length).toBeLessThanOrEqual(22 + 4);
    expect(operations.r2Reads.every(({ key }) => key.startsWith('metadata/'))).toBe(true);
    expect(operations.d1).toBeLessThanOrEqual((2 * runs + 1) * 4);

    for (const [path, some] of EXPECTED) {
      const more = path.includes('KVP') || path.includes('STATION0') ? 1 : 0;
      expect(await search(client, path), path).toEqual({ found: some + more, warning: null });
    }
    expect((await progress(client)).every(({ state }) => state === 'indexed')).toBe(true);
    // No value twice: three attributes of the study and series, and two of each of 312 instances.
    expect(await count('attribute_value')).toBe(4 * 2 + 31 + 312 * 2);
  });

  it('is indexed by the queue alone until it is done; the hourly run restarts it after a lost message', async () => {
    const before = workerClient({});
    for (let series = 0; series < 3; series += 1) await storeSeries(before, series, 4);
    const client = workerClient({ SEARCH_ATTRIBUTES: 'KVP' });
    await client.fetch('/dicomweb/studies');
    client.queued.length = 0;
    await client.scheduled();
    expect(client.queued).toEqual([]);
    await env.DB.prepare('UPDATE search_attribute SET updated_at = updated_at - 3600000').run();
    await client.scheduled();
    expect(await drain(client)).toBe(1);
    expect(await search(client, 'instances?KVP=81')).toEqual({ found: 3, warning: null });
    expect(await progress(client)).toEqual([
      { attribute: 'KVP', level: 'instance', vr: 'DS', state: 'indexed', seriesDone: 3, seriesTotal: 3 },
    ]);
  });

  it('attributes of studies and series need no metadata', async () => {
    const before = workerClient({});
    for (let series = 0; series < 12; series += 1) await storeSeries(before, series, 2);
    const client = workerClient({ SEARCH_ATTRIBUTES: 'PatientAge, StationName' });
    await client.fetch('/dicomweb/studies');
    forget(client.operations);
    await drain(client);
    expect(client.operations.r2Reads).toEqual([]);
    expect((await search(client, 'series?StationName=STATION1&PatientAge=050Y')).found).toBe(3);
  });

  it('a large series is done in parts', async () => {
    const before = workerClient({});
    await storeSeries(before, 0, 25);
    await storeSeries(before, 1, 5);
    const attributes = parseConfig({ SEARCH_ATTRIBUTES: 'KVP' }).searchAttributes;
    const client = workerClient({ SEARCH_ATTRIBUTES: 'KVP' });
    await client.fetch('/dicomweb/studies');
    const archive = openArchive('', testBindings());
    const limits = { ...REINDEX_LIMITS, steps: 1, instancesPerStep: 10 };
    const seen: (number | null)[] = [];
    for (let unfinished = true; unfinished; ) {
      ({ unfinished } = await reindex(archive, attributes, Date.now(), limits));
      seen.push(await count('attribute_value'));
    }
    expect(seen.slice(0, 4)).toEqual([10, 20, 25, 30]);
    expect((await progress(client))[0]).toMatchObject({ state: 'indexed', seriesDone: 2, seriesTotal: 2 });
  });

  it('an attribute that is added later is indexed without reading the others again', async () => {
    const before = workerClient({});
    for (let series = 0; series < 6; series += 1) await storeSeries(before, series, 2);
    const first = workerClient({ SEARCH_ATTRIBUTES: 'KVP' });
    await first.fetch('/dicomweb/studies');
    const limits = { ...REINDEX_LIMITS, steps: 1, seriesPerStep: 2 };
    const archive = openArchive('', testBindings());
    await reindex(archive, parseConfig({ SEARCH_ATTRIBUTES: 'KVP' }).searchAttributes, Date.now(), limits);
    const both = workerClient({ SEARCH_ATTRIBUTES: 'KVP, (0019,xx10,"ACME 1.1"):DS' });
    await both.fetch('/dicomweb/studies');
    expect((await progress(both)).map(({ seriesDone }) => seriesDone)).toEqual([2, 0]);
    await drain(both);
    expect((await progress(both)).map(({ state, seriesDone }) => [state, seriesDone])).toEqual([
      ['indexed', 6],
      ['indexed', 6],
    ]);
    expect((await search(both, 'instances?KVP=81&00191010=5')).found).toBe(1);
    expect(await count('attribute_value')).toBe(24);
  });

  it('an attribute that is removed from the configuration is deleted step by step', async () => {
    const client = workerClient({ SEARCH_ATTRIBUTES: 'KVP, StationName' });
    await client.fetch('/dicomweb/studies');
    await drain(client);
    await storeSeries(client, 0, 8);
    expect(await count('attribute_value')).toBe(9);
    const without = workerClient({ SEARCH_ATTRIBUTES: 'StationName' });
    const asked = await search(without, 'instances?KVP=81');
    expect(asked.warning).toMatch(/00180060 is not supported as a matching key/);
    // Only the hourly trigger removes an attribute: during a deployment, requests with both configurations arrive.
    expect(await count('attribute_value')).toBe(9);
    await without.scheduled();
    await drain(without);
    expect(await count('attribute_value')).toBe(1);
    expect(await count('search_attribute')).toBe(1);
    // When the attribute is configured again, it is indexed again.
    const again = workerClient({ SEARCH_ATTRIBUTES: 'KVP, StationName' });
    await again.fetch('/dicomweb/studies');
    expect((await search(again, 'instances?KVP=81')).warning).toMatch(/KVP is being indexed/);
    await drain(again);
    expect(await search(again, 'instances?KVP=81')).toEqual({ found: 1, warning: null });
  });

  it('a Worker that does not know the attribute yet leaves a mark, and no value is missed', async () => {
    const old = workerClient({});
    const client = workerClient({ SEARCH_ATTRIBUTES: 'KVP' });
    await client.fetch('/dicomweb/studies');
    await drain(client);
    await storeSeries(old, 0, 3);
    const asked = await search(client, 'instances?KVP=81');
    expect(asked.found).toBe(0);
    expect(asked.warning).toMatch(/KVP is being indexed/);
    await old.scheduled();
    await old.deliver();
    await env.DB.prepare('UPDATE search_attribute SET updated_at = updated_at - 3600000').run();
    await client.fetch('/dicomweb/instances?KVP=81');
    await drain(client);
    expect(await search(client, 'instances?KVP=81')).toEqual({ found: 1, warning: null });
    expect(await count('series_to_index')).toBe(0);
  });
});

/** The same database, but the second step cannot reach it any more to store its values. */
function dying(bindings: ArchiveBindings): ArchiveBindings {
  let batches = 0;
  const database = new Proxy(bindings.database, {
    get(of, name) {
      if (name !== 'withSession') return Reflect.get(of, name);
      return (constraint: string) => {
        const session = of.withSession(constraint);
        return {
          prepare: (sql: string) => session.prepare(sql),
          getBookmark: () => session.getBookmark(),
          batch: async (statements: D1PreparedStatement[]) => {
            batches += 1;
            if (batches === 8) throw new Error('killed');
            return await session.batch(statements);
          },
        };
      };
    },
  });
  return { ...bindings, database };
}
