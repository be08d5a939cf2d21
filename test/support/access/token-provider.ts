import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Claims } from '../../../src/access/claims';

/** A key pair of a provider, and what the provider publishes of it. */
export interface ProviderKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** A new key pair of a provider. */
export async function providerKey(kid: string, alg = 'RS256'): Promise<ProviderKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A provider of OpenID Connect on the network: what the archive's Worker fetches from it. */
export class TokenProvider {
  /** Requests so far, by their URL. */
  readonly requests: string[] = [];
  /** While it is set, the provider answers this instead of its documents. */
  trouble: (() => Promise<Response> | Response) | undefined;
  keys: ProviderKey[] = [];
  /** What is in the set of keys beside them. */
  noKeys: unknown[] = [];
  jwksURI: string;
  /** What else is in the discovery document. */
  protected more: object = {};
  /** The issuer in the discovery document. */
  claimed: string;

  constructor(readonly issuer: string) {
    this.jwksURI = `${issuer}/keys`;
    this.claimed = issuer;
  }

  answer(url: string, init?: RequestInit): Promise<Response> | Response | undefined {
    if (!url.startsWith(`${this.issuer}/`)) return undefined;
    this.requests.push(url);
    if (this.trouble !== undefined) return this.trouble();
    if (url === `${this.issuer}/.well-known/openid-configuration`) {
      return Response.json({ issuer: this.claimed, jwks_uri: this.jwksURI, ...this.more });
    }
    if (url === this.jwksURI) return Response.json({ keys: [...this.noKeys, ...this.keys.map(({ jwk }) => jwk)] });
    return this.answerMore(url, init);
  }

  /** What else a provider has: nothing. */
  protected answerMore(_url: string, _init?: RequestInit): Promise<Response> | Response {
    return new Response(null, { status: 404 });
  }

  /** A token of this provider, for ten minutes; a claim or header parameter that is undefined is left out. */
  async token(claims: Claims = {}, { key = this.keys[0]!, header = {} }: Signing = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: this.issuer, aud: 'archive', sub: 'anna', iat: now, exp: now + 600, roles: ['reader'] };
    return await new SignJWT(defined({ ...payload, ...claims }))
      .setProtectedHeader(defined({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }))
      .sign(key.privateKey, { crit: { extension: true } });
  }
}

/** How a token is signed, where it is not signed as usual. */
export interface Signing {
  readonly key?: ProviderKey;
  readonly header?: Record<string, unknown>;
}

function defined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

/** A `fetch` that reaches these providers and nothing else. */
export function networkOf(providers: readonly TokenProvider[]): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    for (const provider of providers) {
      const answer = provider.answer(url, init);
      if (answer === undefined) continue;
      return await Promise.race([answer, whenAborted(init?.signal)]);
    }
    throw new TypeError('connection refused');
  };
}

function whenAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}
