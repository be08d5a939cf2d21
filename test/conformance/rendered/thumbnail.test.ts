import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { document, report } from '../../support/files/instances';
import { decodePng } from '../../support/files/png-decoder';
import { slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, Accept = '*/*') => archive.fetch(path, { headers: { Accept } });

/** Width and height in a JPEG's frame header (ITU-T T.81 B.2.2). */
function sizeOfJPEG(bytes: Uint8Array): [width: number, height: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 2; at < bytes.length; at += 2 + view.getUint16(at + 2)) {
    if (bytes[at + 1] === 0xc0) return [view.getUint16(at + 7), view.getUint16(at + 5)];
  }
  throw new Error('no frame header');
}

async function jpeg(path: string, accept = 'image/jpeg'): Promise<Uint8Array> {
  const response = await get(path, accept);
  expect(response.status, path).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('image/jpeg');
  return new Uint8Array(await response.arrayBuffer());
}

describe('PS3.18 10.4.1.1.4 thumbnails', () => {
  it('of a study, a series, an instance and a frame, at most 256 pixels wide and high', async () => {
    await archive.store([slice({ rows: 300, columns: 600 })]);
    for (const path of [STUDY, SERIES, INSTANCE, `${INSTANCE}/frames/1`]) {
      expect(sizeOfJPEG(await jpeg(`${path}/thumbnail`, '*/*')), path).toEqual([256, 128]);
    }
    expect(sizeOfJPEG(await jpeg(`${STUDY}/thumbnail?viewport=100,100`))).toEqual([100, 50]);
    expect(sizeOfJPEG(await jpeg(`${STUDY}/thumbnail?accept=image/jpeg`, 'multipart/related'))).toEqual([256, 128]);
    const png = await get(`${INSTANCE}/thumbnail?viewport=64,64`, 'image/png');
    expect(decodePng(new Uint8Array(await png.arrayBuffer())).width).toBe(64);
  });

  it('of an image of the largest size that is decoded', async () => {
    const colours = new Uint8Array(4096 * 2800 * 3).fill(200);
    const stored = await archive.store([
      slice({
        rows: 2800,
        columns: 4096,
        elements: [
          [0x00280002, 'US', [3]],
          [0x00280004, 'CS', 'RGB'],
          [0x00280006, 'US', [0]],
          [0x00280100, 'US', [8]],
          [0x00280101, 'US', [8]],
          [0x00280102, 'US', [7]],
          [0x7fe00010, 'OB', colours],
        ],
      }),
    ]);
    expect(stored.status).toBe(200);
    expect(sizeOfJPEG(await jpeg(`${INSTANCE}/thumbnail`))).toEqual([256, 175]);
  });

  it('404 without a study, instance or frame, 400 for a part of the image, 406 for a type that is no picture', async () => {
    await archive.store([slice(), report('All is well.', { series: '1.2.3.4.7' })]);
    expect((await get('/dicomweb/studies/9/thumbnail')).status).toBe(404);
    expect((await get(`${INSTANCE}9/thumbnail`)).status).toBe(404);
    expect((await get(`${INSTANCE}/frames/2/thumbnail`)).status).toBe(404);
    expect((await get(`${INSTANCE}/thumbnail?viewport=10,10,1,1,5,5`)).status).toBe(400);
    expect((await get(`${INSTANCE}/thumbnail`, 'text/html')).status).toBe(406);
    expect((await get(`${STUDY}/series/1.2.3.4.7/thumbnail`)).status).toBe(406);
  });

  it('a study is shown by the middle of its largest series, not by its first localizer, segmentation or report', async () => {
    const localizer = slice({ series: '1.2.3.4.1', sop: '1.2.3.4.1.1', seed: 50 });
    const slices = [5, 1, 3, 2, 4].map((n) => slice({ sop: `1.2.3.4.0.${n}`, seed: n, instanceNumber: n }));
    const segmentations = [1, 2, 3, 4, 5, 6].map((n) =>
      slice({ series: '1.2.3.4.5', sop: `1.2.3.4.5.${n}`, seed: 60, elements: [[0x00080060, 'CS', 'SEG']] }),
    );
    await archive.store([report('All is well.'), localizer, ...segmentations, ...slices]);
    const middle = await jpeg(`${SERIES}/instances/1.2.3.4.0.3/thumbnail`);
    expect(await jpeg(`${STUDY}/thumbnail`)).toEqual(middle);
    expect(await jpeg(`${SERIES}/thumbnail`)).toEqual(middle);
    expect(await jpeg(`${STUDY}/series/1.2.3.4.1/thumbnail`)).not.toEqual(middle);
    expect((await get(`${STUDY}/series/1.2.3.4.5/thumbnail`)).status).toBe(200);
  });

  it('is made once and kept, and is deleted with its instance', async () => {
    archive = archiveClient({ RETENTION_DAYS: '0' });
    await archive.store([slice({ rows: 300, columns: 300 })]);
    const first = await jpeg(`${INSTANCE}/thumbnail`);
    const kept = archive.operations.r2Writes.filter((key) => key.endsWith('.thumbnail'));
    expect(kept).toHaveLength(1);
    archive.operations.r2Reads.length = 0;
    expect(await jpeg(`${INSTANCE}/thumbnail`)).toEqual(first);
    expect(archive.operations.r2Reads.map(({ key }) => key.split('.').at(-1))).toEqual(['thumbnail']);
    await archive.fetch(INSTANCE, { method: 'DELETE' });
    const context = createExecutionContext();
    await sweepAfter(openArchive(archive.prefix, archive.bindings), 1000);
    await waitOnExecutionContext(context);
    expect(
      (await env.BUCKET.list({ prefix: archive.prefix })).objects.filter(({ key }) => key.includes('thumbnail')),
    ).toEqual([]);
  });

  it('a thumbnail that an earlier version made differently is not sent any more', async () => {
    await archive.store([slice()]);
    const made = await jpeg(`${INSTANCE}/thumbnail`);
    const key = archive.operations.r2Writes.find((of) => of.endsWith('.thumbnail'));
    await env.BUCKET.put(key ?? '', new Uint8Array(made.buffer, made.byteOffset, made.byteLength).fill(7));
    archive.operations.r2Writes.length = 0;
    const again = await jpeg(`${INSTANCE}/thumbnail`);
    expect([...again.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    // R2 accepts one write a second for a key, so the write may have to be repeated.
    expect(new Set(archive.operations.r2Writes)).toContain(key);
  });

  it('there is none for an instance that is not an image', async () => {
    await archive.store([document('application/pdf', new TextEncoder().encode('%PDF'))]);
    expect((await get(`${STUDY}/thumbnail`)).status).toBe(406);
  });
});
