import type { MiddlewareHandler } from 'hono';
import type { Upload } from '../../archive/upload/uploads';
import { HttpProblem } from '../../http/problem';
import type { AppContext, AppEnv } from '../context';
import { CHECKSUM_ALGORITHMS } from './upload-checksum';

/** The supported version of the protocol, and the list of all supported versions: tus 1.0 "Tus-Resumable", "Tus-Version". */
const VERSION = '1.0.0';

/** Extensions by their names in tus 1.0. */
const EXTENSIONS = ['creation', 'creation-with-upload', 'expiration', 'checksum', 'termination', 'concatenation'];

/** The media type of a body of bytes: tus 1.0 "PATCH". */
export const BYTES_TYPE = 'application/offset+octet-stream';

/** The paths of uploads, without the prefix of an archive. */
const UPLOADS = /^\/dicomweb\/uploads(\/|$)/;

/**
 * Adds the headers that tus 1.0 requires to every answer of the resource, errors included: "Tus-Resumable", and "OPTIONS"
 * for this method.
 */
export const tusAnswers: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (!UPLOADS.test(c.req.path)) return;
  const { headers } = c.res;
  headers.set('Tus-Resumable', VERSION);
  if (c.res.status === 412) headers.set('Tus-Version', VERSION);
  if (c.req.method !== 'OPTIONS') return;
  headers.set('Tus-Version', VERSION);
  headers.set('Tus-Extension', EXTENSIONS.join(','));
  headers.set('Tus-Max-Size', String(c.get('config').limits.uploadBytes));
  headers.set('Tus-Checksum-Algorithm', CHECKSUM_ALGORITHMS.join(','));
};

/**
 * Refuses other versions: tus 1.0 "Tus-Resumable". Every request but OPTIONS names its version.
 * @throws HttpProblem 412
 */
export function requireVersion({ req }: AppContext): void {
  if (req.header('Tus-Resumable') === VERSION) return;
  throw new HttpProblem('precondition-failed', `Tus-Resumable must be ${VERSION}.`);
}

/** Principal.id of the sender: for others its uploads do not exist. */
export function senderOf(c: AppContext): string {
  return c.get('identity')?.principal.id ?? '';
}

/**
 * A header that is a number of bytes.
 * @returns undefined when the header is absent
 * @throws HttpProblem 400
 */
export function bytesIn(c: AppContext, name: string): number | undefined {
  const text = c.req.header(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new HttpProblem('bad-request', `${name} must be a number of bytes.`);
  return Number(text);
}

/** Headers about the progress of an upload: tus 1.0 "Upload-Offset", "Upload-Expires" (expiration). */
export function progressHeaders({ offset, state, expiresAt }: Upload): Record<string, string> {
  return {
    'Upload-Offset': String(offset),
    // A finished upload has no expiration.
    ...(state === 'receiving' && { 'Upload-Expires': new Date(expiresAt).toUTCString() }),
    'Cache-Control': 'no-store',
  };
}

/** The path of an upload on this origin. A relative reference holds behind every proxy (RFC 9110 10.2.2). */
export function uploadPath(c: AppContext, id: string): string {
  return `${new URL(c.get('baseURI')).pathname}/uploads/${id}`;
}

/** 404. An upload of another principal gets the same answer, so that a principal does not learn that it exists. */
export function noUpload(): HttpProblem {
  return new HttpProblem('not-found', 'There is no such upload.');
}

/** 410. The upload has expired, or bytes of it are lost: the client has to send the file again. */
export function uploadGone(): HttpProblem {
  return new HttpProblem('gone', 'The upload does not exist any more. Begin a new one.');
}

/** 423 (RFC 4918 11.3). The lease of a request that was interrupted ends after some seconds. */
export function uploadLocked(): HttpProblem {
  const headers = { 'Retry-After': '5' };
  return new HttpProblem('locked', 'Another request writes to the upload. Send this one again later.', headers);
}
