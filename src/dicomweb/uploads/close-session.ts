import type { SessionUpload } from '../../archive/upload/upload-sessions';
import { bufferedSource } from '../../http/buffered-source';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { IdempotentRequest } from '../stow/idempotency';
import { RequestSource } from '../stow/request-source';
import { answerForm, storeAnswer } from '../stow/store-answer';
import { finalResponse } from './describe-upload';
import { ingestUploads } from './ingest-upload';
import { senderOf } from './tus';
import { responseBytes, storeResults, tryAgain } from './upload-results';
import { sessionOf } from './upload-sessions';

/** Milliseconds for which the request ingests uploads that are not stored yet. */
const PATIENCE_MS = 20_000;

/** The most bytes of the body, which is ignored. */
const LONGEST_BODY = 64 * 1024;

/**
 * POST /upload-sessions/{session}/close: ends the session, and answers one Store Instances Response (PS3.18 10.5.3) for
 * all its uploads, as if they had come in one Store request. A repeated request gets the same answer until the session
 * expires.
 * @throws HttpProblem 404, 406, 413, 422; 503 while an upload is not stored yet
 */
export async function closeUploadSession(c: AppContext): Promise<Response> {
  const form = answerForm(c.req.raw);
  const idempotent = await IdempotentRequest.of(c.req.raw, c.get('archive').answers, senderOf(c));
  const answer = async () => {
    const { results, uploads } = await closed(c);
    return storeAnswer(finalResponse(c, results, uploads), form, c.get('baseURI'));
  };
  if (idempotent === undefined) return await answer();
  const source = new RequestSource(sourceOf(c.req.raw.body), LONGEST_BODY, true);
  try {
    return await idempotent.answer(source, Date.now(), answer);
  } finally {
    source.release();
  }
}

/** The results of a closed session. */
interface Closed {
  readonly results: Awaited<ReturnType<typeof storeResults>>;
  readonly uploads: readonly SessionUpload[];
}

async function closed(c: AppContext): Promise<Closed> {
  const { uploadSessions } = c.get('archive');
  const { id } = await sessionOf(c);
  const ended = await uploadSessions.uploads(id);
  const uploads = (await tryAgain(c, ended)) ? await uploadSessions.uploads(id) : ended;
  const received = uploads.filter(isReceived);
  if (uploads.some(({ state }) => state === 'receiving')) {
    throw new HttpProblem('unavailable', 'The bytes of some uploads have not all arrived.', { 'Retry-After': '10' });
  }
  if (received.length > 0) await ingestUploads(c, received, PATIENCE_MS);
  if (!(await uploadSessions.close(id, Date.now()))) {
    throw new HttpProblem('unavailable', 'Some uploads are not stored yet.', { 'Retry-After': '2' });
  }
  const settled = received.length > 0 ? await uploadSessions.uploads(id) : uploads;
  const counts = await c.get('archive').ingests.counts(settled.map((upload) => upload.id));
  const count = [...counts.values()].flatMap((one) => Object.values(one)).reduce((sum, some) => sum + some, 0);
  const asked = { purpose: 'answer', gone: c.req.raw.signal } as const;
  const lease = await c.get('ledger').take(Math.max(1, responseBytes(count)), asked);
  try {
    return { results: await storeResults(c, settled), uploads: settled };
  } finally {
    lease.release();
  }
}

function isReceived({ state }: SessionUpload): boolean {
  return state === 'received';
}

function sourceOf(body: ReadableStream<Uint8Array> | null) {
  return body === null ? { read: async () => null, release: () => undefined } : bufferedSource(body);
}
