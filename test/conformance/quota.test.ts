import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../src/dicom/json/json-model';
import { type ArchiveClient, archiveClient } from '../support/archive-client';
import { slice } from '../support/samples';
import { withArchive } from '../support/with-archive';

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

  it('refuses a request to a full archive with 507 before it reads the body; what is there can be read', async () => {
    const archive = archiveClient({ MAX_ARCHIVE_INSTANCES: '1' });
    await archive.store([file(1)]);
    const before = archive.operations.r2Writes.length;
    const full = await archive.store([file(2)]);
    expect([full.status, await full.json()]).toMatchObject([507, { code: 'out-of-space' }]);
    expect(archive.operations.r2Writes).toHaveLength(before);
    expect(await instances(archive)).toEqual(['1.2.3.4.1']);
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

describe('without a quota', () => {
  it('a store asks the index for no size', async () => {
    const limited = archiveClient({ MAX_ARCHIVE_BYTES: '1000000' });
    await limited.store([file(1)]);
    const free = again(limited, {});
    await free.store([file(2)]);
    expect(limited.operations.d1 - free.operations.d1).toBe(1);
  });
});
