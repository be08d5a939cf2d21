import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { decodePng } from '../../support/files/png-decoder';
import { pixels, slice } from '../../support/files/samples';

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const PARTS = 'multipart/related; type="image/png"';
const SAMPLES = 48 * 64;

let archive: ArchiveClient;
withArchive(async () => {
  // Two frames, and no third.
  archive = archiveClient({ MAX_RENDERED_SAMPLES: String(2 * SAMPLES) });
  const frames = [1, 2, 3].flatMap((seed) => pixels(SAMPLES, seed));
  const elements = [
    [0x00280008, 'IS', '3'],
    [0x7fe00010, 'OW', frames],
  ] as const;
  expect(
    (await archive.store([slice({ rows: 48, columns: 64, elements: elements.map((one) => [...one]) })])).status,
  ).toBe(200);
});

const statusOf = async (path: string, Accept: string) => {
  const response = await archive.fetch(`${INSTANCE}${path}`, { headers: { Accept } });
  const text = await response.text();
  return response.status === 200 ? 200 : [response.status, JSON.parse(text).code];
};

describe('limits on the cost of one answer', () => {
  it('the samples of all pictures together are limited: 413', async () => {
    const tooLarge = [413, 'too-large'];
    expect(await statusOf('/frames/1,2/rendered', 'image/gif')).toBe(200);
    expect(await statusOf('/frames/1,2,3/rendered', 'image/gif')).toEqual(tooLarge);
    expect(await statusOf('/rendered', 'image/gif')).toEqual(tooLarge);
    expect(await statusOf('/frames/1,2/rendered', PARTS)).toBe(200);
    expect(await statusOf('/frames/1,2,3/rendered', PARTS)).toEqual(tooLarge);
    expect(await statusOf('/frames/1,2/rendered?viewport=128,96', 'image/gif')).toEqual(tooLarge);
    expect(await statusOf('/frames/1,2,3/rendered?viewport=32,24', 'image/gif')).toBe(200);
  });

  it('a list of frames that repeats frames too often is refused: 413', async () => {
    const list = (count: number) => `/frames/${Array.from({ length: count }, () => '2').join()}`;
    expect(await statusOf(list(101), '*/*')).toBe(200);
    expect(await statusOf(list(102), '*/*')).toEqual([413, 'too-large']);
    expect(await statusOf(`${list(10_000)}`, '*/*')).toEqual([413, 'too-large']);
    expect(await statusOf(`${list(10_000)}/rendered`, 'image/gif')).toEqual([413, 'too-large']);
  });
});

describe('a picture that takes more memory than a request may have', () => {
  it('is refused, however small its image: 413', async () => {
    archive = archiveClient({}, undefined, archive.prefix);
    for (const type of ['image/jpeg', 'image/jp2']) {
      expect(await statusOf('/frames/1/rendered?viewport=8192,8192', type)).toEqual([413, 'too-large']);
    }
    const Accept = 'image/png';
    const narrow = await archive.fetch(`${INSTANCE}/frames/1/rendered?viewport=8192,64`, { headers: { Accept } });
    expect(decodePng(new Uint8Array(await narrow.arrayBuffer())).height).toBe(64);
  });
});
