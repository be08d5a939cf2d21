import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { completeAllInterrupted } from '../../src/archive/upload/complete';
import { reclaimUploads } from '../../src/archive/upload/reclaim';
import { openArchive } from '../../src/storage/open-archive';
import { type ArchiveClient, archiveClient } from '../support/archive-client';
import { failing } from '../support/failing';
import { BYTES, TUS, uploadMetadata } from '../support/upload-client';
import { withArchive } from '../support/with-archive';

/* tus 1.0 as the server speaks it. Partial uploads are not ingested, so most tests send these: their object stays as it is. */

const MIB = 1024 * 1024;
const PART = 5 * MIB;
const HOUR = 60 * 60 * 1000;
const PARTIAL = { 'Upload-Concat': 'partial' };

withArchive();

/** Bytes that are not the same in any two parts. */
function bytes(length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at += 1) words[at] = Math.imul(at + 1, 2654435761);
  return new Uint8Array(words.buffer, 0, length);
}

async function digest(algorithm: string, of: Uint8Array<ArrayBuffer>): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(algorithm, of))));
}

/** @returns the path of the new upload */
async function create(
  client: ArchiveClient,
  length: number,
  headers: Record<string, string> = PARTIAL,
): Promise<string> {
  const response = await client.fetch('/dicomweb/uploads', {
    method: 'POST',
    headers: { ...TUS, 'Upload-Length': String(length), ...headers },
  });
  expect(response.status).toBe(201);
  return response.headers.get('Location')!;
}

async function patch(
  client: ArchiveClient,
  path: string,
  offset: number,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await client.fetch(path, {
    method: 'PATCH',
    headers: { ...BYTES, 'Upload-Offset': String(offset), ...headers },
    body,
  });
}

const head = (client: ArchiveClient, path: string) => client.fetch(path, { method: 'HEAD', headers: TUS });

const offsetOf = async (client: ArchiveClient, path: string) =>
  Number((await head(client, path)).headers.get('Upload-Offset'));

const stateOf = async (client: ArchiveClient, path: string) =>
  (await (await client.fetch(path)).json()) as { state: string; reason?: string };

