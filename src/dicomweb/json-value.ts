import { withoutFrames } from '../http/buffered-source';
import { parseMediaType } from '../http/media-type';
import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';

/** The most bytes of the body of a request that is not a Store request. */
const LONGEST = 16 * 1024;

/** Milliseconds within which its end must arrive: a client without a credential may send such a request. */
const PATIENCE_MS = 2500;

/** Bytes a millisecond on a slow line. A longer body may take more time. */
const SLOW_LINE = 20;

/**
 * Reads the body of a request as JSON.
 * @param longest characters of it at most
 * @returns undefined when there is no body
 * @throws HttpProblem 400, 413, 415
 */
export async function jsonValue(c: AppContext, longest = LONGEST): Promise<unknown> {
  const text = await textOf(c.req.raw.body, longest);
  if (text.trim() === '') return undefined;
  if (parseMediaType(c.req.header('Content-Type') ?? '')?.type !== 'application/json') {
    throw new HttpProblem('unsupported-media-type', 'The body must be application/json.');
  }
  return parsed(text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('bad-request', 'The body is not JSON.');
  }
}

/**
 * @throws HttpProblem 413; the rest of the body is then left to request-body
 * @throws HttpProblem 408 when the end does not arrive in time; the read that waits for it then stays pending
 */
async function textOf(body: ReadableStream<Uint8Array> | null, longest: number): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const deadline = Date.now() + PATIENCE_MS + longest / SLOW_LINE;
  for (;;) {
    const read = await within(deadline - Date.now(), reader.read().catch(withoutFrames));
    if (read === undefined) throw new HttpProblem('timeout', 'The end of the body did not arrive in time.');
    if (read.done) break;
    text += decoder.decode(read.value, { stream: true });
    if (text.length > longest) {
      reader.releaseLock();
      throw new HttpProblem('too-large', 'The body is too long.');
    }
  }
  reader.releaseLock();
  return text + decoder.decode();
}

/** @returns undefined when the promise is not settled in time */
function within<Value>(patienceMs: number, promise: Promise<Value>): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
