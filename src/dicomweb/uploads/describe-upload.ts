import type { Upload } from '../../archive/upload/uploads';
import { requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { answerForm, storeAnswer } from '../stow/store-answer';
import { storeResponse } from '../stow/store-response';
import { ingestUploads } from './ingest-upload';
import { describedResult, filenameOf, storeResults, toldCounts, tryAgain } from './upload-results';

/** Milliseconds for which a request for the results waits for an unfinished ingest. */
const PATIENCE_MS = 5000;

/** Results of one description. */
const MOST_DESCRIBED = 1000;

/**
 * GET /uploads/{upload}: the state of the upload and its results, after the parameter `after` if there is one, in JSON; or, for a
 * client that accepts DICOM JSON or XML, the Store Instances Response (PS3.18 annex I) once it is done. An upload that waits
 * for its ingest is ingested by this request.
 * @throws HttpProblem 400, 406, 503
 */
export async function describeUpload(c: AppContext, upload: Upload): Promise<Response> {
  const { uploads } = c.get('archive');
  const asked = asksForResponse(c);
  const form = asked ? answerForm(c.req.raw) : undefined;
  let now = upload;
  if (form !== undefined && upload.state === 'done') {
    if (await tryAgain(c, [upload])) now = (await uploads.find(upload.id)) ?? upload;
  }
  if (now.state === 'received' && now.concat !== 'partial') {
    await ingestUploads(c, [upload], PATIENCE_MS);
    now = (await uploads.find(upload.id)) ?? upload;
  }
  if (form === undefined) return await described(c, now);
  if (now.state === 'receiving' || now.state === 'received') {
    throw new HttpProblem('unavailable', 'The upload is not stored yet.', { 'Retry-After': '5' });
  }
  return storeAnswer(finalResponse(c, await storeResults(c, [now]), [now]), form, c.get('baseURI'));
}

/**
 * Whether the client names a type of the Store Instances Response. A client that accepts any type, or JSON, gets the
 * description.
 */
function asksForResponse(c: AppContext): boolean {
  return requestedTypes(c.req.raw).some(({ type, quality }) => quality > 0 && type.startsWith('application/dicom+'));
}

/**
 * The response to instances that are all settled: as of a Store request (PS3.18 10.5.3). 503 when nothing was stored for
 * reasons that may be temporary: the client should send the request again. 409 for an upload that has failed: a repetition
 * would not store it.
 */
export function finalResponse(
  c: AppContext,
  results: Parameters<typeof storeResponse>[0]['results'],
  uploads: readonly Pick<Upload, 'state'>[],
): ReturnType<typeof storeResponse> {
  const outcome = { results, body: 'whole', unusedBulk: { unreferenced: 0, tooMany: 0 } } as const;
  const response = storeResponse(outcome, c.get('baseURI'));
  const isFinal = response.status === 503 && uploads.some(({ state }) => state === 'failed');
  return isFinal ? { ...response, status: 409, again: false } : response;
}

async function described(c: AppContext, upload: Upload): Promise<Response> {
  const { id, session, state, reason, offset, byteLength, metadata, expiresAt } = upload;
  const { ingests } = c.get('archive');
  const [results, counts] = await Promise.all([
    ingests.results([id], MOST_DESCRIBED, afterOf(c)),
    ingests.counts([id]),
  ]);
  const description = {
    id,
    session,
    filename: filenameOf(metadata),
    state,
    reason,
    offset,
    length: byteLength,
    expires: new Date(expiresAt).toISOString(),
    counts: toldCounts(counts.get(id)),
    results: results.map(describedResult),
    // More results follow.
    next: results.length === MOST_DESCRIBED ? results.at(-1)?.ordinal : undefined,
  };
  return Response.json(description, { headers: { 'Cache-Control': 'no-store', Vary: 'Accept' } });
}

/** @throws HttpProblem 400 */
function afterOf(c: AppContext): number | undefined {
  const after = c.req.query('after');
  if (after === undefined) return undefined;
  if (!/^\d{1,9}$/.test(after)) throw new HttpProblem('bad-request', 'after must be the ordinal of a result.');
  return Number(after);
}