async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`;
}

/** The keys under unfiled/, without what stands before and after the version. */
async function kinds({ prefix }: ArchiveClient): Promise<string[]> {
  const { objects } = await env.BUCKET.list({ prefix: `${prefix}/` });
  return objects.map(({ key }) => key.slice(key.lastIndexOf('.') + 1)).sort();
}

/** The bytes of the only whole object. */
async function stored({ prefix }: ArchiveClient): Promise<Uint8Array> {
  const { objects } = await env.BUCKET.list({ prefix: `${prefix}/` });
  const [whole] = objects.filter(({ key }) => key.endsWith('.dcm'));
  return new Uint8Array(await (await env.BUCKET.get(whole!.key))!.arrayBuffer());
}

const archiveOf = ({ prefix, bindings }: ArchiveClient) => openArchive(prefix, bindings);

/** The hourly run, some hours from now. */
const reclaim = (client: ArchiveClient, hours: number) => reclaimUploads(archiveOf(client), Date.now() + hours * HOUR);

/** A body that breaks off. */
function broken(of: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error('the client has left'));
      else controller.enqueue(of);
      sent = true;
    },
  });
}

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

describe('bytes', () => {
  it('chunks of any size become the one object', async () => {
    const client = archiveClient();
    const file = bytes(3 * PART + 12_345);
    const path = await create(client, file.length);
    let offset = 0;
    for (const length of [1, PART - 2, 1, 1, 2 * PART, MIB, file.length]) {
      const chunk = file.slice(offset, offset + length);
      const response = await patch(client, path, offset, chunk);
      offset += chunk.length;
      expect([response.status, response.headers.get('Upload-Offset')]).toEqual([204, String(offset)]);
      expect(await offsetOf(client, path)).toBe(offset);
    }
    expect(await stateOf(client, path)).toMatchObject({ state: 'received' });
    expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
    // What was replaced is deleted by a later run, and nothing else.
    await reclaim(client, 0);
    expect((await kinds(client)).filter((kind) => kind === 'rest').length).toBeGreaterThan(2);
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual(['dcm']);
  });

  it.each([0, 1, PART, PART + 1, 2 * PART])('a file of %i bytes', async (length) => {
    const client = archiveClient();
    const file = bytes(length);
    const path = await create(client, length);
    if (length > 0) expect((await patch(client, path, 0, file)).status).toBe(204);
    expect(await stateOf(client, path)).toMatchObject({ state: 'received' });
    expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
  });

  it('what had arrived when the client left counts', async () => {
    const client = archiveClient();
    const file = bytes(PART + MIB);
    const path = await create(client, file.length);
    await patch(client, path, 0, broken(file.subarray(0, 1000)));
    expect(await offsetOf(client, path)).toBe(1000);
    await patch(client, path, 1000, broken(file.subarray(1000, PART + 5)));
    expect(await offsetOf(client, path)).toBe(PART + 5);
    await patch(client, path, PART + 5, file.slice(PART + 5));
    expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
  });

  it('at another offset, of another type or beyond the end they are refused', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    await patch(client, path, 0, 'abc');
    expect(await codeOf(await patch(client, path, 0, 'abc'))).toBe('409 conflict');
    expect(await codeOf(await patch(client, path, 4, 'abc'))).toBe('409 conflict');
    expect(await codeOf(await patch(client, path, 3, 'abc', { 'Upload-Offset': 'x' }))).toBe('400 bad-request');
    expect(await codeOf(await patch(client, path, 3, 'abc', { 'Content-Type': 'text/plain' }))).toBe(
      '415 unsupported-media-type',
    );
    expect(await codeOf(await patch(client, path, 3, 'abcdefgh', { 'Content-Length': '8' }))).toBe('413 too-large');
    expect(await codeOf(await patch(client, path, 3, new Blob(['abcdefgh']).stream()))).toBe('413 too-large');
    expect(await codeOf(await patch(client, '/dicomweb/uploads/none', 3, 'a'))).toBe('404 not-found');
    expect(await offsetOf(client, path)).toBe(3);
    expect((await patch(client, path, 3, 'defghij')).status).toBe(204);
    // A request that is sent again after the last byte.
    expect((await patch(client, path, 10, '')).headers.get('Upload-Offset')).toBe('10');
    expect(await codeOf(await patch(client, path, 10, 'k', { 'Content-Length': '1' }))).toBe('413 too-large');
  });

  it('the first of them may come with the creation', async () => {
    const client = archiveClient();
    const file = bytes(PART + 3);
    const created = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...BYTES, ...PARTIAL, 'Upload-Length': String(file.length) },
      body: file.slice(0, PART + 1),
    });
    expect([created.status, created.headers.get('Upload-Offset')]).toEqual([201, String(PART + 1)]);
    const path = created.headers.get('Location')!;
    await patch(client, path, PART + 1, file.slice(PART + 1));
    expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
  });

  it('a creation with an Idempotency-Key makes one upload', async () => {
    const client = archiveClient();
    const headers = { ...PARTIAL, 'Idempotency-Key': '"k1"' };
    const path = await create(client, 10, headers);
    await patch(client, path, 0, 'abc');
    const again = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...BYTES, ...headers, 'Upload-Length': '10' },
      body: 'abcd',
    });
    expect([again.status, again.headers.get('Location'), again.headers.get('Upload-Offset')]).toEqual([201, path, '3']);
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    const other = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...TUS, ...headers, 'Upload-Length': '11' },
    });
    expect(await codeOf(other)).toBe('422 unprocessable');
  });
});

describe('checksums', () => {
  it.each([
    ['sha1', 'SHA-1'],
    ['sha256', 'SHA-256'],
    ['md5', 'MD5'],
  ])('%s: bytes count when it matches, and none of them otherwise', async (name, algorithm) => {
    const client = archiveClient();
    const file = bytes(2 * PART + 100);
    const path = await create(client, file.length);
    await patch(client, path, 0, file.slice(0, 10));
    const rest = file.slice(10, PART + 10);
    const wrong = await patch(client, path, 10, rest, {
      'Upload-Checksum': `${name} ${await digest(algorithm, file)}`,
    });
    expect(await codeOf(wrong)).toBe('460 checksum-mismatch');
    expect(await offsetOf(client, path)).toBe(10);
    const cut = await patch(client, path, 10, broken(rest), {
      'Upload-Checksum': `${name} ${await digest(algorithm, rest)}`,
    });
    expect(cut.status).toBe(460);
    expect(await offsetOf(client, path)).toBe(10);
    const right = await patch(client, path, 10, rest, {
      'Upload-Checksum': `${name} ${await digest(algorithm, rest)}`,
    });
    expect(right.headers.get('Upload-Offset')).toBe(String(PART + 10));
    const last = file.slice(PART + 10);
    await patch(client, path, PART + 10, last, { 'Upload-Checksum': `${name} ${await digest(algorithm, last)}` });
    expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
  });

  it('one that the server does not have is refused', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    for (const checksum of ['crc32 AAAA', 'sha1', 'sha1 !', 'toString AAAA']) {
      expect(await codeOf(await patch(client, path, 0, 'abc', { 'Upload-Checksum': checksum }))).toBe(
        '400 bad-request',
      );
    }
  });
});

describe('concatenation', () => {
  it('a final upload is made of complete partial ones', async () => {
    const client = archiveClient();
    const [one, two] = [await create(client, 3), await create(client, 4)];
    const final = async (concat: string, headers: Record<string, string> = {}) =>
      await client.fetch('/dicomweb/uploads', {
        method: 'POST',
        headers: { ...TUS, 'Upload-Concat': concat, ...headers },
      });
    await patch(client, one, 0, 'abc');
    expect(await codeOf(await final(`final;${one} ${two}`))).toBe('409 conflict');
    expect(await codeOf(await final('final;'))).toBe('400 bad-request');
    await patch(client, two, 0, 'defg');
    expect(await codeOf(await final(`final;${one} ${two}`, { 'Upload-Length': '7' }))).toBe('400 bad-request');
    const created = await final(`final;${one} http://elsewhere.test${two}`);
    expect(created.status).toBe(201);
    const path = created.headers.get('Location')!;
    const shown = await head(client, path);
    expect([shown.headers.get('Upload-Length'), shown.headers.get('Upload-Concat')]).toEqual([
      '7',
      `final;${one} http://elsewhere.test${two}`,
    ]);
    expect((await head(client, one)).headers.get('Upload-Concat')).toBe('partial');
    expect(await codeOf(await patch(client, path, 7, 'h'))).toBe('403 forbidden');
  });
});

