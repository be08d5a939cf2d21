import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { bulkPart, jsonPart, related } from '../../support/clients/metadata-request';
import type { Element } from '../../support/files/part10';
import { pixels, slice } from '../../support/files/samples';

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const AS_STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient({ DUPLICATES: 'replace' });
});

const get = (path: string) => archive.fetch(path, { headers: { Accept: AS_STORED } });

/** Stores an image in JPEG-LS. @returns its frames as they are stored */
async function storeCompressed(count: number): Promise<Uint8Array[]> {
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  const elements: Element[] = [
    [0x00280008, 'IS', String(count)],
    [0x7fe00010, 'OW', numbers.flatMap((seed) => pixels(256, seed))],
  ];
  await archive.store([slice({ elements })]);
  await archive.store([await archive.bytes(INSTANCE, 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.80')]);
  return await bodiesOf(`${INSTANCE}/frames/${numbers.join()}`);
}

const bodiesOf = async (path: string) => (await partsOf(await get(path))).map(({ body }) => body);

describe('PS3.18 10.4.3.3.5 the Content-Location of compressed pixel data', () => {
  it.each([
    ['one frame', 1, ['']],
    ['three frames', 3, ['/frames/1', '/frames/2', '/frames/3']],
  ])('%s: metadata and parts can be stored as they come', async (_name, count, ends) => {
    const stored = await storeCompressed(count);
    expect(stored).toHaveLength(count);
    const [metadata] = (await archive.json(`${INSTANCE}/metadata`)) as [DicomJson];
    const uri = `${ORIGIN}${INSTANCE}/bulkdata/7FE00010`;
    expect(metadata['7FE00010']?.BulkDataURI).toBe(uri);
    for (const [at, resource] of ['bulkdata/7FE00010', 'bulkdata', 'pixeldata'].entries()) {
      const parts = await partsOf(await get(`${INSTANCE}/${resource}`));
      const locations = parts.map(({ headers }) => headers['Content-Location'] ?? '');
      expect(locations, resource).toEqual(ends.map((end) => `${uri}${end}`));
      const bulk = parts.map(({ headers, body }, index) => bulkPart(locations[index]!, body, headers['Content-Type']));
      const copy = { ...metadata, '00080018': { vr: 'UI', Value: [`1.2.3.4.1.${at}`] } };
      const request = related([jsonPart([copy]), ...bulk], 'application/dicom+json');
      expect((await archive.fetch('/dicomweb/studies', { method: 'POST', ...request })).status, resource).toBe(200);
      const list = ends.map((_, index) => index + 1).join();
      expect(await bodiesOf(`${INSTANCE}.${at}/frames/${list}`)).toEqual(stored);
    }
  });

  it('the URI of a part is the frame, with the statuses of frames', async () => {
    const stored = await storeCompressed(3);
    for (const [list, status] of [
      ['2', 200],
      ['3,1', 200],
      ['4', 404],
      ['0', 400],
      ['x', 400],
    ] as const) {
      const response = await get(`${INSTANCE}/bulkdata/7FE00010/frames/${list}`);
      expect(response.status, list).toBe(status);
      if (status !== 200) continue;
      const frames = list.split(',').map((number) => stored[Number(number) - 1]);
      expect((await partsOf(response)).map(({ body }) => body)).toEqual(frames);
    }
  });
});
