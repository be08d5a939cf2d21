import { ANYBODY, type Identity } from '../access/identity';
import type { AppContext } from '../dicomweb/context';
import { identifyBySession } from './session/identify-by-session';
import { identifyByBearerToken, identifyByProxyToken } from './token/identify-by-token';

/**
 * Finds out who sends a request from one kind of credential.
 * @returns undefined when the request carries no credential of this kind
 * @throws HttpProblem 401 when the request carries one that is not valid; never 403
 */
export type Identify = (c: AppContext) => Promise<Identity | undefined>;

/** The kinds of credentials, in the order in which they are looked for. The first one that the request carries counts. */
const CREDENTIALS: readonly Identify[] = [identifyByBearerToken, identifyByProxyToken, identifyBySession];

/**
 * @returns undefined when the request carries no credential
 * @throws HttpProblem 401 when the credential is not valid
 */
export async function identify(c: AppContext): Promise<Identity | undefined> {
  for (const each of CREDENTIALS) {
    const identity = await each(c);
    if (identity !== undefined) return identity;
  }
  if (c.get('config').allowAnonymous) return ANYBODY;
  return undefined;
}
