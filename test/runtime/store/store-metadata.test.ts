import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../src/archive/memory/buffer-pool';
import { HeldMemory } from '../../../src/archive/memory/held-memory';
import { uploadBytes } from '../../../src/archive/memory/upload-memory';
import { MetadataInstances } from '../../../src/archive/store/from-metadata/metadata-instances';
import { Spool } from '../../../src/archive/store/from-metadata/spool';
import { StoreTransaction } from '../../../src/archive/store/store';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf, sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { bulkPart, jsonPart, related, sliceMetadata } from '../../support/clients/metadata-request';
import { failing } from '../../support/platform/failing';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const withPixels = (sop: string, rows: number) =>
  sliceMetadata({
    sop,
    rows,
    more: { '00280008': { vr: 'IS', Value: [1] }, '7FE00010': { vr: 'OW', BulkDataURI: sop } },
  });
const send = (parts: Parameters<typeof related>[0]) =>
  archive.fetch('/dicomweb/studies', { method: 'POST', ...related(parts, 'application/dicom+json') });
const keys = () => keysOf(archive);

/** A part whose body is made while it is read. */
function madePart(location: string, length: number) {
  let left = length;
  const chunk = new Uint8Array(256 * 1024).fill(7);
  return {
    location,
    read: async () => {
      const bytes = chunk.subarray(0, Math.min(left, chunk.length));
      left -= bytes.length;
      return bytes.length === 0 ? null : bytes;
    },
  };
}

const textPart = (text: string) => {
  const chunks: (Uint8Array | null)[] = [new TextEncoder().encode(text), null];
  return { read: async () => chunks.shift() ?? null };
};

describe('memory of a request of metadata and bulk data', () => {
  /** Bytes that the ledger gives a request of unknown length. */
  const BOUND = uploadBytes(DEFAULT_LIMITS, undefined, true);

  async function peakOf(parts: readonly { sop: string; rows: number; length: number }[]): Promise<number> {
    // Otherwise the test would prove nothing.
    expect(parts.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(BOUND);
    const memory = new HeldMemory();
    const open = openArchive(archive.prefix, archive.bindings);
    const settings = { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES, searchAttributes: [] };
    const transaction = new StoreTransaction(open, settings, undefined, memory);
    const metadata = new MetadataInstances(open, DEFAULT_LIMITS, `${ORIGIN}/dicomweb/studies`, memory);
    for (const { sop, length } of parts) await metadata.addBulk(madePart(sop, length));
    const dataSets = parts.map(({ sop, rows }) => withPixels(sop, rows));
    await metadata.add(textPart(JSON.stringify(dataSets)), 'json');
    expect(await metadata.store(transaction, true)).toEqual({ unreferenced: 0, tooMany: 0 });
    await metadata.discard();
    const { results } = await transaction.commit(Date.now());
    expect(results.map(({ result }) => result)).toEqual(parts.map(() => 'stored'));
    expect(memory.held).toBe(0);
    expect((await keys()).filter((key) => key.includes('unfiled/'))).toEqual([]);
    return memory.peak;
  }

  it('is bounded for one bulk part of 40 MB', async () => {
    expect(await peakOf([{ sop: '1.2.3.4.1', rows: 4473, length: 2 * 4473 * 4473 }])).toBeLessThan(BOUND);
  });

  it('is bounded for 80 bulk parts of 512 KB, and for 600 of 50 KB', async () => {
    const many = (count: number, rows: number) =>
      Array.from({ length: count }, (_, n) => ({ sop: `1.2.3.4.${rows}.${n + 1}`, rows, length: 2 * rows * rows }));
    expect(await peakOf(many(80, 512))).toBeLessThan(BOUND);
    expect(await peakOf(many(600, 160))).toBeLessThan(BOUND);
  });
});

describe('round trips of a request of metadata and bulk data', () => {
  it('8 MB of bulk data, more than a part of an upload: read once, and one transaction', async () => {
    const pixels = new Uint8Array(2 * 2000 * 2000);
    for (let at = 0; at < pixels.length; at += 1) pixels[at] = (at * 31) >> 3;
    const response = await send([bulkPart('1.2.3.4.1', pixels), jsonPart([withPixels('1.2.3.4.1', 2000)])]);
    expect(response.status).toBe(200);
    expect(archive.operations.d1).toBe(1);
    expect(archive.operations.r2Reads).toHaveLength(1);
    expect(archive.operations.r2Reads[0]).toMatchObject({ offset: 0, length: pixels.length });
    const path = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
    const frame = await archive.bytes(`${path}/frames/1`, 'application/octet-stream');
    expect(frame.length).toBe(pixels.length);
    expect(frame.every((byte, at) => byte === pixels[at])).toBe(true);
  });

  it('small bulk data is not spooled', async () => {
    const dataSets = Array.from({ length: 20 }, (_, n) => withPixels(`1.2.3.4.${n + 1}`, 16));
    const parts = dataSets.map((_, n) => bulkPart(`1.2.3.4.${n + 1}`, new Uint8Array(512).fill(n)));
    expect((await send([jsonPart(dataSets), ...parts])).status).toBe(200);
    expect(archive.operations).toMatchObject({ d1: 1, r2Reads: [] });
    expect(archive.operations.r2Writes).toHaveLength(20);
  });
});

describe('a request of metadata and bulk data that fails', () => {
  it('bulk data that cannot be read back affects only its instance', async () => {
    archive = archiveClient({}, (real) =>
      failing(real, (operation) => (operation === 'get' ? { message: 'no answer', when: 'before' } : undefined)),
    );
    const parts = [bulkPart('1.2.3.4.1', new Uint8Array(2 * 300 * 300)), bulkPart('1.2.3.4.2', new Uint8Array(512))];
    const response = await send([jsonPart([withPixels('1.2.3.4.1', 300), withPixels('1.2.3.4.2', 16)]), ...parts]);
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as DicomJson;
    expect(dataSet['00081198']?.Value).toMatchObject([
      { '00081155': { Value: ['1.2.3.4.1'] }, '00081197': { Value: [0x0110] } },
    ]);
    expect((await keys()).filter((key) => key.includes('unfiled/'))).toEqual([]);
  });

  it('bulk data left behind is found by the sweeper after a day, and deleted by a later run', async () => {
    const open = openArchive(archive.prefix, archive.bindings);
    const spool = new Spool(open.objects, DEFAULT_LIMITS.uploadPartBytes, new HeldMemory(), new BufferPool());
    await spool.write(madePart('x', 100_000));
    await spool.finish();
    expect(await keys()).toEqual([expect.stringMatching(/unfiled\/[0-9a-f]{32}\.bulk$/)]);
    await sweepAfter(open, 0);
    await sweepAfter(open, 2 * DAY);
    expect(await keys()).toHaveLength(1);
    await sweepAfter(open, 33 * DAY);
    expect(await keys()).toEqual([]);
  });
});
