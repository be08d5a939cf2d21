import { namesTags, requiresAbsence } from '../../http/conditional';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';

/**
 * Refuses a change that the client makes depend on an entity tag (RFC 9110 13.1.1). An entity tag of this archive names
 * one representation: a study has a tag for each media type, and no tag for the study as a whole. So a tag cannot show
 * that the study is unchanged, and the change is refused.
 * @throws HttpProblem 412
 */
export function refuseTags(c: AppContext): void {
  if (!namesTags(c.req.raw.headers)) return;
  throw new HttpProblem(
    'precondition-failed',
    'Changes cannot depend on an entity tag. Send the request without If-Match.',
  );
}

/**
 * Refuses a change of something that exists, if the client wants it only where there is nothing (If-None-Match: *), or makes it
 * depend on an entity tag.
 * @throws HttpProblem 412
 */
export function refuseConditions(c: AppContext): void {
  refuseTags(c);
  if (requiresAbsence(c.req.raw.headers)) {
    throw new HttpProblem('precondition-failed', 'The resource exists, and If-None-Match says that it must not.');
  }
}
