import type { Identity } from '../../access/identity';
import { isFromOwnPage } from '../../dicomweb/answer/cross-origin';
import type { AppContext } from '../../dicomweb/context';
import { HttpProblem } from '../../http/problem';
import { isSafeMethod } from '../../http/safe-methods';
import { unauthorized } from '../credential';
import { cookieOf, SESSION_COOKIE } from './cookies';
import { renewedSession } from './renewal';
import { signInOf } from './sign-in-of';

/**
 * The cookie of a session in the viewer. The browser adds it to every request, whichever page sends it, so a request that changes
 * something must come from a page of this origin (Fetch Metadata 2.1, RFC 6454 7).
 */
export async function identifyBySession(c: AppContext): Promise<Identity | undefined> {
  const { config } = c.get('home');
  if (config.signIn === undefined) return undefined;
  const secret = cookieOf(c.req.header('Cookie'), SESSION_COOKIE);
  if (secret === undefined) return undefined;
  if (!isSafeMethod(c.req.method) && !isFromOwnPage(c.req.raw, config)) {
    throw new HttpProblem('forbidden', 'The cookie of the viewer allows changes only from pages of the viewer.');
  }
  const { sessions } = signInOf(c.get('home'), config.signIn);
  const known = sessions.current(secret, Date.now()) ?? (await renewedSession(c, config.signIn, secret));
  if (known === undefined) throw unauthorized(c, 'The session has ended. Sign in again.', 'invalid_token');
  return known.identity;
}
