import type { LegalHold } from '../archive/remove/holds';
import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';
import { jsonValue } from './json-value';
import { requestSnapshots } from './request-snapshots';
import { refuseConditions } from './resource/refuse-conditions';
import { absent, scopeOf } from './resource/scope';

/** Characters of a reason. */
const LONGEST_REASON = 200;

/** GET {study}/hold: since when the study is under legal hold, and why; null: it is not. PS3.18 defines no such transaction. */
export async function showHold(c: AppContext): Promise<Response> {
  const scope = scopeOf(c);
  const held = await c.get('archive').holds.of(scope.studyInstanceUID);
  if (held === undefined && (await c.get('archive').index.labels(scope.studyInstanceUID)) === undefined) {
    throw await absent(c, scope);
  }
  const hold = held === undefined ? null : { reason: held.reason, since: new Date(held.heldAt).toISOString() };
  return Response.json({ hold }, { headers: { 'Cache-Control': 'no-store' } });
}

/**
 * PUT {study}/hold: from now on, nothing of the study can be deleted, replaced or purged. Member of the body: `reason`.
 * @throws HttpProblem 400; 412 with If-Match or If-None-Match; 404 when there is no such study, and nothing of it can be restored
 */
export async function placeHold(c: AppContext): Promise<Response> {
  const reason = reasonOf(await jsonValue(c));
  refuseConditions(c);
  const scope = scopeOf(c);
  const archive = c.get('archive');
  c.set('recorded', { subject: `${c.get('transaction')}: ${reason}` });
  const isThere = (await archive.index.labels(scope.studyInstanceUID)) !== undefined;
  if (!isThere && !(await archive.removals.holds(scope, Date.now()))) throw await absent(c, scope);
  await archive.holds.place(scope.studyInstanceUID, { reason, heldAt: Date.now() });
  requestSnapshots(c);
  return new Response(null, { status: 204 });
}

/** DELETE {study}/hold: the study can be deleted again. @throws HttpProblem 404; 412 with If-Match or If-None-Match */
export async function liftHold(c: AppContext): Promise<Response> {
  const { studyInstanceUID } = scopeOf(c);
  refuseConditions(c);
  if (!(await c.get('archive').holds.lift(studyInstanceUID))) {
    throw new HttpProblem('not-found', 'The study is not under legal hold.');
  }
  requestSnapshots(c);
  return new Response(null, { status: 204 });
}

/** The answer to a change that a legal hold forbids (RFC 4918 11.3). */
export function heldProblem({ reason, heldAt }: LegalHold): HttpProblem {
  const since = new Date(heldAt).toISOString().slice(0, 10);
  return new HttpProblem('locked', `The study is under legal hold since ${since}: ${reason}`);
}

/** @throws HttpProblem 400 */
function reasonOf(value: unknown): string {
  const { reason } = (typeof value === 'object' && value !== null ? value : {}) as { reason?: unknown };
  if (
    typeof reason === 'string' &&
    reason.trim() !== '' &&
    reason.length <= LONGEST_REASON &&
    !/\p{Cc}/u.test(reason)
  ) {
    return reason.trim();
  }
  throw new HttpProblem('bad-request', `reason must be a text of at most ${LONGEST_REASON} characters.`);
}
