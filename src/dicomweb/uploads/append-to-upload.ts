import { LEASE_MS, newLease } from '../../archive/upload/upload-terms';
import type { Upload } from '../../archive/upload/uploads';
import { parseMediaType } from '../../http/media-type';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { refuseLongBody } from '../request-length';
import {
  BYTES_TYPE,
  bytesIn,
  noUpload,
  progressHeaders,
  requireVersion,
  senderOf,
  uploadGone,
  uploadLocked,
} from './tus';
import { checksumOf } from './upload-checksum';
import { writeBody } from './write-to-upload';

/**
 * PATCH /uploads/{upload}: tus 1.0 "PATCH", with "Upload-Checksum" (checksum).
 * @throws HttpProblem 400, 403, 404, 409, 410, 412, 413, 415, 423, 460
 */
export async function appendToUpload(c: AppContext): Promise<Response> {
  requireVersion(c);
  requireBytes(c);
  const offset = bytesIn(c, 'Upload-Offset');
  if (offset === undefined) throw new HttpProblem('bad-request', 'Upload-Offset is missing.');
  refuseLongBody(c);
  const checksum = checksumOf(c.req.header('Upload-Checksum'));
  const upload = await taken(c, c.req.param('upload') ?? '', offset);
  const written = upload.state === 'receiving' ? await writeBody(c, upload, checksum) : upload;
  return new Response(null, { status: 204, headers: progressHeaders(written) });
}

/** tus 1.0 "PATCH": every body is of this type. @throws HttpProblem 415 */
export function requireBytes(c: AppContext): void {
  if (parseMediaType(c.req.header('Content-Type') ?? '')?.type === BYTES_TYPE) return;
  throw new HttpProblem('unsupported-media-type', `The body must be ${BYTES_TYPE}.`);
}

/**
 * Takes the lease of an upload for this request. An upload that has all its bytes needs none, and takes no more of them.
 * @throws HttpProblem 403, 404, 409, 410, 413, 423
 */
async function taken(c: AppContext, id: string, offset: number): Promise<Upload> {
  const lease = newLease();
  const now = Date.now();
  const taking = { lease, offset, now, until: now + LEASE_MS };
  const upload = await c.get('archive').uploads.take(id, senderOf(c), taking);
  if (upload === undefined) throw noUpload();
  const { byteLength, state } = upload;
  // tus 1.0 "Concatenation".
  if (upload.partials !== undefined) throw new HttpProblem('forbidden', 'A final upload takes no bytes.');
  if (state === 'failed' || (state === 'receiving' && upload.expiresAt <= now)) throw uploadGone();
  if (state === 'receiving' && upload.lease !== lease && upload.leasedUntil > now) throw uploadLocked();
  if (upload.offset !== offset) {
    throw new HttpProblem('conflict', 'Upload-Offset is not the offset of the upload.', {
      'Upload-Offset': String(upload.offset),
    });
  }
  if (offset + (bytesIn(c, 'Content-Length') ?? 0) > byteLength) {
    if (upload.lease === lease) await c.get('archive').uploads.renew(id, lease, 0);
    throw new HttpProblem('too-large', 'The upload has fewer bytes left.');
  }
  return upload;
}
