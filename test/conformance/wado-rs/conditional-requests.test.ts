import { expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { RESOURCES, STUDY, version } from '../../support/clients/cached-resources';

let archive: ArchiveClient;
withArchive(async () => {
  archive = archiveClient();
  await archive.store([version(1)]);
});

const SEARCHES = [
  ['/dicomweb/studies', 'application/dicom+json'],
  [`${STUDY}/instances`, 'application/dicom+json'],
  ['/dicomweb/instances', 'multipart/related; type="application/dicom+xml"'],
] as const;

it('RFC 9110 13.2.2: conditions of GET and HEAD of every resource with an entity tag', async () => {
  for (const [path, Accept] of [...RESOURCES, ...SEARCHES]) {
    const first = await archive.fetch(path, { headers: { Accept } });
    const etag = first.headers.get('ETag')!;
    await first.arrayBuffer();
    const conditions: [status: number, conditions: Record<string, string>][] = [
      [200, { 'If-Match': etag }],
      [200, { 'If-Match': `"other", ${etag}` }],
      [200, { 'If-Match': '*' }],
      [412, { 'If-Match': '"other"' }],
      // Strong comparison (13.1.1).
      [412, { 'If-Match': `W/${etag}` }],
      [304, { 'If-None-Match': etag }],
      [304, { 'If-None-Match': `"other", W/${etag}` }],
      [304, { 'If-None-Match': '*' }],
      [200, { 'If-None-Match': '"other"' }],
      [304, { 'If-Match': etag, 'If-None-Match': etag }],
      [412, { 'If-Match': '"other"', 'If-None-Match': etag }],
      // No answer has a date of change (13.1.3, 13.1.4).
      [200, { 'If-Modified-Since': 'Sat, 29 Oct 2050 19:43:31 GMT' }],
      [200, { 'If-Unmodified-Since': 'Sat, 29 Oct 1994 19:43:31 GMT' }],
    ];
    for (const method of ['GET', 'HEAD']) {
      for (const [status, headers] of conditions) {
        const response = await archive.fetch(path, { method, headers: { Accept, ...headers } });
        await response.arrayBuffer();
        expect([method, path, Accept, headers, response.status]).toEqual([method, path, Accept, headers, status]);
        if (status !== 412) expect(response.headers.get('ETag')).toBe(etag);
      }
    }
  }
});

it('RFC 9110 13.1.2: a change only where there is nothing yet is refused where there is something', async () => {
  const absent = { 'If-None-Match': '*', 'Content-Type': 'application/json' };
  const status = async (method: string, path: string, body?: string) =>
    (await archive.fetch(path, { method, headers: absent, ...(body !== undefined && { body }) })).status;
  expect(await status('PUT', `${STUDY}/labels`, '["trial"]')).toBe(412);
  expect(await status('PUT', `${STUDY}/hold`, '{"reason":"a case"}')).toBe(412);
  expect(await status('DELETE', STUDY)).toBe(412);
  expect(await archive.json(`${STUDY}/labels`)).toEqual([]);
  expect(await status('DELETE', '/dicomweb/studies/9.9')).toBe(404);
  expect((await archive.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
  expect(await status('POST', `${STUDY}/restore`)).toBe(204);
});
