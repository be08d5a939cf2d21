import type { RestoredCounts } from '../archive/remove/removals';
import { remove, restore } from '../archive/remove/remove';
import { RefusedError } from '../archive/unavailable';
import { namesTags, requiresAbsence } from '../http/conditional';
import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';
import { heldProblem } from './legal-hold';
import { requestSnapshots } from './request-snapshots';
import { refuseConditions, refuseTags } from './resource/refuse-conditions';
import { absent, scopeOf } from './resource/scope';

/**
 * DELETE a study, a series or an instance: 204 once clients cannot see it any more. PS3.18 defines no such transaction;
 * the meaning follows RFC 9110 9.3.5. A repeated request is answered with 410, or with 404 when the retention time is
 * over.
 * @throws HttpProblem 412 with If-Match or If-None-Match; 423 when the study is under legal hold
 */
export async function deleteScope(c: AppContext): Promise<Response> {
  const archive = c.get('archive');
  const scope = scopeOf(c);
  // RFC 9110 13.2.1: a condition counts only where the request would succeed without it.
  const { headers } = c.req.raw;
  const isConditional = namesTags(headers) || requiresAbsence(headers);
  if (isConditional && (await archive.index.instances(scope, 0, 1)).length > 0) refuseConditions(c);
  const removed = await forgetting(c, () =>
    unlessHeld(c, () => remove(archive, scope, c.get('config').duplicates, Date.now())),
  );
  if (removed === 0) throw await absent(c, scope);
  return new Response(null, { status: 204 });
}

/**
 * POST {resource}/restore: restores the deleted instances of the resource, or the version of an instance before the
 * current one. 204 when all of them are there again; 202 with a JSON object when some stay deleted: their numbers, and why.
 * @throws HttpProblem 412 with If-Match; 409 when other content has been stored since, 404 when there is nothing to restore, 423 when the version
 * would replace another one of a study under legal hold
 */
export async function restoreScope(c: AppContext): Promise<Response> {
  const archive = c.get('archive');
  const scope = scopeOf(c);
  refuseTags(c);
  const counts = await forgetting(c, () =>
    unlessHeld(c, () => restore(archive, scope, c.get('config').duplicates, Date.now())),
  );
  const { otherContent, otherStudy } = counts;
  if (counts.restored > 0) {
    if (otherContent + otherStudy === 0) return new Response(null, { status: 204 });
    const body = { restored: counts.restored, notRestored: { otherContent, otherStudy }, detail: reasonOf(counts) };
    return Response.json(body, { status: 202, headers: { 'Cache-Control': 'no-store' } });
  }
  if (await archive.removals.holds(scope, Date.now())) {
    const held = await archive.holds.of(scope.studyInstanceUID);
    // Where the labels are in the way, the end of the hold would change nothing.
    if (held !== undefined && scope.sopInstanceUID !== undefined && otherStudy === 0) throw heldProblem(held);
    throw new HttpProblem('conflict', reasonOf(counts));
  }
  throw new HttpProblem('not-found', 'There is nothing to restore.');
}

/** Why instances stay deleted, and what can be done. */
function reasonOf({ otherContent, otherStudy }: RestoredCounts): string {
  const reasons = [
    ...(otherStudy > 0
      ? [
          `Instances that stay deleted: ${otherStudy}. The study that has their UID now has other labels, or was stored by another principal. Give it the labels of the deleted study and restore again, or delete it, restore one of these instances, and then restore the study.`,
        ]
      : []),
    ...(otherContent > 0
      ? [
          `Instances of which the deleted content was not restored: ${otherContent}. Other content has been stored under their UIDs since, and stays. Each can be restored by itself, in exchange for that content.`,
        ]
      : []),
  ];
  return reasons.join(' ') || 'Content has been stored under the same UIDs since, and stays.';
}

/** The index refuses a transaction that would remove something of a study under legal hold. */
async function unlessHeld<Result>(c: AppContext, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const held = await c.get('archive').holds.of(scopeOf(c).studyInstanceUID);
    throw held === undefined ? error : heldProblem(held);
  }
}

/**
 * Changes the scope. When the change fails, it may still have taken place, so the cached knowledge of the scope is
 * dropped in every case.
 */
async function forgetting<Result>(c: AppContext, change: () => Promise<Result>): Promise<Result> {
  try {
    const result = await change();
    requestSnapshots(c);
    return result;
  } finally {
    c.get('layouts').forgetWithin(c.get('archive'), scopeOf(c));
  }
}
