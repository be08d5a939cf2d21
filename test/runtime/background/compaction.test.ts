import { describe, expect, it } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf, sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { comments, slice } from '../../support/files/samples';
import { reset as forget } from '../../support/platform/counting';

const SERIES = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const PATH = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/metadata';
const HOUR = 3_600_000;

let client: ArchiveClient;
withArchive(() => {
  // Its requests are counted: those for copies of frames go by the same queue.
  client = archiveClient({ FRAME_COPIES: 'none' });
});

const open = () => openArchive(client.prefix, client.bindings);
/** A time at which a series that was just stored is at rest, so that it is merged as a whole. */
const atRest = () => Date.now() + 10 * 60_000;
const compact = (limits = DEFAULT_LIMITS, now = atRest()) => compactSeries(open(), SERIES, limits, now);
const uids = async (path = PATH) => (await client.json(path)).map((one) => one['00080018']?.Value?.[0]).sort();
const names = (count: number) => Array.from({ length: count }, (_, n) => `1.2.3.4.${n + 1}`).sort();

/** @param length of the text that makes each instance's metadata long: see `comments` */
async function storeOneByOne(count: number, from = 1, length = 1500): Promise<void> {
  for (let n = from; n < from + count; n += 1) {
    const file = slice({ sop: `1.2.3.4.${n}`, rows: 2, columns: 2, elements: [comments(length, n)] });
    expect((await client.store([file])).status).toBe(200);
  }
}

describe('series metadata', () => {
  it('is right before the compactor has run, and takes one R2 read and one D1 round trip after it', async () => {
    await storeOneByOne(120);
    expect(await uids()).toEqual(names(120));
    await compact();
    forget(client.operations);
    expect(await uids()).toEqual(names(120));
    expect(client.operations.r2Reads).toHaveLength(1);
    expect(client.operations.d1).toBe(1);
  });

  it('of one instance takes one D1 round trip and one small R2 range', async () => {
    await storeOneByOne(3);
    await compact();
    forget(client.operations);
    const instance = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.2/metadata';
    expect(await uids(instance)).toEqual(['1.2.3.4.2']);
    expect(client.operations.d1).toBe(1);
    expect(client.operations.r2Reads).toHaveLength(1);
    expect(client.operations.r2Reads[0]?.length).toBeGreaterThan(0);
  });

  it('leaves out entries that were refused, before and after compaction', async () => {
    await client.store([slice({ sop: '1.2.3.4.1', seed: 1 })]);
    await client.store([slice({ sop: '1.2.3.4.1', seed: 2 }), slice({ sop: '1.2.3.4.2' })]);
    expect(await uids()).toEqual(names(2));
    await compact();
    expect(await uids()).toEqual(names(2));
  });
});

describe('the compactor', () => {
  it('merges in steps when there are more segments than one run may read', async () => {
    await storeOneByOne(7);
    const limits = { ...DEFAULT_LIMITS, segmentsPerCompaction: 3 };
    let runs = 0;
    for (let done = await compact(limits); done.again !== undefined; done = await compact(limits)) runs += 1;
    expect(runs).toBeLessThan(5);
    expect(await open().index.segments(SERIES)).toHaveLength(1);
    expect(await uids()).toEqual(names(7));
  });

  it('loses nothing beside other compactors and stores', async () => {
    await storeOneByOne(6);
    await Promise.all([compact(), storeOneByOne(6, 7), compact(), compact()]);
    expect(await uids()).toEqual(names(12));
    while ((await compact()).reads > 0);
    expect(await uids()).toEqual(names(12));
    expect(await open().index.segments(SERIES)).toHaveLength(1);
  });

  it('is asked for when a series becomes scattered, and again from time to time, but not at each store', async () => {
    await storeOneByOne(1);
    expect(client.operations.queued).toBe(0);
    await storeOneByOne(1, 2);
    expect(client.operations.queued).toBe(1);
    await storeOneByOne(38, 3);
    expect(client.operations.queued).toBe(3);
    await compact();
    forget(client.operations);
    await storeOneByOne(1, 41);
    expect(client.operations.queued).toBe(1);
  });

  it('sees instances that were stored while it ran and did not ask for a run', async () => {
    await storeOneByOne(3);
    const archive = open();
    const index = {
      ...archive.index,
      replaceSegments: async (replacement: Parameters<typeof archive.index.replaceSegments>[0]) => {
        forget(client.operations);
        await storeOneByOne(1, 4);
        expect(client.operations.queued).toBe(0);
        await archive.index.replaceSegments(replacement);
      },
    };
    expect((await compactSeries({ ...archive, index }, SERIES, DEFAULT_LIMITS, atRest())).again).toBe(0);
    expect((await compact()).again).toBeUndefined();
    expect(await uids()).toEqual(names(4));
  });

  it('does nothing when there is nothing to merge', async () => {
    await storeOneByOne(1);
    forget(client.operations);
    expect(await compact()).toEqual({ reads: 0 });
    expect(client.operations.r2Writes).toEqual([]);
  });
});

describe('the sweeper', () => {
  it('deletes merged segments only when a restored index can no longer need them', async () => {
    await storeOneByOne(4, 1, 6000);
    const now = atRest();
    await compact(DEFAULT_LIMITS, now);
    const count = async () =>
      (await client.bindings.bucket.list({ prefix: `${client.prefix}/metadata/` })).objects.length;
    await sweepAfter(open(), 0);
    await sweepAfter(open(), 30 * DAY);
    expect(await count()).toBe(5);
    await sweepAfter(open(), 30 * DAY + 2 * HOUR);
    expect(await count()).toBe(1);
    expect(await uids()).toEqual(names(4));
  });

  it('forgets a segment in which no instance counts; readers skip it until then', async () => {
    await storeOneByOne(2);
    const { database } = client.bindings;
    await database
      .prepare(
        `INSERT INTO metadata_segment (series_id, name, byte_length, entry_count) SELECT id, 'dead', 9, 1 FROM series`,
      )
      .run();
    expect(await uids()).toEqual(names(2));
    expect(await compact()).toEqual({ reads: 2 });
    expect(await uids()).toEqual(names(2));
    await sweepAfter(open(), 0);
    expect(await database.prepare('SELECT count(*) FROM metadata_segment WHERE id <> 0').first('count(*)')).toBe(1);
  });

  it('deletes the objects of an interrupted request a month after it found them', async () => {
    await storeOneByOne(1, 1, 6000);
    const orphans = [
      'instances/1.2.3.4/1.2.3.4.0/1.2.3.4.1/ffff.dcm',
      'instances/9/9/9/ffff.frames',
      'metadata/9/9/ffff',
      'unfiled/uffff.dcm',
    ];
    for (const key of orphans) await open().objects.put(key, new Uint8Array(1));
    const count = async () => (await keysOf(client)).length;
    for (const after of [0, DAY + HOUR, 30 * DAY]) await sweepAfter(open(), after);
    expect(await count()).toBe(6);
    await sweepAfter(open(), 32 * DAY);
    expect(await count()).toBe(2);
    expect(await uids()).toEqual(['1.2.3.4.1']);
  });
});
