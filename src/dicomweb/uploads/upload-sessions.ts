import { digestOf } from '../../archive/bytes';
import { newVersion } from '../../archive/object-keys';
import { SESSION_MS, type SessionUpload, type UploadSession } from '../../archive/upload/upload-sessions';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { idempotencyKey } from '../stow/idempotency';
import { senderOf } from './tus';
import { filenameOf, toldCounts } from './upload-results';

/** POST /upload-sessions: makes a session. A request with the same Idempotency-Key makes the same one. */
export async function createUploadSession(c: AppContext): Promise<Response> {
  const now = Date.now();
  const key = idempotencyKey(c.req.raw);
  const principal = senderOf(c);
  const id = key === undefined ? newVersion() : await digestOf(`session\n${principal}\n${key}`);
  const wanted = { id, principal, createdAt: now, expiresAt: now + SESSION_MS };
  const session = await c.get('archive').uploadSessions.create(wanted);
  const headers = {
    Location: `${new URL(c.get('baseURI')).pathname}/upload-sessions/${id}`,
    'Cache-Control': 'no-store',
    ...(session.createdAt !== now && { 'Idempotent-Replayed': 'true' }),
  };
  return Response.json({ id, expires: new Date(session.expiresAt).toISOString() }, { status: 201, headers });
}

/** GET /upload-sessions/{session}: its state, and its uploads with theirs. @throws HttpProblem 404 */
export async function showUploadSession(c: AppContext): Promise<Response> {
  const { uploadSessions, ingests } = c.get('archive');
  const session = await sessionOf(c);
  const uploads = await uploadSessions.uploads(session.id);
  const counts = await ingests.counts(uploads.map(({ id }) => id));
  const description = {
    id: session.id,
    state: session.closedAt === undefined ? 'open' : 'closed',
    expires: new Date(session.expiresAt).toISOString(),
    uploads: uploads.map((upload) => ({ ...described(upload), counts: toldCounts(counts.get(upload.id)) })),
  };
  return Response.json(description, { headers: { 'Cache-Control': 'no-store' } });
}

function described({ id, state, reason, offset, byteLength, metadata }: SessionUpload) {
  return { id, filename: filenameOf(metadata), state, reason, offset, length: byteLength };
}

/** The session that the URL names. @throws HttpProblem 404, also for sessions of others */
export async function sessionOf(c: AppContext): Promise<UploadSession> {
  const id = c.req.param('session') ?? '';
  const session = await c.get('archive').uploadSessions.visit(id, senderOf(c), Date.now());
  if (session === undefined) throw new HttpProblem('not-found', 'There is no such upload session.');
  return session;
}
