import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/**
 * RFC 6750 3, RFC 9110 11.6.1: a 401 says how to sign in. Browsers are not offered Basic, because they would show a window
 * of their own for it.
 * @param error what is wrong with the credential; absent when there is none (RFC 6750 3.1)
 */
export function unauthorized(c: AppContext, detail: string, error?: 'invalid_token'): HttpProblem {
  const bearer = `Bearer realm="dicomweb"${error === undefined ? '' : `, error="${error}"`}`;
  const isBrowser = c.req.header('Sec-Fetch-Mode') !== undefined || c.req.header('Origin') !== undefined;
  const challenge = isBrowser ? bearer : `${bearer}, Basic realm="dicomweb", charset="UTF-8"`;
  return new HttpProblem('unauthorized', detail, { 'WWW-Authenticate': challenge });
}
