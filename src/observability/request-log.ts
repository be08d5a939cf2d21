import { ObjectMissing } from '../archive/body/stream-pieces';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';
import { isSafeMethod } from '../http/safe-methods';
import { errorFields, type LogFields, logEvent, logFailure } from '../log';

/**
 * Writes one line for each request that changes something or fails with 5xx, or for every request (LOG_REQUESTS), once its
 * answer begins. The URL is not in it: a search names patients. Every answer of 5xx carries the id of the request in the log,
 * also an answer that a handler made itself.
 */
export async function logRequest(c: AppContext, next: () => Promise<void>): Promise<void> {
  const begun = Date.now();
  await next();
  const { method } = c.req;
  const { status, headers } = c.res;
  const failed = status >= 500;
  // A deployment that is misconfigured has no settings.
  const all = (c.get('config') as { logRequests: string } | undefined)?.logRequests === 'all';
  if (failed) headers.set('X-Request-Id', requestId(c));
  if (!failed && !all && isSafeMethod(method)) return;
  const fields: LogFields = {
    route: c.get('transaction') ?? 'none',
    method,
    requestId: requestId(c),
    status,
    durationMs: Date.now() - begun,
    receivedBytes: length(c.req.header('content-length')),
    sentBytes: length(headers.get('content-length')),
  };
  if (failed) logFailure('request', undefined, { ...fields, ...failure(c.error) });
  else logEvent('request', fields);
}

/** The id of the request in the log and, if it fails, in its answer: the id that Cloudflare gave it, or a random one. */
export function requestId(c: AppContext): string {
  const known = c.get('requestId') ?? c.req.header('cf-ray') ?? crypto.randomUUID();
  c.set('requestId', known);
  return known;
}

/** @returns undefined when the header is absent, as for a body that is sent in chunks */
function length(header: string | null | undefined): number | undefined {
  return header == null ? undefined : Number(header);
}

/** A problem that the archive names itself has a code, which says more than the place at which it was thrown. */
function failure(error: Error | undefined): LogFields {
  if (error === undefined) return {};
  if (error instanceof HttpProblem) return { code: error.code };
  return { ...(error instanceof ObjectMissing && { code: 'object-missing' }), ...errorFields(error) };
}
