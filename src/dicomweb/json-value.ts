import { parseMediaType } from '../http/media-type';
import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';

/** Bytes of the body of a request that is not a store. */
const LONGEST = 16 * 1024;

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

/** @throws HttpProblem 413; the rest of the body is then left to request-body */
async function textOf(body: ReadableStream<Uint8Array> | null, longest: number): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true });
      if (text.length > longest) throw new HttpProblem('too-large', 'The body is too long.');
    }
  } finally {
    reader.releaseLock();
  }
  return text + decoder.decode();
}
