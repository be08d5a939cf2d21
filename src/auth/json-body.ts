import type { AppContext } from '../dicomweb/context';
import { parseMediaType } from '../http/media-type';
import { HttpProblem } from '../http/problem';

/** Bytes of the body of a request of access control. */
const LONGEST = 16 * 1024;

/**
 * Reads the body of a request as a JSON object.
 * @param members the names that the object may have
 * @returns an empty object when there is no body
 * @throws HttpProblem 400, 413, 415
 */
export async function jsonBody<Member extends string>(
  c: AppContext,
  members: readonly Member[],
): Promise<Partial<Record<Member, unknown>>> {
  const text = await textOf(c.req.raw.body);
  if (text.trim() === '') return {};
  if (parseMediaType(c.req.header('Content-Type') ?? '')?.type !== 'application/json') {
    throw new HttpProblem('unsupported-media-type', 'The body must be application/json.');
  }
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpProblem('bad-request', 'The body must be a JSON object.');
  }
  const unknown = Object.keys(value).some((name) => !(members as readonly string[]).includes(name));
  if (unknown) throw new HttpProblem('bad-request', `The body may have the members ${members.join(', ')} alone.`);
  return value as Partial<Record<Member, unknown>>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('bad-request', 'The body is not JSON.');
  }
}

/** @throws HttpProblem 413; the rest of the body is then left to dicomweb/request-body */
async function textOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true });
      if (text.length > LONGEST) throw new HttpProblem('too-large', 'The body is too long.');
    }
  } finally {
    reader.releaseLock();
  }
  return text + decoder.decode();
}
