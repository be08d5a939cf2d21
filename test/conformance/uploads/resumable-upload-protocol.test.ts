import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { bytes, codeOf, create, HOUR, head, PART, PARTIAL, patch } from '../../support/clients/tus-requests';
import { BYTES, TUS, uploadMetadata } from '../../support/clients/upload-client';

/* tus 1.0 as the server speaks it, and its limits. */

withArchive();

describe('the protocol', () => {
  it('OPTIONS says what the server can; every answer names its version', async () => {
    const client = archiveClient({ MAX_UPLOAD_BYTES: '1000' });
    const { headers } = await client.fetch('/dicomweb/uploads', { method: 'OPTIONS' });
    expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith('tus-')))).toEqual({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,expiration,checksum,termination,concatenation',
      'tus-max-size': '1000',
      'tus-checksum-algorithm': 'sha1,sha256,md5',
    });
    const absent = await head(client, '/dicomweb/uploads/absent');
    expect([absent.status, absent.headers.get('Tus-Resumable')]).toEqual([404, '1.0.0']);
    const closed = archiveClient({ ALLOW_ANONYMOUS: '', ROLES: JSON.stringify({ a: { permissions: ['store'] } }) });
    const refused = await head(closed, '/dicomweb/uploads/absent');
    expect([refused.status, refused.headers.get('Tus-Resumable')]).toEqual([401, '1.0.0']);
    expect((await client.fetch('/dicomweb/studies')).headers.has('Tus-Resumable')).toBe(false);
  });

  it('another version is refused', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    for (const [method, target] of [
      ['POST', '/dicomweb/uploads'],
      ['HEAD', path],
      ['PATCH', path],
      ['DELETE', path],
    ] as const) {
      for (const headers of [{}, { 'Tus-Resumable': '0.2.2' }]) {
        const response = await client.fetch(target, { method, headers });
        expect([method, response.status, response.headers.get('Tus-Version')]).toEqual([method, 412, '1.0.0']);
      }
    }
  });

  it('pages of allowed origins may send and read its headers', async () => {
    const client = archiveClient({ CORS_ORIGINS: 'https://viewer.example.org' });
    const Origin = 'https://viewer.example.org';
    const asked = { Origin, 'Access-Control-Request-Method': 'PATCH' };
    const preflight = await client.fetch('/dicomweb/uploads/a', { method: 'OPTIONS', headers: asked });
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toContain('PATCH');
    const allowed = preflight.headers.get('Access-Control-Allow-Headers')!.split(',');
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...['Tus-Resumable', 'Upload-Length', 'Upload-Offset', 'Upload-Metadata', 'Upload-Concat', 'Upload-Checksum'],
        ...['Content-Type', 'Authorization', 'Idempotency-Key', 'X-HTTP-Method-Override'],
      ]),
    );
    const created = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...TUS, Origin, 'Upload-Length': '1' },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('Access-Control-Expose-Headers')!.split(',')).toEqual(
      expect.arrayContaining(['Location', 'Tus-Resumable', 'Tus-Extension', 'Upload-Offset', 'Upload-Expires']),
    );
  });

  it('a creation says where the upload is and when it expires; HEAD gives back what was sent', async () => {
    const client = archiveClient();
    const metadata = uploadMetadata({ filename: 'IM 1.dcm', empty: '' }).trim();
    const created = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...TUS, 'Upload-Length': '10', 'Upload-Metadata': metadata },
    });
    const expires = Date.parse(created.headers.get('Upload-Expires')!);
    expect(Math.abs(expires - Date.now() - 24 * HOUR)).toBeLessThan(HOUR);
    const shown = await head(client, created.headers.get('Location')!);
    expect(shown.status).toBe(200);
    expect(Object.fromEntries([...shown.headers].filter(([name]) => name.startsWith('upload-')))).toEqual({
      'upload-length': '10',
      'upload-offset': '0',
      'upload-metadata': metadata,
      'upload-expires': created.headers.get('Upload-Expires'),
    });
    expect(shown.headers.get('Cache-Control')).toBe('no-store');
  });

  it('a creation that is not valid is refused', async () => {
    const client = archiveClient({ MAX_UPLOAD_BYTES: '1000' });
    const tried = async (headers: Record<string, string>, body?: string) =>
      await codeOf(
        await client.fetch('/dicomweb/uploads', {
          method: 'POST',
          headers: { ...TUS, ...headers },
          body: body ?? null,
        }),
      );
    expect(await tried({})).toBe('400 bad-request');
    expect(await tried({ 'Upload-Defer-Length': '1' })).toBe('400 bad-request');
    expect(await tried({ 'Upload-Length': '-1' })).toBe('400 bad-request');
    expect(await tried({ 'Upload-Length': '1001' })).toBe('413 too-large');
    for (const metadata of ['a b c', 'a !', 'a YQ==,a YQ==', ',', `a ${'A'.repeat(5000)}`]) {
      expect(await tried({ 'Upload-Length': '1', 'Upload-Metadata': metadata }), metadata).toBe('400 bad-request');
    }
    const session = uploadMetadata({ session: 'none' });
    expect(await tried({ 'Upload-Length': '1', 'Upload-Metadata': session })).toBe('400 bad-request');
    expect(await tried({ 'Upload-Length': '3', 'Content-Type': 'text/plain' }, 'abc')).toBe(
      '415 unsupported-media-type',
    );
    expect(await tried({ ...BYTES, 'Upload-Length': '2', 'Content-Length': '3' }, 'abc')).toBe('413 too-large');
    expect(await tried({ 'Upload-Length': '1', 'Upload-Checksum': 'crc32 AAAA' })).toBe('400 bad-request');
    expect(await tried({ 'Upload-Concat': 'whole', 'Upload-Length': '1' })).toBe('400 bad-request');
  });

  it('a client that cannot send PATCH and DELETE sends POST', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    const send = (method: string, more: RequestInit = {}) =>
      client.fetch(path, {
        ...more,
        method: 'POST',
        headers: { ...BYTES, 'Upload-Offset': '0', 'X-HTTP-Method-Override': method },
      });
    expect((await send('PATCH', { body: 'abc' })).headers.get('Upload-Offset')).toBe('3');
    expect((await send('PUT')).status).toBe(400);
    expect((await send('DELETE')).status).toBe(204);
    expect((await head(client, path)).status).toBe(404);
  });
});