describe('an upload that ends', () => {
  it('is removed by its client, with what it has in the bucket', async () => {
    const client = archiveClient();
    const file = bytes(PART + MIB);
    const path = await create(client, file.length + 1);
    await patch(client, path, 0, file);
    expect(await kinds(client)).toEqual(['rest']);
    expect((await client.fetch(path, { method: 'DELETE', headers: TUS })).status).toBe(204);
    expect((await head(client, path)).status).toBe(404);
    expect((await client.fetch(path, { method: 'DELETE', headers: TUS })).status).toBe(404);
    expect((await patch(client, path, file.length, 'a')).status).toBe(404);
    await reclaim(client, 0);
    expect(await kinds(client)).toEqual(['rest']);
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual([]);
  });

  it('is removed in the middle of a request, which then has no effect', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    const { readable, writable } = new IdentityTransformStream();
    const sending = patch(client, path, 0, readable);
    const writer = writable.getWriter();
    await writer.write(bytes(5));
    expect((await client.fetch(path, { method: 'DELETE', headers: TUS })).status).toBe(204);
    await writer.close();
    expect(await codeOf(await sending)).toBe('410 gone');
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual([]);
  });

  it('leaves to the sweeper a whole file of which the index does not know', async () => {
    const client = archiveClient();
    const file = bytes(10);
    const path = await create(client, file.length);
    await patch(client, path, 0, file);
    // The index is put back to the time before the last request.
    await client.bindings.database
      .prepare("UPDATE upload SET state = 'receiving', byte_offset = 0, version = NULL")
      .run();
    await client.bindings.database.prepare('UPDATE upload SET expires_at = 0').run();
    await reclaim(client, 0);
    await reclaim(client, 2);
    expect((await head(client, path)).status).toBe(404);
    expect(await kinds(client)).toEqual(['dcm']);
  });

  it('expires when no bytes come for a day', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    await patch(client, path, 0, 'abc');
    expect((await reclaim(client, 23)).expired).toBe(0);
    await client.bindings.database
      .prepare('UPDATE upload SET expires_at = ?1')
      .bind(Date.now() - 1)
      .run();
    expect((await head(client, path)).status).toBe(410);
    expect(await codeOf(await patch(client, path, 3, 'd'))).toBe('410 gone');
    expect((await client.fetch(path)).status).toBe(410);
    expect((await reclaim(client, 0)).expired).toBe(1);
    expect((await head(client, path)).status).toBe(404);
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual([]);
  });

  it('is completed by a later request or by the hourly run when its last request was interrupted', async () => {
    for (const [when, byRun] of [
      ['before', false],
      ['after', false],
      ['before', true],
    ] as const) {
      let fails = 1;
      const client = archiveClient({}, (real) =>
        failing(real, (operation) => {
          if (operation !== 'complete' || fails === 0) return undefined;
          fails -= 1;
          return { when, message: 'complete: the runtime was killed' };
        }),
      );
      const file = bytes(PART + 10);
      const path = await create(client, file.length);
      expect((await patch(client, path, 0, file)).status).toBe(500);
      // The lease of the request that failed is given back.
      if (byRun) {
        await completeAllInterrupted(archiveOf(client), Date.now());
        const row = client.bindings.database.prepare('SELECT state FROM upload');
        expect(await row.first('state')).toBe('received');
      }
      expect(await offsetOf(client, path)).toBe(file.length);
      expect(await stateOf(client, path)).toMatchObject({ state: 'received' });
      expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
    }
  });

  it('has failed when its bytes are lost, and says so', async () => {
    const client = archiveClient();
    const file = bytes(2 * PART);
    const path = await create(client, file.length);
    await patch(client, path, 0, file.slice(0, PART + 5));
    const row = await client.bindings.database.prepare('SELECT version, multipart_id FROM upload').first<{
      version: string;
      multipart_id: string;
    }>();
    const key = `${client.prefix}/unfiled/${row!.version}.dcm`;
    await env.BUCKET.resumeMultipartUpload(key, row!.multipart_id).abort();
    expect(await codeOf(await patch(client, path, PART + 5, file.slice(PART + 5)))).toBe('410 gone');
    expect(await stateOf(client, path)).toMatchObject({ state: 'failed', reason: 'lost' });
    expect((await head(client, path)).status).toBe(410);

    const other = await create(client, 10);
    await patch(client, other, 0, 'abc');
    const { objects } = await env.BUCKET.list({ prefix: `${client.prefix}/unfiled/` });
    await env.BUCKET.delete(objects.map((object) => object.key));
    expect(await codeOf(await patch(client, other, 3, 'd'))).toBe('410 gone');
    expect((await head(client, other)).status).toBe(410);
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
