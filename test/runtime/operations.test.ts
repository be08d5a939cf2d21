import { describe, expect, it, vi } from 'vitest';
import { HeldMemory } from '../../src/archive/memory/held-memory';
import { uploadBytes } from '../../src/archive/memory/upload-memory';
import type { ObjectStore } from '../../src/archive/object-store';
import type { Archive } from '../../src/archive/ports';
import { LAYOUT_CACHE_BYTES } from '../../src/archive/retrieve/cache-limits';
import { LayoutCache } from '../../src/archive/retrieve/layout-cache';
import { StoreTransaction } from '../../src/archive/store/store';
import { DEFAULT_DUPLICATES } from '../../src/config';
import { Pauses } from '../../src/imaging/pauses';
import { DEFAULT_LIMITS } from '../../src/limits';
import { openArchive } from '../../src/storage/open-archive';
import { withArchive } from '../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../support/clients/archive-client';
import { deflateBomb, longHeader } from '../support/files/hostile';
import { type Element, joined } from '../support/files/part10';
import { comments, pixels, slice } from '../support/files/samples';
import { reset as forget } from '../support/platform/counting';
import { withStoppedClock } from '../support/time/stopped-clock';

const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const SERIES_IDENTITY = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const frames = (count: number): Element => [0x7fe00010, 'OW', pixels(256 * count, 1)];
const frame = (sop: string, number: number | string = 1) => `${SERIES}/instances/${sop}/frames/${number}`;

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

/**
 * Adds rows to the index that equal the stored one except for their UIDs: storing so many files would take a minute.
 */
async function multiplied(count: number): Promise<void> {
  const database = client.bindings.database;
  const { results } = await database.prepare('SELECT name FROM pragma_table_info(?)').bind('instance').all();
  const same = results.map(({ name }) => String(name)).filter((name) => name !== 'id' && name !== 'sop_instance_uid');
  await database
    .prepare(
      `INSERT INTO instance (sop_instance_uid, ${same.join()})
      WITH RECURSIVE number (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < ${count})
      SELECT '1.2.3.4.' || n, ${same.map((name) => `instance.${name}`).join()} FROM instance, number`,
    )
    .run();
}

describe('the cost of reads', () => {
  withStoppedClock();

  it('a frame is one R2 range; scrolling through a series asks D1 once', async () => {
    await client.store(Array.from({ length: 50 }, (_, n) => slice({ sop: `1.2.3.4.${n + 1}`, seed: n + 1 })));
    forget(client.operations);
    for (let n = 1; n <= 50; n += 1) expect((await client.fetch(frame(`1.2.3.4.${n}`))).status).toBe(200);
    expect(client.operations.d1).toBe(1);
    expect(client.operations.r2Reads).toHaveLength(50);
    for (const { length } of client.operations.r2Reads) expect(length).toBe(512);
  });

  it('a frame from the middle of 100,000 is two small R2 ranges', async () => {
    const fragments = Array.from({ length: 100_000 }, (_, n) =>
      Uint8Array.of(0xff, 0xd8, n & 0xff, (n >> 8) & 0xff, n >> 16, 0, 0xff, 0xd9),
    );
    await client.store([
      slice({ transferSyntaxUID: '1.2.840.10008.1.2.4.50', fragments, elements: [[0x00280008, 'IS', '100000']] }),
    ]);
    forget(client.operations);
    const [part] = await partsOf(await client.fetch(frame('1.2.3.4.1', 50_001)));
    expect(part?.body).toEqual(fragments[50_000]);
    expect(client.operations.d1).toBe(1);
    expect(client.operations.r2Reads.map(({ length }) => length)).toEqual([16, 8]);
  });

  it('a request that is not modified reads no object', async () => {
    await client.store([slice()]);
    const etag = (await client.fetch(frame('1.2.3.4.1'))).headers.get('ETag') ?? '';
    forget(client.operations);
    const response = await client.fetch(frame('1.2.3.4.1'), { headers: { 'If-None-Match': etag } });
    expect(response.status).toBe(304);
    expect(client.operations).toMatchObject({ d1: 0, r2Reads: [] });
  });

  it('a hundred frames that a new viewer requests at once ask D1 once', async () => {
    await client.store(Array.from({ length: 100 }, (_, n) => slice({ sop: `1.2.3.4.${n + 1}`, rows: 4, columns: 4 })));
    forget(client.operations);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => client.fetch(frame(`1.2.3.4.${n + 1}`))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(client.operations.d1).toBe(1);
  });

  it('twenty pictures of one instance that are requested at once read its attributes once', async () => {
    await client.store([slice({ pixels: true, elements: [comments(6000), [0x00280008, 'IS', '20'], frames(20)] })]);
    forget(client.operations);
    const rendered = (number: number) => client.fetch(`${frame('1.2.3.4.1', number)}/rendered?viewport=4,4`);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => rendered(n + 1)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(client.operations.d1).toBe(2);
    expect(client.operations.r2Reads.filter(({ key }) => key.includes('/metadata/'))).toHaveLength(1);
  });

  it('scrolling through a series of 3000 asks D1 a few times, in any order', async () => {
    await client.store([slice({ sop: '1.2.3.4.1' })]);
    await multiplied(3000);
    const archive = openArchive(client.prefix, client.bindings);
    for (const order of [(n: number) => n, (n: number) => 2999 - n, (n: number) => (n * 7) % 3000]) {
      const cache = new LayoutCache();
      forget(client.operations);
      for (let n = 0; n < 3000; n += 1) {
        const sopInstanceUID = `1.2.3.4.${order(n) + 1}`;
        const row = await cache.find(archive, { ...SERIES_IDENTITY, sopInstanceUID });
        expect(row?.sopInstanceUID).toBe(sopInstanceUID);
      }
      expect(client.operations.d1).toBeLessThanOrEqual(12);
      expect(cache.bytes).toBeLessThanOrEqual(LAYOUT_CACHE_BYTES);
    }
  });

  it('an object that is missing is looked up again, but only once', async () => {
    await client.store([slice()]);
    expect((await client.fetch(frame('1.2.3.4.1'))).status).toBe(200);
    for (const { key } of (await client.bindings.bucket.list()).objects) await client.bindings.bucket.delete(key);
    forget(client.operations);
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await client.fetch(frame('1.2.3.4.1'))).status).toBe(500);
    expect(client.operations.d1).toBe(1);
    expect(logged.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'request', error: 'ObjectMissing', object: expect.stringMatching(/\.dcm$/) }),
    ]);
    logged.mockRestore();
  });
});

