import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { failing } from '../../support/platform/failing';

let archive: ArchiveClient;
let message: string | undefined;
withArchive(async () => {
  message = undefined;
  archive = archiveClient({}, (real) =>
    failing(real, () => (message === undefined ? undefined : { message, when: 'before' })),
  );
  await archive.store([slice()]);
});

describe('RFC 9110 13: conditional searches', () => {
  it.each(['application/dicom+json', 'multipart/related; type="application/dicom+xml"'])(
    '304 while the answer is the same, and no longer, as %s',
    async (accept) => {
      const ask = (etag?: string) =>
        archive.fetch('/dicomweb/studies?PatientID=MRN0000002', {
          headers: { Accept: accept, ...(etag !== undefined && { 'If-None-Match': etag }) },
        });
      const first = await ask();
      const etag = first.headers.get('ETag') ?? '';
      expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(await (await ask()).text()).toBe(await first.text());
      const again = await ask(etag);
      expect([again.status, await again.text()]).toEqual([304, '']);
      await archive.store([slice({ sop: '1.2.3.4.2' })]);
      expect((await ask(etag)).status).toBe(200);
    },
  );

  it('the same results in another form have a different tag', async () => {
    const tags = ['application/json', 'application/dicom+json', 'multipart/related; type="application/dicom+xml"'].map(
      async (accept) => (await archive.fetch('/dicomweb/studies', { headers: { Accept: accept } })).headers.get('ETag'),
    );
    expect(new Set(await Promise.all(tags)).size).toBe(3);
  });
});

describe('PS3.18 table 10.6.3-1: too broad a search', () => {
  it.each([
    'D1_ERROR: D1 DB exceeded its CPU time limit and was reset.',
    'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
  ])('413 when the index gives up: %s', async (failure) => {
    message = failure;
    const response = await archive.fetch('/dicomweb/studies?PatientName=*a*');
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'too-large' });
    message = undefined;
    expect((await archive.fetch('/dicomweb/studies?PatientName=*a*')).status).toBe(200);
  });
});
