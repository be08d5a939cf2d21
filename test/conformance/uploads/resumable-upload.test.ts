import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import {
  broken,
  bytes,
  codeOf,
  create,
  digest,
  head,
  kinds,
  MIB,
  offsetOf,
  PART,
  PARTIAL,
  patch,
  reclaim,
  stateOf,
  stored,
} from '../../support/clients/tus-requests';
import { BYTES, TUS } from '../../support/clients/upload-client';

/* tus 1.0: bytes that arrive become the one object. Most tests send partial uploads: see tus-requests.ts. */

withArchive();

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
