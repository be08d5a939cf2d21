import { DamagedPageError } from '../archive/snapshot/catch-up';
import { NotEmptyError, rebuildState, rebuildStep } from '../archive/snapshot/rebuild';
import type { Rebuild } from '../archive/snapshot/rebuild-progress';
import { jsonBody } from '../auth/json-body';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/** GET /rebuild: how far the rebuild of the index has come; null: it was never rebuilt. */
export async function showRebuild(c: AppContext): Promise<Response> {
  return answer(await rebuildState(c.get('archive')));
}

/**
 * POST /rebuild: continues to rebuild the index from the bucket, or begins to. A client repeats the request until `finishedAt`
 * is set. An index that was put back to an earlier moment catches up with the bucket. Members of the body: `keepIndex` true
 * leaves it as it was put back; `catchUp` true begins also when nothing says that it was put back.
 * @throws HttpProblem 409 when the index is in use, or when the copied rows of a study are damaged
 */
export async function continueRebuild(c: AppContext): Promise<Response> {
  const { limits, duplicates, searchAttributes } = c.get('config');
  const { keepIndex = false, catchUp = false } = await jsonBody(c, ['keepIndex', 'catchUp']);
  if (typeof keepIndex !== 'boolean' || typeof catchUp !== 'boolean') {
    throw new HttpProblem('bad-request', 'keepIndex and catchUp must be true or false.');
  }
  const settings = { ...limits, ...duplicates, searchAttributes };
  try {
    return answer(await rebuildStep(c.get('archive'), settings, Date.now(), { keepIndex, catchUp }));
  } catch (error) {
    if (error instanceof DamagedPageError) {
      throw new HttpProblem(
        'conflict',
        `${error.key} is damaged: put it back from a backup. Where there is none, delete the objects of this study under index/: its files are stored again then, without its deletions, labels and legal hold.`,
      );
    }
    if (!(error instanceof NotEmptyError)) throw error;
    throw new HttpProblem('conflict', 'Only an empty index can be rebuilt, before it gets the id of an archive.');
  }
}

function answer(state: Rebuild | undefined): Response {
  const body = state && {
    startedAt: new Date(state.startedAt).toISOString(),
    finishedAt: state.finishedAt === undefined ? null : new Date(state.finishedAt).toISOString(),
    phase: state.phase,
    studies: state.studies,
    storedAgain: state.storedAgain,
    refused: state.refused,
    refusedFiles: state.refusedFiles ?? [],
  };
  return Response.json({ rebuild: body ?? null }, { headers: { 'Cache-Control': 'no-store' } });
}
