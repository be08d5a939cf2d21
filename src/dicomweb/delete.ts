import { remove, restore } from '../archive/remove/remove';
import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';
import { absent, scopeOf } from './resource/scope';

/**
 * DELETE a study, a series or an instance: 204 once it cannot be seen any more. PS3.18 defines no such transaction; the
 * meaning is that of RFC 9110 9.3.5. Sent again it is answered 410, or 404 once the retention time is over.
 */
export async function deleteScope(c: AppContext): Promise<Response> {
  const archive = c.get('archive');
  const scope = scopeOf(c);
  const removed = await forgetting(c, () => remove(archive, scope, c.get('config').duplicates, Date.now()));
  if (removed === 0) throw await absent(c, scope);
  return new Response(null, { status: 204 });
}

/** POST {resource}/restore: what was deleted of it, or an instance's version before the present one, counts again. */
export async function restoreScope(c: AppContext): Promise<Response> {
  const archive = c.get('archive');
  const scope = scopeOf(c);
  const restored = await forgetting(c, () => restore(archive, scope, c.get('config').duplicates, Date.now()));
  if (restored > 0) return new Response(null, { status: 204 });
  if (await archive.removals.holds(scope, Date.now())) {
    throw new HttpProblem('conflict', 'Other content has been stored under the same UIDs since.');
  }
  throw new HttpProblem('not-found', 'There is nothing that could be brought back.');
}

/** Changes the scope; when that fails, nobody can tell whether the change took place, so what is known is dropped too. */
async function forgetting<Result>(c: AppContext, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } finally {
    c.get('layouts').forgetWithin(c.get('archive'), scopeOf(c));
  }
}
