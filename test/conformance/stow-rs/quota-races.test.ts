import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Quotas } from '../../../src/archive/commit-group';
import { openArchive } from '../../../src/storage/open-archive';
import { groupOf } from '../../contract/samples';
import { sweepAway } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { type Billed, billing } from '../../support/platform/billed';
import { testBindings } from '../../support/platform/bindings';

/* Quotas are exact when many requests come at once, and get their room back. */

const LENGTH = slice().length;
const file = (number: number, more = {}) => slice({ sop: `1.2.3.4.${number}`, ...more });
const AT_ONCE = 8;

withArchive();

const sender = (principal: string, quota: object, more = {}) =>
  ({ principal, visibility: 'everything', labels: [], quota, ...more }) as const;

/** How many instances of parallel requests with one file each, or with several, were stored. */
async function storedAtOnce(archive: ArchiveClient, requests: readonly Uint8Array[][]): Promise<number> {
  const answers = await Promise.all(requests.map((files) => archive.store(files)));
  let stored = 0;
  for (const answer of answers) {
    expect([200, 202, 409, 507]).toContain(answer.status);
    const body = (await answer.json()) as Record<string, { Value?: unknown[] }>;
    stored += body['00081199']?.Value?.length ?? 0;
  }
  return stored;
}

const held = async () =>
  await env.DB.prepare(
    'SELECT instance + removal AS instances, byte_length + removal_byte_length AS bytes FROM archive_total',
  ).first();
const taken = async () => await env.DB.prepare('SELECT instances, byte_length AS bytes FROM sender_total').first();

describe('requests at the same time', () => {
  it('do not exceed the quota of the archive together, and what fits is stored', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_INSTANCES: '3' });
    const stored = await storedAtOnce(
      archive,
      Array.from({ length: AT_ONCE }, (_, at) => [file(at)]),
    );
    expect(stored).toBe(3);
    expect(await held()).toMatchObject({ instances: 3 });
  });

  it('of several instances each are stored as far as they fit', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_BYTES: String(5 * LENGTH + 100) });
    const requests = Array.from({ length: 3 }, (_, at) => [1, 2, 3].map((each) => file(10 * at + each)));
    const stored = await storedAtOnce(archive, requests);
    expect(stored).toBe(5);
    expect(await held()).toEqual({ instances: 5, bytes: 5 * LENGTH });
    // The segments of what was refused are gone, and the metadata of the others is whole.
    expect(await archive.json('/dicomweb/studies/1.2.3.4/metadata')).toHaveLength(5);
  });

  it('do not exceed the quota of a sender, nor do its resumable uploads', async () => {
    const archive = archiveClient({}, undefined, undefined, sender('key:1', { instances: 2 }));
    const requests = Array.from({ length: AT_ONCE }, (_, at) => [file(at)]);
    expect(await storedAtOnce(archive, requests)).toBe(2);
    expect(await taken()).toMatchObject({ instances: 2 });
    const bytes = archiveClient({}, undefined, undefined, sender('key:2', { bytes: 3 * LENGTH + 100 }));
    const made = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Length': String(LENGTH) };
        return (await bytes.fetch('/dicomweb/uploads', { method: 'POST', headers })).status;
      }),
    );
    expect(made.filter((status) => status === 201)).toHaveLength(3);
    expect(made.filter((status) => status === 507)).toHaveLength(AT_ONCE - 3);
  });
});

describe('the transaction of a store', () => {
  it('keeps to the quotas, whatever its request has seen before', async () => {
    const own = openArchive('quotas', testBindings()).confinedTo(sender('key:6', { instances: 3 }));
    const results = async (series: string, quotas: Quotas) =>
      (await own.index.commit({ ...groupOf(series, 2), quotas })).map(({ result }) => result);
    expect(await results('1.2.3', { sender: { instances: 3 } })).toEqual(['stored', 'stored']);
    expect(await results('1.2.4', { sender: { instances: 3 } })).toEqual(['stored', 'out-of-space']);
    expect(await results('1.2.5', { archive: { instances: 4 } })).toEqual(['stored', 'out-of-space']);
    expect(await results('1.2.6', { archive: { instances: 9, bytes: 1 } })).toEqual(['out-of-space', 'out-of-space']);
    expect(await taken()).toMatchObject({ instances: 4 });
  });
});

describe('the quota of a sender', () => {
  it('counts what was deleted until it is purged, and gives the room back then', async () => {
    const archive = archiveClient({}, undefined, undefined, sender('key:3', { instances: 2 }));
    expect(await storedAtOnce(archive, [[file(1), file(2)]])).toBe(2);
    expect((await archive.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' })).status).toBe(204);
    expect(await taken()).toEqual({ instances: 2, bytes: 2 * LENGTH });
    expect((await archive.store([file(3)])).status).toBe(507);
    expect((await archive.fetch('/dicomweb/studies/1.2.3.4/restore', { method: 'POST' })).status).toBe(204);
    expect(await taken()).toEqual({ instances: 2, bytes: 2 * LENGTH });
    const found = await archive.json('/dicomweb/instances?SOPInstanceUID=1.2.3.4.1');
    const [study, series] = ['0020000D', '0020000E'].map((tag) => found[0]?.[tag]?.Value?.[0]);
    const one = `/dicomweb/studies/${study}/series/${series}/instances/1.2.3.4.1`;
    expect((await archive.fetch(one, { method: 'DELETE' })).status).toBe(204);
    await sweepAway(openArchive(archive.prefix, archive.bindings));
    expect(await taken()).toEqual({ instances: 1, bytes: LENGTH });
    expect((await archive.store([file(3)])).status).toBe(200);
    expect((await archive.store([file(4)])).status).toBe(507);
  });

  it('counts a version that replaces that of another sender for its own, and the other one for the other', async () => {
    const first = archiveClient({ DUPLICATES: 'replace' }, undefined, undefined, sender('key:4', { instances: 9 }));
    const second = archiveClient({ DUPLICATES: 'replace' }, undefined, first.prefix, sender('key:5', { instances: 9 }));
    await first.store([file(1), file(2)]);
    await second.store([file(1, { seed: 9 })]);
    const totals = async () =>
      (await env.DB.prepare('SELECT instances FROM sender_total ORDER BY instances DESC').all()).results;
    expect(await totals()).toEqual([{ instances: 2 }, { instances: 1 }]);
    await sweepAway(openArchive(first.prefix, first.bindings));
    expect(await totals()).toEqual([{ instances: 1 }, { instances: 1 }]);
  });
});

it('the quotas cost a store few rows, and no further question', async () => {
  const { over, costOf } = billing();
  const limits = { MAX_ARCHIVE_INSTANCES: '99' };
  const free = archiveClient({}, over, undefined, { principal: 'key:7', visibility: 'everything', labels: [] });
  const bounded = archiveClient(limits, over, free.prefix, sender('key:7', { instances: 99 }));
  await free.store([file(1)]);
  await bounded.store([file(2)]);
  const costs = [await costOf(() => free.store([file(3)])), await costOf(() => bounded.store([file(4)]))];
  const [before, after] = costs as [Billed, Billed];
  expect(after.rowsWritten - before.rowsWritten).toBe(1);
  expect(after.rowsRead - before.rowsRead).toBeLessThanOrEqual(10);
  expect(after.d1 - before.d1).toBe(0);
});
