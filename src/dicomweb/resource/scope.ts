import type { Scope } from '../../archive/identities';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';

/** The study, series or instance that the path of a resource names. */
export function scopeOf(c: AppContext): Scope {
  return {
    studyInstanceUID: c.req.param('study') ?? '',
    seriesInstanceUID: c.req.param('series'),
    sopInstanceUID: c.req.param('instance'),
  };
}

/**
 * The error for a study, series or instance that does not exist: 410 while it can be restored, otherwise 404 (PS3.18
 * table 10.4.3-1).
 */
export async function absent(c: AppContext, scope: Scope, archive = c.get('archive')): Promise<HttpProblem> {
  const removed = await archive.removals.holds(scope, Date.now());
  if (removed) return new HttpProblem('gone', 'It has been deleted.');
  return new HttpProblem('not-found', 'There is no such study, series or instance.');
}

/** The error for a study or series of more instances than one answer may have. @param purpose such as ` to convert` */
export function tooManyInstances({ seriesInstanceUID }: Scope, purpose = ''): HttpProblem {
  const parts = seriesInstanceUID === undefined ? 'series' : 'instances';
  return new HttpProblem('too-large', `Too many instances${purpose} for one answer. Retrieve the ${parts} one by one.`);
}
