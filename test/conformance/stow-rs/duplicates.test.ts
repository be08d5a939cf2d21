import { beforeEach, describe, expect, it } from 'vitest';
import { hexadecimal } from '../../../src/archive/bytes';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf, sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { type Element, IMPLICIT_LITTLE, withMeta } from '../../support/files/part10';
import { comments, slice } from '../../support/files/samples';
import { watchedBindings } from '../../support/platform/platform-calls';

const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const NAMED = (name: string): Element[] => [[0x00100010, 'PN', name]];

const one = slice({ seed: 1, elements: NAMED('First^Version') });
const two = slice({ seed: 2, elements: [...NAMED('Second^Version'), comments(6000)] });
const three = slice({ seed: 3, elements: NAMED('Third^Version') });

let archive: ArchiveClient;
withArchive();

const bytes = () => archive.bytes(INSTANCE, 'application/dicom');
const restore = async (path = INSTANCE) => (await archive.fetch(`${path}/restore`, { method: 'POST' })).status;
const nameFound = async () => (await archive.json('/dicomweb/studies'))[0]?.['00100010']?.Value;
const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
const objects = () => keysOf(archive);
const run = (days: number) => sweepAfter(openArchive(archive.prefix, archive.bindings), days * DAY);

/** Frame, bulk data, metadata and file come from the same version. */
async function whole(expected: Uint8Array): Promise<void> {
  expect(await bytes()).toEqual(expected);
  const pixels = expected.subarray(expected.length - 512);
  expect(await archive.bytes(`${INSTANCE}/frames/1`, 'application/octet-stream')).toEqual(pixels);
  expect(await archive.bytes(`${INSTANCE}/bulkdata/7FE00010`, 'application/octet-stream')).toEqual(pixels);
  const text = new TextDecoder('latin1').decode(expected);
  const [instance] = await archive.json(`${INSTANCE}/metadata`);
  const [value] = instance?.['00100010']?.Value ?? [];
  const name = String((value as { Alphabetic?: string } | undefined)?.Alphabetic);
  expect(text).toContain(name);
  expect(await nameFound()).toEqual([{ Alphabetic: name }]);
  expect(await archive.json(`${SERIES}/metadata`)).toEqual([instance]);
  expect(await archive.json(`/dicomweb/studies?PatientName=${name}`)).toHaveLength(1);
  expect((await archive.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([1]);
}

describe('PS3.18 10.5.2 other content under known UIDs: DUPLICATES=replace', () => {
  beforeEach(() => {
    archive = archiveClient({ DUPLICATES: 'replace' });
  });

  it('replaces the old content completely and at once; frames that were read before are dropped', async () => {
    await archive.store([one]);
    await whole(one);
    const before = await archive.fetch(`${INSTANCE}/frames/1`);
    const response = await archive.store([two]);
    expect(response.status).toBe(200);
    await whole(two);
    const after = await archive.fetch(`${INSTANCE}/frames/1`);
    expect(after.headers.get('ETag')).not.toBe(before.headers.get('ETag'));
    // A browser must ask whether its copy is still current.
    expect(after.headers.get('Cache-Control')).toBe('private, no-cache');
  });

  it('the version before can be restored, and then the one after it', async () => {
    await archive.store([one]);
    await archive.store([two]);
    expect(await restore()).toBe(204);
    await whole(one);
    expect(await restore()).toBe(204);
    await whole(two);
    await archive.store([three]);
    expect(await restore()).toBe(204);
    await whole(two);
  });

  it('both contents in one request: the later one is current, the earlier one can be restored', async () => {
    const response = await archive.store([one, two, three]);
    expect(response.status).toBe(200);
    await whole(three);
    expect(await restore()).toBe(204);
    await whole(two);
  });

  it.each([
    ['is there before', [one], [one, two]],
    ['comes twice', [], [one, one, two]],
  ])('content that %s does not come back in place of the later one of the request', async (_, before, sent) => {
    if (before.length > 0) await archive.store(before);
    expect((await archive.store(sent)).status).toBe(200);
    await whole(two);
    expect(await restore()).toBe(204);
    await whole(one);
  });

  it('the same content again replaces nothing', async () => {
    await archive.store([one]);
    await archive.store([two]);
    const stored = await objects();
    expect((await archive.store([two])).status).toBe(200);
    expect(await objects()).toEqual(stored);
    expect(await restore()).toBe(204);
    await whole(one);
  });

  it('a deleted instance is restored in its last version', async () => {
    await archive.store([one]);
    await archive.store([two]);
    await archive.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' });
    expect(await restore('/dicomweb/studies/1.2.3.4')).toBe(204);
    await whole(two);
    expect(await restore()).toBe(204);
    await whole(one);
  });

  it('replaced content is reclaimed after the retention time, and not before', async () => {
    await archive.store([one]);
    await archive.store([two]);
    await run(29);
    expect((await objects()).filter((key) => key.includes('/instances/'))).toHaveLength(2);
    await run(31);
    await run(31);
    expect(await objects()).toHaveLength(2);
    await whole(two);
    expect(await restore()).toBe(404);
  });
});

describe('PS3.18 10.5.2 other content under known UIDs: DUPLICATES=keep', () => {
  beforeEach(() => {
    archive = archiveClient({ DUPLICATES: 'keep' });
  });

  it('the current content stays; the other one is kept aside, with a warning, like the instance', async () => {
    await archive.store([one]);
    const response = await archive.store([two]);
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081199')[0]?.['00081196']).toEqual({ vr: 'US', Value: [0xb111] });
    expect(dataSet['00081198']).toBeUndefined();
    await whole(one);
    await run(400);
    await whole(one);
    expect(await restore()).toBe(204);
    await whole(two);
    expect(await restore()).toBe(204);
    await whole(one);
  });

  it('the same content is kept once', async () => {
    await archive.store([one]);
    await archive.store([two]);
    const stored = await objects();
    const again = await archive.store([two]);
    expect(again.status).toBe(202);
    expect(items((await again.json()) as DicomJson, '00081199')[0]?.['00081196']?.Value).toEqual([0xb111]);
    expect((await objects()).filter((key) => key.endsWith('.dcm'))).toEqual(
      stored.filter((key) => key.endsWith('.dcm')),
    );
  });

  it('is deleted together with its instance', async () => {
    await archive.store([one]);
    await archive.store([two]);
    await archive.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' });
    await run(31);
    await run(31);
    expect(await objects()).toEqual([]);
  });
});

describe('PS3.10 7.1 the same data set in a file with other file meta information is the same instance', () => {
  const again = withMeta(one, 'OTHER_SENDER');
  const heldDigest = async () => hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', one)));

  it.each(['reject', 'keep', 'replace'])(
    'DUPLICATES=%s: the first file stays, and nothing is stored twice',
    async (policy) => {
      archive = archiveClient({ DUPLICATES: policy });
      await archive.store([one]);
      const stored = await objects();
      const other = slice({ seed: 1, sop: '1.2.3.4.2', elements: [[0x00100010, 'PN', 'First^Version']] });
      for (const files of [[again], [again, other], [again, withMeta(other, 'THIRD')]]) {
        const response = await archive.store(files);
        expect(response.status).toBe(200);
        const [item, ...rest] = items((await response.json()) as DicomJson, '00081199');
        expect(item?.['00081196']).toBeUndefined();
        expect(item?.['00091001']?.Value).toEqual([await heldDigest()]);
        expect(rest).toHaveLength(files.length - 1);
        expect(await bytes()).toEqual(one);
      }
      const files = (await objects()).filter((key) => key.endsWith('.dcm'));
      expect(files).toHaveLength(2);
      expect(files).toEqual(expect.arrayContaining(stored.filter((key) => key.endsWith('.dcm'))));
      expect(await restore()).toBe(404);
    },
  );

  it.each([
    ['replace', 'replaced', () => archive.store([two])],
    ['replace', 'deleted', () => archive.fetch(INSTANCE, { method: 'DELETE' })],
    ['keep', 'deleted', () => archive.fetch(INSTANCE, { method: 'DELETE' })],
  ] as const)(
    'DUPLICATES=%s: what is %s between the comparison and the commit is not taken for stored',
    async (policy, _, meanwhile) => {
      let waits = false;
      archive = archiveClient({ DUPLICATES: policy }, (bindings) =>
        watchedBindings(bindings, async ({ operation, about }, work) => {
          if (waits && operation === 'batch' && about.includes('INSERT INTO')) {
            waits = false;
            await meanwhile();
          }
          return await work();
        }),
      );
      const other = slice({ seed: 1, sop: '1.2.3.4.2' });
      await archive.store([one]);
      waits = true;
      const response = await archive.store([again, other]);
      expect(waits).toBe(false);
      expect(response.status).toBe(200);
      const stored = items((await response.json()) as DicomJson, '00081199');
      expect(stored.map((item) => item['00091001'])).toEqual([undefined, undefined]);
      expect(await bytes()).toEqual(again);
    },
  );

  it('other data of the same length, and the same data in another transfer syntax, are other content', async () => {
    archive = archiveClient({ DUPLICATES: 'reject' });
    await archive.store([one]);
    expect((await archive.store([withMeta(slice({ seed: 9, elements: NAMED('First^Version') }), 'X')])).status).toBe(
      409,
    );
    const implicit = slice({ seed: 1, elements: NAMED('First^Version'), transferSyntaxUID: IMPLICIT_LITTLE });
    expect((await archive.store([implicit])).status).toBe(409);
    expect(await bytes()).toEqual(one);
  });

  it('what is replaced within a request is not compared with what is held', async () => {
    archive = archiveClient({ DUPLICATES: 'replace' });
    await archive.store([one]);
    expect((await archive.store([two, again])).status).toBe(200);
    expect(await bytes()).toEqual(again);
  });
});

it('with an unknown policy every request is refused', async () => {
  archive = archiveClient({ DUPLICATES: 'overwrite' });
  expect((await archive.fetch('/dicomweb/studies')).status).toBe(503);
  archive = archiveClient({ RETENTION_DAYS: '-1' });
  expect((await archive.fetch('/dicomweb/studies')).status).toBe(503);
});
