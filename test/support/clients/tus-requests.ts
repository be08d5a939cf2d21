import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { reclaimUploads } from '../../../src/archive/upload/reclaim';
import { openArchive } from '../../../src/storage/open-archive';
import type { ArchiveClient } from './archive-client';
import { BYTES, TUS } from './upload-client';

/* Requests of tus 1.0, and what they leave behind. Partial uploads are not ingested: their object stays as it is. */

export const MIB = 1024 * 1024;
/** Bytes of a part of a multipart upload to R2. */
export const PART = 5 * MIB;
export const HOUR = 60 * 60 * 1000;
export const PARTIAL = { 'Upload-Concat': 'partial' };

/** Bytes that are not the same in any two parts. */
export function bytes(length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at += 1) words[at] = Math.imul(at + 1, 2654435761);
  return new Uint8Array(words.buffer, 0, length);
}

/** The digest of bytes in base64, as Upload-Checksum has it. */
export async function digest(algorithm: string, of: Uint8Array<ArrayBuffer>): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(algorithm, of))));
}

/** @returns the path of the new upload */
export async function create(
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

/** Sends bytes to an upload. */
export async function patch(
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

export const head = (client: ArchiveClient, path: string) => client.fetch(path, { method: 'HEAD', headers: TUS });

export const offsetOf = async (client: ArchiveClient, path: string) =>
  Number((await head(client, path)).headers.get('Upload-Offset'));

export const stateOf = async (client: ArchiveClient, path: string) =>
  (await (await client.fetch(path)).json()) as { state: string; reason?: string };

/** The status and the code of a problem. */
export async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`;
}

/** The keys under unfiled/, without the text before and after the version. */
export async function kinds({ prefix }: ArchiveClient): Promise<string[]> {
  const { objects } = await env.BUCKET.list({ prefix: `${prefix}/` });
  return objects.map(({ key }) => key.slice(key.lastIndexOf('.') + 1)).sort();
}

/** The bytes of the only whole object. */
export async function stored({ prefix }: ArchiveClient): Promise<Uint8Array> {
  const { objects } = await env.BUCKET.list({ prefix: `${prefix}/` });
  const [whole] = objects.filter(({ key }) => key.endsWith('.dcm'));
  return new Uint8Array(await (await env.BUCKET.get(whole!.key))!.arrayBuffer());
}

export const archiveOf = ({ prefix, bindings }: ArchiveClient) => openArchive(prefix, bindings);

/** The hourly run, some hours from now. */
export const reclaim = (client: ArchiveClient, hours: number) =>
  reclaimUploads(archiveOf(client), Date.now() + hours * HOUR);

/** A body that breaks off. */
export function broken(of: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error('the client has left'));
      else controller.enqueue(of);
      sent = true;
    },
  });
}
