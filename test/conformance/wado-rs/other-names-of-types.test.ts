import { expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

/** npm's dicomweb-client sends no other names than these for RLE, HTJ2K and MPEG-2; `image/x-jls` is the first for JPEG-LS. */
it.each([
  ['image/x-dicom-rle', 'image/dicom-rle', '1.2.840.10008.1.2.5'],
  ['image/x-jls', 'image/jls', '1.2.840.10008.1.2.4.80'],
  ['image/jhc', 'image/jphc', '1.2.840.10008.1.2.4.201'],
  ['image/jhc', 'image/jphc', '1.2.840.10008.1.2.4.202'],
])('PS3.18 8.7.3.5 frames as %s, which is %s', async (name, type, syntax) => {
  await archive.store([slice()]);
  for (const accept of [
    `multipart/related; type="${name}"; transfer-syntax=${syntax}`,
    `multipart/related; type="application/pdf", multipart/related; type=${name}; transfer-syntax=${syntax}`,
    `${name}; transfer-syntax=${syntax}`,
  ]) {
    const response = await archive.fetch(`${INSTANCE}/frames/1`, { headers: { Accept: accept } });
    expect(response.status, accept).toBe(200);
    const multipart = accept.startsWith('multipart');
    const found = multipart
      ? (await partsOf(response))[0]?.headers['Content-Type']
      : response.headers.get('Content-Type');
    expect(found).toBe(`${type}; transfer-syntax=${syntax}`);
  }
  const response = await archive.fetch(`${INSTANCE}/frames/1?accept=${name}`);
  expect(response.headers.get('Content-Type')).toContain(type);
});

it('PS3.18 8.7.3.5 a video as video/mpeg2, which is video/mpeg', async () => {
  const video = Uint8Array.of(0, 0, 1, 0xb3, 1, 2, 3, 4);
  await archive.store([slice({ transferSyntaxUID: '1.2.840.10008.1.2.4.100', fragments: [video] })]);
  for (const path of [`${INSTANCE}/frames/1`, `${INSTANCE}/bulkdata/7FE00010`]) {
    const accept = 'multipart/related; type="video/mpeg2"; transfer-syntax=1.2.840.10008.1.2.4.100';
    const [part] = await partsOf(await archive.fetch(path, { headers: { Accept: accept } }));
    expect(part?.headers['Content-Type'], path).toBe('video/mpeg; transfer-syntax=1.2.840.10008.1.2.4.100');
    expect(part?.body).toEqual(video);
  }
  const rendered = await archive.fetch(`${INSTANCE}/rendered`, { headers: { Accept: 'video/mpeg2' } });
  expect([rendered.status, rendered.headers.get('Content-Type')]).toEqual([200, 'video/mpeg']);
});
