import { abortParts } from '../../archive/upload/reclaim';
import type { AppContext } from '../context';
import { noUpload, requireVersion, senderOf, uploadLocked } from './tus';

/**
 * DELETE /uploads/{upload}: tus 1.0 "DELETE" (termination). A request that still writes to it ends without an effect.
 * Instances that were stored from a finished upload stay stored.
 * @throws HttpProblem 404, 412, 423
 */
export async function terminateUpload(c: AppContext): Promise<Response> {
  requireVersion(c);
  const archive = c.get('archive');
  const id = c.req.param('upload') ?? '';
  const removed = await archive.uploads.remove(id, senderOf(c), Date.now());
  if (removed === undefined) {
    const upload = await archive.uploads.find(id);
    throw upload?.principal === senderOf(c) ? uploadLocked() : noUpload();
  }
  await abortParts(archive, removed);
  return new Response(null, { status: 204 });
}
