import type { Identity } from '../../access/identity';
import { isFromOwnPage } from '../../dicomweb/answer/cross-origin';
import type { AppContext } from '../../dicomweb/context';
import { HttpProblem } from '../../http/problem';
import { isSafeMethod } from '../../http/safe-methods';
import { isBrowser, unauthorized } from '../credential';
import { ProviderError, providerUnavailable } from '../provider/provider-fetch';
import { InvalidToken } from './token-verifier';
import { verifierOf } from './verifiers';

/**
 * A token of an issuer as Bearer (RFC 6750 2.1). A token in the URL or in a form (RFC 6750 2.2, 2.3) does not count, because
 * URLs are kept in logs and histories.
 *
 * This is the last of the credentials of the Authorization header: a Bearer token that is none of the others is a token
 * of an issuer, or not valid.
 */
export async function identifyByBearerToken(c: AppContext): Promise<Identity | undefined> {
  const [, scheme = '', token = ''] = /^(\S*)\s*(.*)$/.exec(c.req.header('Authorization') ?? '') ?? [];
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  // An archive that gives access to everybody does not ask for tokens.
  if (c.get('home').config.issuers.length === 0 && c.get('home').config.allowAnonymous) return undefined;
  return await identityOf(c, token, undefined);
}

/**
 * A token that a proxy in front of the archive has put into a header of its own, such as Cloudflare Access. The proxy knows
 * the user by a cookie, which the browser adds to requests of every page. So a page of another origin may change nothing,
 * also where CORS_ORIGINS lets it call the API with a token of its own.
 */
export async function identifyByProxyToken(c: AppContext): Promise<Identity | undefined> {
  for (const { header } of c.get('home').config.issuers) {
    const token = header && c.req.header(header);
    if (!token) continue;
    if (!isSafeMethod(c.req.method) && isBrowser(c) && !isFromOwnPage(c.req.raw, c.get('config'))) {
      throw new HttpProblem('forbidden', 'The sign-in at the proxy allows changes only from pages of this archive.');
    }
    return await identityOf(c, token, header);
  }
  return undefined;
}

async function identityOf(c: AppContext, token: string, header: string | undefined): Promise<Identity> {
  try {
    return await verifierOf(c.get('home').config).identityOf(token, header, (work) => c.executionCtx.waitUntil(work));
  } catch (error) {
    if (error instanceof InvalidToken) throw unauthorized(c, error.message, 'invalid_token');
    if (error instanceof ProviderError) throw providerUnavailable();
    if (error instanceof HttpProblem) throw error;
    throw unauthorized(c, 'The token is not valid.', 'invalid_token');
  }
}
