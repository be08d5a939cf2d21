import { expect, it, onTestFinished, vi } from 'vitest';
import { OPERATIONS as budgets } from '../../../scripts/cost/operations.mjs';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { sweep } from '../../../src/archive/remove/sweep';
import { takeSnapshots } from '../../../src/archive/snapshot/take-snapshots';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { type Billed, billing } from '../../support/platform/billed';

/** Slices of the study, and slices in each request that stores them. */
const SLICES = 500;
const BATCH = 50;
/** The parameters that OHIF sends with each search of its study list. */
const LIST = 'limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030';
const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const instance = (n: number) => `${SERIES}/instances/1.2.3.4.${n}`;

withSharedArchive();

/*
 * One study's life, one operation after the other. scripts/cost/operations.mjs has the budget of each operation; the bill of
 * `npm run cost` is made from it. An operation that becomes cheaper needs a smaller budget, so that the bill stays true.
 */
it('keeps every operation within its budget, and the budgets near the truth', async () => {
  // The time stands still, because some work depends on the time that has passed, such as messages and the rows that an isolate
  // reads again.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { over, costOf } = billing();
  const client = archiveClient({}, over);
  const measured: Record<string, Billed> = {};
  const measure = async (name: string, work: (by: ArchiveClient) => Promise<unknown>) => {
    measured[name] = await costOf(() => work(client));
  };
  // An isolate with empty caches, as a request to another data centre meets it.
  const elsewhere = async (name: string, work: (by: ArchiveClient) => Promise<unknown>) => {
    measured[name] = await costOf(() => work(archiveClient({}, () => client.bindings, client.prefix)));
  };
  const file = (n: number) => slice({ sop: `1.2.3.4.${n}`, instanceNumber: n, rows: 8, columns: 8 });

  // The archive's own rows, and another study, so that nothing measured is the first of its kind.
  await client.store([slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.1.1', rows: 8, columns: 8 })]);
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  await takeSnapshots(archive, Date.now());
  await measure('store a study of 500 slices, 50 a request', async () => {
    for (let from = 0; from < SLICES; from += BATCH) {
      expect((await client.store(Array.from({ length: BATCH }, (_, at) => file(from + at)))).status).toBe(200);
    }
  });
  const series = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
  await measure('merge its metadata', () => compactSeries(archive, series, DEFAULT_LIMITS, Date.now()));
  await measure('copy its rows into the bucket', () => takeSnapshots(archive, Date.now()));
  await measure('store one more slice', async () => {
    expect((await client.store([file(SLICES)])).status).toBe(200);
  });
  await elsewhere('show the study list', (by) => by.json(`/dicomweb/studies?${LIST}`));
  await elsewhere('list the series of a study', (by) => by.json(`${STUDY}/series`));
  await elsewhere('read the metadata of a series', (by) => by.json(`${SERIES}/metadata`));
  await elsewhere('read 100 frames, one a request', async (by) => {
    for (let n = 0; n < 100; n += 1)
      await by.bytes(`${instance(n)}/frames/1`, 'multipart/related; type="application/octet-stream"');
  });
  await elsewhere('make a thumbnail', (by) => by.bytes(`${SERIES}/thumbnail`));
  await elsewhere('show it again', (by) => by.bytes(`${SERIES}/thumbnail`));
  await measure('run the hourly sweep with nothing to do', () =>
    sweep(archive, Date.now(), DEFAULT_DUPLICATES.retentionMs),
  );
  await measure('delete a study of 501 slices', async () => {
    expect((await client.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
  });
  await measure('restore it', async () => {
    expect((await client.fetch(`${STUDY}/restore`, { method: 'POST' })).status).toBe(204);
  });

  const { databaseBytes } = measured['merge its metadata']!;
  const spent = Object.fromEntries(
    Object.entries(measured).map(([name, { databaseBytes: _, ...billed }]) => [name, billed]),
  );
  console.info(JSON.stringify({ databaseBytes, spent }, null, 1));
  expect(Object.keys(spent)).toEqual(Object.keys(budgets));
  for (const [name, budget] of Object.entries(budgets)) {
    for (const [unit, most] of Object.entries(budget)) {
      const used = spent[name]![unit as keyof typeof budget];
      expect(used, `${unit} of: ${name}`).toBeLessThanOrEqual(most);
      expect(used, `${unit} of: ${name}`).toBeGreaterThanOrEqual(Math.floor(most * 0.9) - 1);
    }
  }
});
