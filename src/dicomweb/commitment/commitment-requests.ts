import { commitStorage } from '../../archive/commitment/commit-storage';
import { RefusedError } from '../../archive/unavailable';
import { isUID } from '../../dicom/values/value-checks';
import { HttpProblem } from '../../http/problem';
import type { Offer } from '../answer/negotiate';
import type { AppContext } from '../context';
import { answerForm, writtenDataSet } from '../stow/store-answer';
import { commitmentResponse, requestedInstances } from './commitment-module';
import { requestDataSet } from './commitment-request';
import { type Outcome, packed, unpacked } from './kept-outcome';

/**
 * POST /commitment-requests/{transactionUID}: Request Transaction, PS3.18 13.4. The answer says of each instance whether its
 * bytes are in the bucket now, so 202 is never needed.
 * @throws HttpProblem 409 when the principal has used the Transaction UID already: GET gives its result
 */
export async function requestCommitment(c: AppContext): Promise<Response> {
  const form = answerForm(c.req.raw);
  const transactionUID = transactionUIDOf(c);
  const principal = principalOf(c);
  const { commitments } = c.get('archive');
  const now = Date.now();
  const [named, references] = requestedInstances(await requestDataSet(c));
  if ((await commitments.recall(principal, transactionUID, now)) !== undefined) throw inUse();
  const { duplicates } = c.get('config').duplicates;
  const outcome: Outcome = { form: named, results: await commitStorage(c.get('archive'), references, duplicates) };
  if (!(await kept(commitments.keep(principal, transactionUID, packed(outcome), now)))) throw inUse();
  return answer(outcome, form);
}

/** GET /commitment-requests/{transactionUID}: Result Check Transaction, PS3.18 13.5, for the principal of the request. */
export async function checkCommitment(c: AppContext): Promise<Response> {
  const form = answerForm(c.req.raw);
  const { commitments } = c.get('archive');
  const kept = await commitments.recall(principalOf(c), c.req.param('transactionUID') ?? '', Date.now());
  if (kept === undefined)
    throw new HttpProblem('not-found', 'There is no such transaction, or it is older than a day.');
  return answer(unpacked(kept), form);
}

function answer({ form, results }: Outcome, offer: Offer): Response {
  const [contentType, body] = writtenDataSet(commitmentResponse(form, results), offer);
  return new Response(body, { headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store', Vary: 'Accept' } });
}

/** @throws HttpProblem 400 */
function transactionUIDOf(c: AppContext): string {
  const uid = c.req.param('transactionUID') ?? '';
  if (!isUID(uid)) throw new HttpProblem('bad-request', 'The Transaction UID in the path is not a UID.');
  return uid;
}

function principalOf(c: AppContext): string {
  return c.get('identity')?.principal.id ?? '';
}

/** @throws HttpProblem 413 when unusually long UIDs make the answer too long for a row of the index */
async function kept(keeping: Promise<boolean>): Promise<boolean> {
  try {
    return await keeping;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new HttpProblem('too-large', 'The answer is too long to be kept. Send several requests.');
  }
}

/** PS3.18 table 13.4.3-1. */
function inUse(): HttpProblem {
  return new HttpProblem('conflict', 'The Transaction UID is already in use. GET gives the result of its request.');
}
