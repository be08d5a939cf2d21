import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ProblemCode } from '../../../src/http/problem';
import type { Case, Doors } from '../../support/server/doors';

/* What the errors of resumable uploads and of upload sessions need. */

const BYTES_TYPE = 'application/offset+octet-stream';
const PREFIX = '/dicomweb/uploads';
const SESSIONS = '/dicomweb/upload-sessions';
const LENGTH = '1000000000';

/** The key of an upload that both doors have. */
const USED_KEY = 'used-for-another-upload';

/** The same on both doors: ids of uploads that were made with the same Idempotency-Key are the same. */
const ids = { present: '', lost: '', session: '' };

const tus = (more: Record<string, string> = {}) => ({ 'Tus-Resumable': '1.0.0', 'Content-Type': BYTES_TYPE, ...more });

/** Makes the uploads of both doors. */
export async function prepareUploads(doors: Doors): Promise<void> {
  const made = async (path: string, headers: Record<string, string>): Promise<string> => {
    const answers = await Promise.all(
      [doors.door.origin, doors.worker.origin].map((origin) =>
        doors.exchange(origin, { method: 'POST', path, headers }),
      ),
    );
    const places = answers.map((answer) => answer?.headers.get('location'));
    expect(places[0]).toBe(places[1]);
    return places[0]?.replace(/.*\//, '') ?? '';
  };
  const create = (key: string) =>
    made(PREFIX, { 'Tus-Resumable': '1.0.0', 'Upload-Length': LENGTH, 'Idempotency-Key': key, 'Content-Length': '0' });
  ids.present = await create(USED_KEY);
  ids.lost = await create('lost');
  ids.session = await made(SESSIONS, { 'Idempotency-Key': 'session', 'Content-Length': '0' });
  const before = doors.data.map((data) => blobsOf(data));
  const headers = tus({ 'Upload-Offset': '0', 'Content-Length': '3' });
  const sent = { method: 'PATCH', path: `${PREFIX}/${ids.lost}`, headers };
  for (const { origin } of [doors.door, doors.worker]) {
    expect((await doors.exchange(origin, { ...sent, body: [Buffer.from('abc')] }))?.status).toBe(204);
  }
  for (const [at, data] of doors.data.entries()) {
    // By its length: the background may write other objects meanwhile, and delete them.
    const added = blobsOf(data).filter((path) => !before[at]!.includes(path));
    const lost = added.filter((path) => statSync(path, { throwIfNoEntry: false })?.size === 3);
    expect(lost.length).toBe(1);
    for (const path of lost) rmSync(path);
  }
}

/** Errors that no small archive gives, or that another request in mid-way gives: where they are shown. */
export const UPLOADS_ELSEWHERE: Readonly<Record<string, string>> = {
  'too-many-requests CreateUpload': '1,000 uploads under way (contract/uploads)',
  'out-of-space CreateUpload': 'an archive that is full (conformance/uploads/resumable-upload)',
  'gone ShowUpload': 'an upload that has expired (conformance/uploads/resumable-upload)',
  'precondition-failed ShowUpload': 'HEAD (conformance/uploads/resumable-upload)',
  'conflict ShowUpload': 'a file that is refused (conformance/uploads/upload-sessions)',
  'too-large ShowUpload': 'a file that is too long (conformance/uploads/upload-sessions)',
  'not-acceptable ShowUpload': 'an upload that is done (conformance/uploads/upload-sessions)',
  ...Object.fromEntries(
    ['AppendToUpload', 'OverrideUploadMethod'].flatMap((name) => [
      [`locked ${name}`, 'two requests at a time (system/resumable-upload)'],
      [`too-large ${name}`, 'an upload for each request (conformance/uploads/resumable-upload)'],
      [`checksum-mismatch ${name}`, 'an upload for each request (conformance/uploads/resumable-upload)'],
    ]),
  ),
  'locked TerminateUpload': 'an upload that is being ingested (contract/ingests)',
  'conflict CloseUploadSession': 'a file that is refused (conformance/uploads/upload-sessions)',
  'too-large CloseUploadSession': 'a file that is too long (conformance/uploads/upload-sessions)',
  'unprocessable CloseUploadSession': 'an Idempotency-Key for two bodies (conformance/uploads/upload-sessions)',
};

/** Whether the error needs a body. */
export function needsBody(name: string, code: ProblemCode): boolean {
  if (name === 'CreateUpload') return code === 'checksum-mismatch' || code === 'unsupported-media-type';
  return name === 'ListKnownFiles' && code !== 'not-found' && code !== 'forbidden' && code !== 'unavailable';
}

/** @returns a request that gets the error; undefined when the route is none of uploads */
export function provokedOfUploads(method: string, path: string, name: string, code: ProblemCode): Case | undefined {
  if (!/^\/dicomweb\/upload/.test(path)) return undefined;
  const id = code === 'not-found' ? 'absent' : code === 'gone' ? ids.lost : ids.present;
  const query = name === 'ShowUpload' && code === 'bad-request' ? '?after=x' : '';
  const target = path.replace('{upload}', id).replace('{session}', code === 'not-found' ? 'absent' : ids.session);
  return { method, path: target + query, ...(path.startsWith(PREFIX) ? ofUpload(name, code) : ofSession(name, code)) };
}

function ofUpload(name: string, code: ProblemCode): Partial<Case> {
  const offset = code === 'gone' ? '3' : '0';
  const override: Record<string, string> = name === 'OverrideUploadMethod' ? { 'X-HTTP-Method-Override': 'PATCH' } : {};
  const wanted = name === 'CreateUpload' ? { 'Upload-Length': LENGTH } : { 'Upload-Offset': offset };
  const sent = (more: Record<string, string> = {}) => ({ headers: tus({ ...wanted, ...override, ...more }) });
  switch (code) {
    case 'bad-request':
      return sent({ 'Upload-Length': 'x', 'Upload-Offset': 'x' });
    case 'forbidden':
      return sent({ Origin: 'https://evil.example.org', 'Sec-Fetch-Site': 'cross-site' });
    case 'conflict':
      return name === 'CreateUpload'
        ? { headers: tus({ 'Upload-Concat': 'final;/a' }) }
        : sent({ 'Upload-Offset': '7' });
    case 'precondition-failed':
      return sent({ 'Tus-Resumable': '0.2.2' });
    case 'too-large':
      return sent({ 'Upload-Length': '99999999999999' });
    case 'unsupported-media-type':
      return sent({ 'Content-Type': 'text/plain' });
    case 'unprocessable':
      return sent({ 'Upload-Length': '999999999', 'Idempotency-Key': USED_KEY });
    case 'checksum-mismatch':
      return sent({ 'Upload-Checksum': 'md5 AAAAAAAAAAAAAAAAAAAAAA==' });
    default:
      return sent();
  }
}

function ofSession(name: string, code: ProblemCode): Partial<Case> {
  const json = { 'Content-Type': 'application/json' };
  const headers: Record<string, string> = name === 'ListKnownFiles' ? json : {};
  switch (code) {
    case 'bad-request':
      return name === 'ListKnownFiles'
        ? { headers, start: '{}', whole: true }
        : { headers: { 'Idempotency-Key': 'x'.repeat(300) } };
    case 'forbidden':
      return { headers: { ...headers, Origin: 'https://evil.example.org', 'Sec-Fetch-Site': 'cross-site' } };
    case 'not-acceptable':
      return { headers: { Accept: 'application/x-nothing' } };
    case 'too-large':
      return { headers, start: `"${'a'.repeat(300_000)}"` };
    case 'unsupported-media-type':
      return { headers: { 'Content-Type': 'text/plain' }, start: '{}', whole: true };
    default:
      return { headers };
  }
}

/** The files in which the local bucket keeps its objects. */
export function blobsOf(data: string): string[] {
  const found = readdirSync(data, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && /[\\/]r2[\\/].*[\\/]?blobs$/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
}
