import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import type { Issuer } from '../../access/issuer';
import { isSecureURL } from '../../access/members';
import { SharedLookUps } from '../../archive/retrieve/shared-look-ups';
import { logFailure } from '../../log';
import { ProviderError, providerJSON } from './provider-fetch';

/** Keys are read again after this time, so that a key which the provider has withdrawn does not stay. */
const FRESH_MS = 10 * 60 * 1000;

/** While the provider does not answer, its keys are used for this time. */
const STALE_MS = 24 * 60 * 60 * 1000;

/** Milliseconds between two reads of keys. Otherwise each token with an unknown key would cause a request to the provider. */
const PAUSE_MS = 60 * 1000;

/** Milliseconds between two tries of an isolate that has no keys yet. */
const SHORT_PAUSE_MS = 5 * 1000;

type Keys = ReturnType<typeof createLocalJWKSet>;

interface Known {
  /** The discovery document (OpenID Connect Discovery 1.0, 3). Empty where the setting names the address of the keys. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly keys: Keys;
  readonly readAt: number;
}

/** What an isolate knows about a provider: its discovery document and its public keys. */
export class Provider {
  private known: Known | undefined;
  /** When the newest attempt to read ended, well or not. */
  private triedAt = Number.NEGATIVE_INFINITY;
  private readonly reads = new SharedLookUps<Known | undefined>();

  constructor(readonly issuer: Pick<Issuer, 'issuer' | 'discovery' | 'jwksURI'>) {}

  /**
   * The discovery document.
   * @throws ProviderError when it cannot be read
   */
  async metadata(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.current()).metadata;
  }

  /**
   * Finds the key of a token by its `kid`, among the keys that the provider publishes. The other members about keys in
   * the header (`jwk`, `jku`, `x5u`, `x5c`) are ignored.
   * @param later runs a promise after the answer
   * @throws the errors of jose when there is no such key; ProviderError when no keys can be read
   */
  async keyOf(header: JWSHeaderParameters, token: FlattenedJWSInput, later: (work: Promise<unknown>) => void) {
    const known = await this.current();
    if (Date.now() - known.readAt > FRESH_MS) later(this.read().catch(() => undefined));
    try {
      return await known.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const newer = await this.read();
      if (newer === undefined || newer === known) throw error;
      return await newer.keys(header, token);
    }
  }

  private async current(): Promise<Known> {
    if (this.known !== undefined && Date.now() - this.known.readAt < STALE_MS) return this.known;
    const read = await this.read();
    if (read === undefined) throw new ProviderError('The provider does not answer.');
    return read;
  }

  /**
   * Reads the provider's documents, unless that was done a short time ago. Requests that need them at the same time share
   * one reading.
   * @returns what is known then; undefined when nothing is
   */
  private read(): Promise<Known | undefined> {
    return this.reads.share('', async () => {
      const pause = this.known === undefined ? SHORT_PAUSE_MS : PAUSE_MS;
      if (Date.now() - this.triedAt < pause) return this.known;
      try {
        this.known = await readProvider(this.issuer);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        logFailure('provider-not-read', undefined, { issuer: this.issuer.issuer, reason: error.message });
      }
      this.triedAt = Date.now();
      return this.known;
    });
  }
}

async function readProvider({ issuer, discovery, jwksURI }: Provider['issuer']): Promise<Known> {
  const metadata = jwksURI === undefined ? await discover(issuer, discovery ?? discoveryOf(issuer)) : {};
  const address = jwksURI ?? metadata.jwks_uri;
  if (typeof address !== 'string' || !isSecureURL(address)) {
    throw new ProviderError('The discovery document of the provider names no https address of its keys.');
  }
  const set = await providerJSON(address);
  // RFC 7517 5: members of the set that are no usable keys are ignored.
  const keys = Array.isArray(set.keys) ? set.keys.filter((one) => typeof one === 'object' && one !== null) : set.keys;
  try {
    return { metadata, keys: createLocalJWKSet({ ...set, keys } as unknown as JSONWebKeySet), readAt: Date.now() };
  } catch {
    throw new ProviderError('The provider does not answer with a set of keys.');
  }
}

async function discover(issuer: string, address: string): Promise<Record<string, unknown>> {
  const metadata = await providerJSON(address);
  // OpenID Connect Discovery 1.0, 4.3.
  if (metadata.issuer === issuer) return metadata;
  throw new ProviderError('The discovery document belongs to another issuer.');
}

/** OpenID Connect Discovery 1.0, 4. */
function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
