import { completeInterrupted } from '../../archive/upload/complete';
import type { Upload } from '../../archive/upload/uploads';
import type { AppContext } from '../context';
import { describeUpload } from './describe-upload';
import { handOver } from './received-upload';
import { noUpload, progressHeaders, requireVersion, senderOf, uploadGone } from './tus';

/**
 * HEAD /uploads/{upload}: tus 1.0 "HEAD". GET, which tus does not have, describes the upload: see describe-upload.ts.
 * @throws HttpProblem 404, 410, 412
 */
export async function showUpload(c: AppContext): Promise<Response> {
  if (c.req.method !== 'HEAD') return await describeUpload(c, await found(c));
  requireVersion(c);
  const upload = await found(c);
  if (upload.state === 'failed' && upload.offset < upload.byteLength) throw uploadGone();
  return new Response(null, { status: 200, headers: headersOf(upload) });
}

/** @throws HttpProblem 404, 410 */
async function found(c: AppContext): Promise<Upload> {
  const now = Date.now();
  const archive = c.get('archive');
  const upload = await archive.uploads.find(c.req.param('upload') ?? '');
  if (upload?.principal !== senderOf(c)) throw noUpload();
  if (upload.state === 'receiving' && upload.expiresAt <= now) throw uploadGone();
  const completed = await completeInterrupted(archive, upload, now);
  if (completed === undefined) throw uploadGone();
  if (completed.state === 'received' && upload.state === 'receiving' && completed.concat !== 'partial') {
    await handOver(c, completed);
  }
  return completed;
}

/** tus 1.0 "HEAD"; of concatenation: a final upload has an offset once it is made. */
function headersOf(upload: Upload): Record<string, string> {
  const { byteLength, metadata, concat, partials, state } = upload;
  const { 'Upload-Offset': offset = '', ...others } = progressHeaders(upload);
  return {
    ...others,
    'Upload-Length': String(byteLength),
    ...((partials === undefined || state === 'done') && { 'Upload-Offset': offset }),
    ...(metadata !== '' && { 'Upload-Metadata': metadata }),
    ...(concat !== undefined && { 'Upload-Concat': concat }),
  };
}
