import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { withMeta } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const LENGTH = slice().length;
const file = (number: number, more = {}) => slice({ sop: `1.2.3.4.${number}`, ...more });

withArchive();

interface Item {
  readonly '00081155': { readonly Value: readonly string[] };
  readonly '00081197'?: { readonly Value: readonly number[] };
}

/** The instances that were stored, and those that were refused with their Failure Reason. */
async function outcome(response: Response) {
  const answer = (await response.json()) as Record<string, { Value?: Item[] }>;
  return {
    status: response.status,
    stored: (answer['00081199']?.Value ?? []).map((item) => item['00081155'].Value[0]),
    refused: (answer['00081198']?.Value ?? []).map((item) => [item['00081155'].Value[0], item['00081197']?.Value[0]]),
  };
}

const instances = async (archive: ArchiveClient) =>
  (await archive.json('/dicomweb/instances')).map((one: DicomJson) => one['00080018']?.Value?.[0]).sort();

/** Another deployment of the same archive, with other settings. */
const again = (archive: ArchiveClient, variables: Record<string, string>) =>
  archiveClient(variables, undefined, archive.prefix);

describe('a quota of instances', () => {
  it('refuses each instance beyond it with A700H, and keeps those that fit', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_INSTANCES: '3' });
    expect((await archive.store([file(1)])).status).toBe(200);
    expect(await outcome(await archive.store([file(2), file(3), file(4), file(5)]))).toEqual({
      status: 202,
      stored: ['1.2.3.4.2', '1.2.3.4.3'],
      refused: [
        ['1.2.3.4.4', 0xa700],
        ['1.2.3.4.5', 0xa700],
      ],
    });
    expect(await instances(archive)).toEqual(['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3']);
    const { objects } = await archive.bindings.bucket.list({ prefix: `${archive.prefix}/instances/` });
    expect(objects).toHaveLength(3);
  });

  it('refuses a request of which nothing fits with 507, and nothing of it stays; what is there can be read', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_INSTANCES: '1' });
    await archive.store([file(1)]);
    const full = await archive.store([file(2)]);
    expect([full.status, await full.json()]).toMatchObject([507, { code: 'out-of-space' }]);
    const { objects } = await archive.bindings.bucket.list({ prefix: `${archive.prefix}/instances/` });
    expect(objects).toHaveLength(1);
    expect(await instances(archive)).toEqual(['1.2.3.4.1']);
  });

  it('takes what is stored already as stored, however little room there is', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_INSTANCES: '2' });
    await archive.store([file(1), file(2)]);
    const stored = ['1.2.3.4.1', '1.2.3.4.2'];
    // The quota was lowered since.
    for (const most of ['2', '1']) {
      const full = again(archive, { MAX_ARCHIVE_INSTANCES: most });
      expect(await outcome(await full.store([file(1)]))).toEqual({
        status: 200,
        stored: stored.slice(0, 1),
        refused: [],
      });
      // So is the same data set with other file meta information.
      expect((await full.store([withMeta(file(2), 'OTHER')])).status).toBe(200);
      const mixed = await outcome(await full.store([file(3), file(2), file(1)]));
      expect({ ...mixed, stored: mixed.stored.sort() }).toEqual({
        status: 202,
        stored,
        refused: [['1.2.3.4.3', 0xa700]],
      });
    }
    expect(await instances(archive)).toEqual(stored);
    const { objects } = await archive.bindings.bucket.list({ prefix: `${archive.prefix}/instances/` });
    expect(objects).toHaveLength(2);
  });

  it('counts what was deleted until it is purged, and can be raised', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_INSTANCES: '1' });
    await archive.store([file(1)]);
    expect((await archive.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' })).status).toBe(204);
    expect((await archive.store([file(2)])).status).toBe(507);
    expect((await archive.fetch('/dicomweb/studies/1.2.3.4/restore', { method: 'POST' })).status).toBe(204);
    expect((await again(archive, { MAX_ARCHIVE_INSTANCES: '2' }).store([file(2)])).status).toBe(200);
  });
});

describe('a quota of bytes', () => {
  it('refuses each instance that does not fit; a smaller one after it may', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_BYTES: String(2 * LENGTH + 100) });
    const large = file(9, { rows: 64, columns: 64 });
    expect(large.length).toBeGreaterThan(2 * LENGTH + 100);
    expect(await outcome(await archive.store([file(1), large, file(2), file(3)]))).toEqual({
      status: 202,
      stored: ['1.2.3.4.1', '1.2.3.4.2'],
      refused: [
        ['1.2.3.4.9', 0xa700],
        ['1.2.3.4.3', 0xa700],
      ],
    });
    expect(await outcome(await archive.store([file(3)]))).toEqual({
      status: 409,
      stored: [],
      refused: [['1.2.3.4.3', 0xa700]],
    });
  });
});