describe('the memory that a store holds', () => {
  /** Objects with slow writes, so that as many bytes as possible are on their way. */
  const slow = (objects: ObjectStore): ObjectStore => ({
    ...objects,
    put: async () => await new Promise((resolve) => setTimeout(resolve, 20)),
    begin: async () => ({
      part: async () => await new Promise((resolve) => setTimeout(resolve, 20)),
      complete: async () => undefined,
      abort: async () => undefined,
    }),
    delete: async () => undefined,
  });
  const archive = (): Archive => {
    const real = openArchive(client.prefix, client.bindings);
    return { ...real, objects: slow(real.objects) };
  };

  async function peakOf(files: Iterable<Iterable<Uint8Array>>): Promise<number> {
    const memory = new HeldMemory();
    const transaction = new StoreTransaction(
      archive(),
      { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES },
      undefined,
      memory,
    );
    for (const file of files) {
      const chunks = file[Symbol.iterator]();
      await transaction.add({ read: async () => chunks.next().value ?? null });
    }
    const { results } = await transaction.commit(Date.now());
    expect(new Set(results.map(({ result }) => result))).toEqual(new Set(['stored']));
    expect(memory.held).toBe(0);
    return memory.peak;
  }

  /** Bytes that the ledger gives a request of unknown length: 20 MiB, a third of what the shortest of these has. */
  const BOUND = uploadBytes(DEFAULT_LIMITS, undefined, false);

  it('is bounded for an instance of 64 MB', async () => {
    expect(await peakOf([large('1.2.3.4.1', 8192, 4096)])).toBeLessThan(BOUND);
  });

  it('is bounded for a deflated instance of 64 KB that inflates to 64 MB', async () => {
    const length = 64 * 1024 * 1024;
    const file = deflateBomb('1.2.3.4.1', longHeader(0x7fe00010, 'OW', length), length);
    expect(file.length).toBeLessThan(96 * 1024);
    const pause = vi.spyOn(Pauses.prototype, 'pause');
    expect(await peakOf([[file]])).toBeLessThan(BOUND);
    // Other requests get their turn a little more than once in a mebibyte.
    const given = pause.mock.calls.length;
    pause.mockRestore();
    expect(given).toBeGreaterThanOrEqual(64 / 2);
  });

  it('is bounded for 200 instances of 512 KB in one request', async () => {
    const files = Array.from({ length: 200 }, (_, n) => large(`1.2.3.4.${n + 1}`, 512, 512));
    expect(await peakOf(files)).toBeLessThan(BOUND);
  });
});

/** A file whose pixels arrive in chunks of 256 KiB. */
function* large(sop: string, rows: number, columns: number): Generator<Uint8Array> {
  const length = rows * columns * 2;
  const header = Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0);
  yield joined([slice({ sop, rows, columns, pixels: false }), header, new Uint8Array(Uint32Array.of(length).buffer)]);
  const chunk = new Uint8Array(256 * 1024);
  for (let sent = 0; sent < length; sent += chunk.length) yield chunk;
}
