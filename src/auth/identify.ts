import { ANYBODY, type Identity } from '../access/identity';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';
import { type Identify, unauthorized } from './credential';
import { failedAttempt } from './failed-attempts';
import { identifyByKey } from './key/identify-by-key';
import { identifyBySession } from './session/identify-by-session';
import { identifyByShare } from './share/identify-by-share';
import { identifyByBearerToken, identifyByProxyToken } from './token/identify-by-token';

/** The kinds of credentials, in the order in which they are looked for. The first one that the request carries counts. */
const CREDENTIALS: readonly Identify[] = [
  identifyByKey,
  identifyByShare,
  identifyByBearerToken,
  identifyByProxyToken,
  identifyBySession,
];

/**
 * @returns undefined when the request carries no credential
 * @throws HttpProblem 401 when the credential is not valid, 429 when too many keys and tokens from the client's address
 * were invalid
 */
export async function identify(c: AppContext): Promise<Identity | undefined> {
  try {
    return await identityOf(c);
  } catch (error) {
    if (error instanceof HttpProblem && error.code === 'unauthorized' && !isCookie(c)) throw failedAttempt(c, error);
    throw error;
  }
}

/**
 * Whether the credential is a cookie. Expired cookies are not guesses: all browsers of a hospital, which has one
 * address, may send them, and their pages lead to the sign-in only after a 401.
 */
function isCookie(c: AppContext): boolean {
  const { issuers } = c.get('home').config;
  return [{ header: 'Authorization' }, ...issuers].every(({ header }) => !header || c.req.header(header) === undefined);
}

async function identityOf(c: AppContext): Promise<Identity | undefined> {
  // Under the URLs of a share, no other credential gives access.
  if (c.get('shareID') !== undefined) return await identifyByShare(c);
  for (const each of CREDENTIALS) {
    const identity = await each(c);
    if (identity !== undefined) return identity;
  }
  if (c.get('config').allowAnonymous) return ANYBODY;
  // A password, or another unknown kind of credential. It counts as a guess.
  if (c.req.header('Authorization') !== undefined)
    throw unauthorized(c, 'The credential is not known.', 'invalid_token');
  return undefined;
}
