import { expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import type { Element } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

/* RFC 9110 15.5.7: 406 lists what the client can choose from. Each member of the list is answered. */

const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances';
const RLE = '1.2.840.10008.1.2.5';
const pixelsOf = (bytes: number): Element => [0x7fe00010, 'OW', new Uint8Array(bytes)];
const DEEP: readonly Element[] = [
  [0x00280100, 'US', [32]],
  [0x00280101, 'US', [32]],
  [0x00280102, 'US', [31]],
];

/** Instances by what is special about them. */
const INSTANCES: Readonly<Record<string, Parameters<typeof slice>[0]>> = {
  'an image': {},
  'a data set without pixels': { pixels: false, transferSyntaxUID: '1.2.840.10008.1.2' },
  'pixel data of less than a frame': { elements: [pixelsOf(100)] },
  'pixel data of 0 bytes': { elements: [pixelsOf(0)] },
  'pixel data that nothing describes': { without: [0x00280010, 0x00280011, 0x00280100] },
  'samples of 32 bits': { elements: [...DEEP, pixelsOf(1024)] },
  'compressed pixel data without a frame': { transferSyntaxUID: RLE, fragments: [] },
};

withArchive();

it.for(Object.entries(INSTANCES))('406 names only what can be had: %s', async ([, options]) => {
  const archive = archiveClient();
  const stored = await archive.store([slice(options)]);
  expect([200, 202]).toContain(stored.status);
  for (const resource of ['', '/frames/1', '/pixeldata', '/bulkdata/7FE00010']) {
    const get = (Accept: string) => archive.fetch(`${SERIES}/1.2.3.4.1${resource}`, { headers: { Accept } });
    const refused = await get('image/gif');
    if (resource !== '' && refused.status === 404) continue;
    expect(refused.status, resource).toBe(406);
    const { detail } = (await refused.json()) as { detail: string };
    const types = /^This resource is available as (.*)\.$/.exec(detail)?.[1]?.split(', ') ?? [];
    expect(types.length, detail).toBeGreaterThan(0);
    for (const type of types) {
      const answer = await get(type);
      await answer.body?.cancel();
      expect([resource, type, answer.status]).toEqual([resource, type, 200]);
    }
  }
});
