import { type StoreResult, StoreTransaction } from '../archive/store';
import type { AppContext } from './context';
import { parseMediaType } from './media-type';
import { MultipartError, MultipartReader } from './multipart-reader';
import { HttpProblem } from './problem';
import { storeResponse } from './store-response';

/** POST /studies and /studies/{study}: Store Transaction, PS3.18 10.5. */
export async function store(c: AppContext): Promise<Response> {
  const { limits, duplicates } = c.get('config');
  const archive = c.get('archive');
  const body = multipartBody(c.req.raw);
  const transaction = new StoreTransaction(archive, { ...limits, ...duplicates }, c.req.param('study'));
  let parts: number;
  try {
    parts = await receive(body, transaction, limits.partsPerRequest);
  } catch (error) {
    await transaction.abandon();
    throw error;
  }
  if (parts === 0) throw new HttpProblem('bad-request', 'The request body has no part.');
  const { results, scattered } = await transaction.commit(Date.now());
  if (scattered.length > 0) c.executionCtx.waitUntil(archive.compaction.request(scattered));
  return answer(results, c.get('baseURI'));
}

/** PS3.18 10.5.1: multipart/related, its parts application/dicom. */
function multipartBody(request: Request): MultipartReader {
  const mediaType = parseMediaType(request.headers.get('Content-Type') ?? '');
  if (mediaType?.type !== 'multipart/related') {
    throw new HttpProblem('unsupported-media-type', 'The body must be multipart/related; type="application/dicom".');
  }
  const type = mediaType.parameter('type');
  if (type !== undefined && type.toLowerCase() !== 'application/dicom') {
    throw new HttpProblem('unsupported-media-type', 'Parts must be application/dicom.');
  }
  const boundary = mediaType.parameter('boundary');
  if (boundary === undefined || boundary === '')
    throw new HttpProblem('bad-request', 'Content-Type names no boundary.');
  if (request.body === null) throw new HttpProblem('bad-request', 'The request has no body.');
  return new MultipartReader(request.body, boundary);
}

/**
 * Takes in every part. A body that breaks off, or that is no multipart body from some place on, ends there: what
 * arrived whole before is kept, and what did not is a failure among the results.
 * @returns the number of parts
 */
async function receive(body: MultipartReader, transaction: StoreTransaction, limit: number): Promise<number> {
  let parts = 0;
  try {
    for (let part = await body.next(); part !== null; part = await body.next()) {
      parts += 1;
      if (parts > limit) {
        await body.cancel('too many parts');
        throw new HttpProblem('too-large', `A request may have at most ${limit} parts.`);
      }
      const type = parseMediaType(part.headers.get('content-type') ?? 'application/dicom')?.type;
      if (type === 'application/dicom' || type === 'application/octet-stream') await transaction.add(part);
      else transaction.refuse('not-part10');
    }
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    await body.cancel('the multipart body is broken').catch(() => undefined);
    if (parts === 0) throw new HttpProblem('bad-request', `The body is not multipart/related: ${error.code}.`);
    transaction.refuse('cut-short');
  }
  return parts;
}

/** Content-Type without a charset: clients compare it as a whole. */
function answer(results: readonly StoreResult[], baseURI: string): Response {
  const { status, dataSet } = storeResponse(results, baseURI);
  const headers: Record<string, string> = { 'Content-Type': 'application/dicom+json' };
  const warned = results.filter((result) => 'warnings' in result && result.warnings.length > 0).length;
  // PS3.18 10.5.3.2
  if (warned > 0)
    headers.Warning = `299 - "${warned} instance(s) stored with values that do not match their attributes"`;
  return new Response(JSON.stringify(dataSet), { status, headers });
}
