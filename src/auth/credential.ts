import type { Identity } from '../access/identity';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/**
 * Identifies the sender of a request by one kind of credential.
 * @returns undefined when the request carries no credential of this kind
 * @throws HttpProblem 401 when the request carries one that is not valid; never 403
 */
export type Identify = (c: AppContext) => Promise<Identity | undefined>;

/**
 * RFC 6750 3, RFC 9110 11.6.1: a 401 names the accepted schemes. It does not offer Basic to browsers, because a browser
 * would then ask for a password in a window of its own.
 * @param error what is wrong with the credential; absent when the request carries no credential (RFC 6750 3.1)
 */
export function unauthorized(c: AppContext, detail: string, error?: 'invalid_token'): HttpProblem {
  const bearer = `Bearer realm="dicomweb"${error === undefined ? '' : `, error="${error}"`}`;
  const challenge = isBrowser(c) ? bearer : `${bearer}, Basic realm="dicomweb", charset="UTF-8"`;
  return new HttpProblem('unauthorized', detail, { 'WWW-Authenticate': challenge });
}

/** Whether a browser sends the request (Fetch Metadata 2.1, WHATWG Fetch 3.2). Node sends Sec-Fetch-Mode too. */
export function isBrowser(c: AppContext): boolean {
  return c.req.header('Sec-Fetch-Site') !== undefined || c.req.header('Origin') !== undefined;
}
