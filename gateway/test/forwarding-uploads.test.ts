import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256, uidOf } from '../check/instances.mjs';
import { runGateway } from './support/running-gateway.ts';
import { empty, send } from './support/sending.ts';
import { failedWith, standInArchive } from './support/stand-in-archive.ts';

test('an instance that is longer than a request goes by a resumable upload, from where it was cut', async () => {
  const uploads: { key: string; bytes: Buffer }[] = [];
  const offsets: number[] = [];
  let cuts = 0;
  const archive = await standInArchive(
    () => ({ status: 413 }),
    (request, body) => {
      const headers = { 'Tus-Resumable': '1.0.0' };
      if (request.method === 'OPTIONS') return { status: 204, headers: { ...headers, 'Tus-Version': '1.0.0' } };
      if (request.method === 'POST') {
        const key = String(request.headers['idempotency-key']);
        if (!uploads.some((upload) => upload.key === key)) uploads.push({ key, bytes: Buffer.alloc(0) });
        const index = uploads.findIndex((upload) => upload.key === key);
        return { status: 201, headers: { ...headers, Location: `/dicomweb/uploads/${index}` } };
      }
      const upload = uploads[Number(request.url?.split('/').at(-1))]!;
      const offset = { ...headers, 'Upload-Offset': String(upload.bytes.length) };
      if (request.method === 'HEAD') return { status: 200, headers: offset };
      if (request.method === 'PATCH') {
        offsets.push(Number(request.headers['upload-offset']));
        if (Number(request.headers['upload-offset']) !== upload.bytes.length) return { status: 409 };
        // Half of a body counts, and the answer does not arrive.
        if (offsets.length === 3 && cuts++ === 0) {
          upload.bytes = Buffer.concat([upload.bytes, body.subarray(0, 5000)]);
          request.socket.destroy();
          return { status: 500 };
        }
        upload.bytes = Buffer.concat([upload.bytes, body]);
        return { status: 204, headers: { ...headers, 'Upload-Offset': String(upload.bytes.length) } };
      }
      return { status: 200, body: { '00081199': failedWith(uidOf('study/large'), undefined) } };
    },
  );
  const gateway = await runGateway({
    archive: archive.base,
    toml: '[forward]\nsettleSeconds = 0.01\nbackOffSeconds = 0.05\nlongestBackOffSeconds = 0.1\nrequestBytes = 20000',
  });
  await send(gateway, ['large'], 'study', 70_000);
  const digest = sha256(readFileSync(gateway.files('outbox')[0]!));
  await empty(gateway);
  expect(uploads.length).toBe(1);
  expect(offsets).toEqual([0, 20_000, 40_000, 45_000, 65_000]);
  expect(sha256(uploads[0]!.bytes)).toBe(digest);
  expect(archive.requests.length).toBe(0);
});

test('an upload that the archive has lost is begun again, and an archive that is busy is no archive without uploads', async () => {
  let options = 0;
  const uploads: Buffer[] = [];
  const archive = await standInArchive(
    () => ({ status: 413 }),
    (request, body) => {
      const index = Number(request.url?.split('/').at(-1));
      const headers: Record<string, string> = { 'Tus-Resumable': '1.0.0', 'Tus-Version': '1.0.0' };
      if (request.method === 'OPTIONS') return { status: options++ === 0 ? 503 : 204, headers };
      if (request.method === 'POST') {
        uploads.push(Buffer.alloc(0));
        return { status: 201, headers: { ...headers, Location: `/dicomweb/uploads/${uploads.length - 1}` } };
      }
      if (index === 0) return { status: 410 };
      if (request.method === 'PATCH') uploads[index] = Buffer.concat([uploads[index]!, body]);
      if (request.method === 'GET')
        return { status: 200, body: { '00081199': failedWith(uidOf('study/large'), undefined) } };
      headers['Upload-Offset'] = String(uploads[index]!.length);
      return { status: request.method === 'PATCH' ? 204 : 200, headers };
    },
  );
  const gateway = await runGateway({
    archive: archive.base,
    toml: '[forward]\nsettleSeconds = 0.01\nbackOffSeconds = 0.05\nlongestBackOffSeconds = 0.1\nrequestBytes = 20000',
  });
  await send(gateway, ['large'], 'study', 70_000);
  await empty(gateway);
  expect(uploads.length).toBe(2);
  expect(gateway.files('refused')).toEqual([]);
});