describe('limits', () => {
  it('a longer request is told of this way', async () => {
    const client = archiveClient({ MAX_REQUEST_BYTES: '1000' });
    const path = await create(client, 5000);
    const headers = { 'Content-Length': '1001' };
    for (const response of [
      await client.fetch('/dicomweb/studies', {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/dicom' },
        body: bytes(1001),
      }),
      await patch(client, path, 0, bytes(1001), headers),
      await client.fetch('/dicomweb/uploads', {
        method: 'POST',
        headers: { ...BYTES, ...headers, 'Upload-Length': '5000' },
        body: bytes(1001),
      }),
    ]) {
      expect(response.status).toBe(413);
      expect(((await response.json()) as { detail: string }).detail).toContain('/dicomweb/uploads');
    }
    expect((await patch(client, path, 0, bytes(1000))).status).toBe(204);
  });

  it('the quota counts what uploads under way will need', async () => {
    const client = archiveClient({ MAX_ARCHIVE_BYTES: '1000' });
    const path = await create(client, 900);
    const other = { method: 'POST', headers: { ...TUS, 'Upload-Length': '101' } };
    expect(await codeOf(await client.fetch('/dicomweb/uploads', other))).toBe('507 out-of-space');
    await client.fetch(path, { method: 'DELETE', headers: TUS });
    expect((await client.fetch('/dicomweb/uploads', other)).status).toBe(201);
  });

  it('an upload belongs to the principal that made it', async () => {
    const ROLES = JSON.stringify({ sender: { permissions: ['store'] } });
    const open = archiveClient({ ROLES });
    const closed = archiveClient({ ROLES, ALLOW_ANONYMOUS: '' }, undefined, open.prefix);
    const key = async (name: string) => {
      const body = JSON.stringify({ name, roles: ['sender'] });
      const headers = { 'Content-Type': 'application/json' };
      const response = await open.fetch('/keys', { method: 'POST', headers, body });
      return { Authorization: `Bearer ${((await response.json()) as { key: string }).key}` };
    };
    const [anna, bert] = [await key('anna'), await key('bert')];
    const path = await create(closed, 10, { ...PARTIAL, ...anna });
    const seen = async (method: string, headers: Record<string, string>) =>
      (await closed.fetch(path, { method, headers: { ...BYTES, ...headers } })).status;
    expect(await seen('HEAD', anna)).toBe(200);
    for (const method of ['HEAD', 'GET', 'DELETE']) expect(await seen(method, bert), method).toBe(404);
    expect((await patch(closed, path, 0, 'abc', bert)).status).toBe(404);
    expect((await patch(closed, path, 0, 'abcdefghij', anna)).status).toBe(204);
    const concat = { ...TUS, 'Upload-Concat': `final;${path}` };
    const final = await closed.fetch('/dicomweb/uploads', { method: 'POST', headers: { ...concat, ...bert } });
    expect(final.status).toBe(409);
    // The same Idempotency-Key of another principal makes another upload.
    const headers = { ...PARTIAL, 'Idempotency-Key': 'k' };
    expect(await create(closed, 1, { ...headers, ...anna })).not.toBe(await create(closed, 1, { ...headers, ...bert }));
  });

  it('a request costs one note in the index for each part', async () => {
    const client = archiveClient();
    const file = bytes(4 * PART);
    const path = await create(client, file.length);
    const before = { ...client.operations };
    await patch(client, path, 0, file);
    // Taking the lease, a note of each part, of the end of the object, and the upload as it is then.
    expect(client.operations.d1 - before.d1).toBeLessThan(12);
  });
});
