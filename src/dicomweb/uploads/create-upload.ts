import { digestOf } from '../../archive/bytes';
import { newVersion } from '../../archive/object-keys';
import { roomIn, UNLIMITED } from '../../archive/store/room';
import { expiryOf, LEASE_MS, newLease, partBytesOf, UNDER_WAY } from '../../archive/upload/upload-terms';
import type { NewUpload, Upload, UploadBounds } from '../../archive/upload/uploads';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { refuseLongBody } from '../request-length';
import { idempotencyKey } from '../stow/idempotency';
import { FULL } from '../stow/stow-rs';
import { requireBytes } from './append-to-upload';
import { type Concatenation, concatenationOf } from './concatenation';
import { handOver } from './received-upload';
import { bytesIn, progressHeaders, requireVersion, senderOf, uploadPath } from './tus';
import { checksumOf } from './upload-checksum';
import { metadataOf } from './upload-metadata';
import { uploadSender } from './upload-sender';
import { writeBody } from './write-to-upload';

/**
 * POST /uploads: tus 1.0 "POST" (creation), "Creation With Upload", and "POST" of concatenation.
 * @throws HttpProblem 400, 409, 412, 413, 415, 422, 429, 460, 507
 */
export async function createUpload(c: AppContext): Promise<Response> {
  requireVersion(c);
  refuseLongBody(c);
  if (hasBody(c)) requireBytes(c);
  const checksum = checksumOf(c.req.header('Upload-Checksum'));
  const now = Date.now();
  const wanted = await newUpload(c, now);
  const created = await create(c, wanted);
  const isNew = created.createdAt === now;
  const upload = isNew ? await begin(c, created, checksum) : created;
  return new Response(null, {
    status: 201,
    headers: {
      Location: uploadPath(c, upload.id),
      ...progressHeaders(upload),
      ...(!isNew && { 'Idempotent-Replayed': 'true' }),
    },
  });
}

/** @throws HttpProblem 400, 409, 413 */
async function newUpload(c: AppContext, now: number): Promise<NewUpload> {
  const { limits } = c.get('config');
  const concatenation = await concatenationOf(c);
  const byteLength = lengthOf(c, concatenation);
  if (byteLength > limits.uploadBytes) {
    throw new HttpProblem('too-large', `An upload may have at most ${limits.uploadBytes} bytes.`);
  }
  if ((bytesIn(c, 'Content-Length') ?? 0) > (concatenation?.byteLength === undefined ? byteLength : 0)) {
    throw new HttpProblem('too-large', 'The body is longer than the upload.');
  }
  const metadata = c.req.header('Upload-Metadata') ?? '';
  const session = metadataOf(metadata).get('session');
  return {
    id: await idOf(c),
    ...(session !== undefined && { session }),
    principal: senderOf(c),
    sender: uploadSender(c),
    metadata,
    ...concatenation?.described,
    byteLength,
    partBytes: partBytesOf(byteLength, limits.uploadPartBytes),
    createdAt: now,
    expiresAt: expiryOf(now, now),
  };
}

/** tus 1.0 "Upload-Length"; the length of a final upload is that of its partial uploads. @throws HttpProblem 400 */
function lengthOf(c: AppContext, concatenation: Concatenation | undefined): number {
  const length = bytesIn(c, 'Upload-Length');
  if (concatenation?.byteLength === undefined) {
    if (length === undefined) throw new HttpProblem('bad-request', 'Upload-Length is missing. It cannot be deferred.');
    return length;
  }
  if (length !== undefined) throw new HttpProblem('bad-request', 'A final upload has no Upload-Length.');
  return concatenation.byteLength;
}

/** A request with the same Idempotency-Key makes the same upload. */
async function idOf(c: AppContext): Promise<string> {
  const key = idempotencyKey(c.req.raw);
  return key === undefined ? newVersion() : await digestOf(`${senderOf(c)}\n${key}`);
}

/**
 * The quotas count uploads by their length, so that neither an archive nor a sender's share of it is filled by uploads that
 * cannot be stored then.
 */
async function boundsOf(c: AppContext): Promise<UploadBounds> {
  const { status, allowance } = c.get('archive');
  const [ofArchive, ofSender] = await Promise.all([
    roomIn(status, c.get('config').limits),
    roomIn(status, NO_QUOTA, allowance),
  ]);
  return {
    uploads: UNDER_WAY,
    ...(ofArchive !== UNLIMITED && { bytes: ofArchive.bytesLeft }),
    ...(ofSender !== UNLIMITED && { bytesOfSender: ofSender.bytesLeft }),
  };
}

const NO_QUOTA = { archiveBytes: Number.POSITIVE_INFINITY, archiveInstances: Number.POSITIVE_INFINITY };

/** @throws HttpProblem 400, 409, 422, 429, 507 */
async function create(c: AppContext, wanted: NewUpload): Promise<Upload> {
  const created = await c.get('archive').uploads.create(wanted, await boundsOf(c));
  switch (created) {
    case 'no-session':
      throw new HttpProblem('bad-request', 'There is no such upload session, or it is closed.');
    case 'no-partials':
      throw new HttpProblem('conflict', 'A partial upload is not complete.');
    case 'no-room':
      throw new HttpProblem('out-of-space', `The upload does not fit. ${FULL.archive}`);
    case 'no-room-of-sender':
      throw new HttpProblem('out-of-space', `The upload does not fit. ${FULL.sender}`);
    case 'too-many':
      throw new HttpProblem('too-many-requests', `At most ${UNDER_WAY} uploads may be under way.`, {
        'Retry-After': '60',
      });
  }
  const { metadata, byteLength, concat } = created;
  if (metadata !== wanted.metadata || byteLength !== wanted.byteLength || concat !== wanted.concat) {
    throw new HttpProblem('unprocessable', 'The Idempotency-Key was used for another upload.');
  }
  return created;
}

/** tus 1.0 "Creation With Upload": the first bytes may come with the request. */
function hasBody({ req }: AppContext): boolean {
  return req.raw.body !== null && req.header('Content-Length') !== '0' && req.header('Content-Type') !== undefined;
}

/** Takes the body of the request, if there is one. An upload without bytes is complete at once. */
async function begin(c: AppContext, upload: Upload, checksum: ReturnType<typeof checksumOf>): Promise<Upload> {
  if (upload.state === 'received') {
    await handOver(c, upload);
    return upload;
  }
  if (!hasBody(c) && upload.byteLength > 0) return upload;
  const lease = newLease();
  const now = Date.now();
  const taking = { lease, offset: 0, now, until: now + LEASE_MS };
  const taken = await c.get('archive').uploads.take(upload.id, upload.principal, taking);
  return taken?.lease === lease ? await writeBody(c, taken, checksum) : upload;
}
