import { hexadecimal } from '../archive/bytes';
import { PartsLostError } from '../archive/object-store';
import { NotEmptyError } from '../archive/snapshot/rebuild';
import { beginObject, beginRestoration, NotRestoringError, partsOf, putObject } from '../archive/snapshot/restoration';
import { jsonBody } from '../auth/json-body';
import type { AppContext } from '../dicomweb/context';
import { jsonValue } from '../dicomweb/json-value';
import { HttpProblem } from '../http/problem';
import { isBackupKey } from './backup';

/** Bytes of an object, or of a part of one, that one request may bring: it is held in memory. */
const LONGEST = 8 * 1024 ** 2;

/** Characters of a request that names all parts of an object: 10,000 of them. */
const LONGEST_LIST = 2 * 1024 ** 2;

/**
 * POST /restoration: begins to restore an empty archive from a backup, or continues. Member of the body: `archiveID`, the
 * id of the archive that was backed up. docs/operations.md, "Back up and restore", has the steps.
 * @throws HttpProblem 400; 409 when the archive is not empty
 */
export async function begin(c: AppContext): Promise<Response> {
  const { archiveID } = await jsonBody(c, ['archiveID']);
  if (typeof archiveID !== 'string' || !/^[0-9a-f-]{36}$/.test(archiveID)) {
    throw new HttpProblem('bad-request', 'archiveID is the id of the archive that was backed up.');
  }
  const goesOn = await unlessInUse(() => beginRestoration(c.get('archive'), archiveID, Date.now()));
  return Response.json({ goesOn, partBytes: LONGEST }, { headers: { 'Cache-Control': 'no-store' } });
}

/**
 * PUT /restoration/objects/{key}: an object of the backup; with `upload` and `part`, a part of it. Content-Digest (RFC 9530) has
 * the SHA-256 of the body.
 * @throws HttpProblem 400, 404, 409, 413
 */
export async function put(c: AppContext): Promise<Response> {
  const key = keyOf(c);
  const archive = c.get('archive');
  const upload = c.req.query('upload');
  const number = Number(c.req.query('part'));
  if (upload !== undefined && !(Number.isInteger(number) && number >= 1 && number <= 10_000)) {
    throw new HttpProblem('bad-request', 'part is a number from 1 to 10000.');
  }
  return await withBody(c, (bytes) =>
    unlessInUse(async () => {
      if (upload === undefined) {
        await putObject(archive, key, bytes);
        return new Response(null, { status: 204 });
      }
      return Response.json(await (await partsOf(archive, key, upload)).part(number, bytes));
    }),
  );
}

/**
 * POST /restoration/objects/{key}: without a body, begins an object that is sent in parts, and answers its `upload`. With the
 * members `upload` and `parts`, as the answers to the parts gave them, makes the object of them.
 * @throws HttpProblem 400, 404, 409, 413, 415
 */
export async function assemble(c: AppContext): Promise<Response> {
  const key = keyOf(c);
  const archive = c.get('archive');
  const value = await jsonValue(c, LONGEST_LIST);
  if (value === undefined) {
    const upload = await unlessInUse(() => beginObject(archive, key));
    return Response.json({ upload }, { headers: { 'Cache-Control': 'no-store' } });
  }
  const { upload, parts } = value as { upload?: unknown; parts?: unknown };
  if (typeof upload !== 'string' || !Array.isArray(parts) || !parts.every(isPart)) {
    throw new HttpProblem('bad-request', 'The body has the members upload and parts.');
  }
  await unlessInUse(async () => await (await partsOf(archive, key, upload)).complete(parts));
  return new Response(null, { status: 204 });
}

function isPart(part: unknown): part is { number: number; etag: string } {
  const { number, etag } = (part ?? {}) as Record<string, unknown>;
  return typeof number === 'number' && typeof etag === 'string';
}

function keyOf(c: AppContext): string {
  const key = c.req.param('key') ?? '';
  if (!isBackupKey(key)) throw new HttpProblem('not-found', 'A backup has no such object.');
  c.set('recorded', { subject: `${c.get('transaction')} ${key.split('/')[0]}` });
  return key;
}

/** Collects the body, and compares its digest. */
async function withBody<Result>(c: AppContext, work: (bytes: Uint8Array) => Promise<Result>): Promise<Result> {
  const { body, signal: gone } = c.req.raw;
  // The runtime may leave the header out where there is no body.
  const length = Number(c.req.header('Content-Length') ?? (body === null ? 0 : Number.NaN));
  if (!(length >= 0)) throw new HttpProblem('bad-request', 'Content-Length is missing.');
  if (length > LONGEST) throw new HttpProblem('too-large', `A request may bring ${LONGEST} bytes.`);
  const lease = await c.get('ledger').take(2 * length, { purpose: 'upload', gone });
  try {
    // Collected whole: R2 takes a part as one array, and its length is bounded above.
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    const digest = hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
    if (bytes.length !== length || digest !== digestOf(c.req.header('Content-Digest'))) {
      throw new HttpProblem('bad-request', 'The body does not match the length or the digest in its headers.');
    }
    return await work(bytes);
  } finally {
    lease.release();
  }
}

/** The value of `sha-256=:base64:` (RFC 9530), in hexadecimal. */
function digestOf(header: string | undefined): string | undefined {
  const coded = /^sha-256=:([A-Za-z0-9+/=]+):$/.exec(header ?? '')?.[1];
  if (coded === undefined) return undefined;
  try {
    return hexadecimal(Uint8Array.from(atob(coded), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

async function unlessInUse<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotEmptyError) throw new HttpProblem('conflict', 'Only an empty archive can be restored.');
    if (error instanceof NotRestoringError) throw new HttpProblem('conflict', 'The archive is not being restored.');
    if (error instanceof PartsLostError) throw new HttpProblem('conflict', 'These parts do not exist any more.');
    throw error;
  }
}
