import { ObjectMissing } from '../../archive/body/stream-pieces';
import type { InstanceIdentity } from '../../archive/identities';
import type { InstanceRow } from '../../archive/rows';
import type { AppContext } from '../context';
import { absent, scopeOf } from './scope';

/**
 * Looks up an instance (the one in the path, unless another is given) and answers with it. If the object that the
 * cached row names no longer exists, it looks the instance up once more.
 */
export async function withInstance<Answer>(
  c: AppContext,
  answer: (row: InstanceRow) => Promise<Answer>,
  identity: InstanceIdentity = scopeOf(c) as InstanceIdentity,
): Promise<Answer> {
  const archive = c.get('archive');
  const layouts = c.get('layouts');
  const look = async (): Promise<Answer> => {
    const row = await layouts.find(archive, identity, (work) => c.executionCtx.waitUntil(work));
    if (row === undefined) throw await absent(c, identity);
    return await answer(row);
  };
  return await lookingAgain(c, look, () => layouts.forget(archive, identity));
}

/**
 * Runs `answer`, and once more when an object that the index named is not in the bucket: the instance has just been
 * replaced or deleted. The second attempt does not ask a replica that may not have this change yet.
 * @param before runs before the second attempt
 */
export async function lookingAgain<Answer>(
  c: AppContext,
  answer: () => Promise<Answer>,
  before = () => {},
): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    before();
    await c.get('wholeArchive').copies?.catchUp();
    return await answer();
  }
}
