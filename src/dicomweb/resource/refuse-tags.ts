import { namesTags } from '../../http/conditional';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';

/**
 * Refuses a change that the client makes depend on an entity tag (RFC 9110 13.1.1). The tags of this archive are those of
 * representations: a study has one for each media type, and none that stands for all that a change would change. So no tag is
 * that of the resource, and the change must not be made.
 * @throws HttpProblem 412
 */
export function refuseTags(c: AppContext): void {
  if (!namesTags(c.req.raw.headers)) return;
  throw new HttpProblem(
    'precondition-failed',
    'Changes cannot depend on an entity tag. Send the request without If-Match.',
  );
}
