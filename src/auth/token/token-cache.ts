import type { Identity } from '../../access/identity';

/** Milliseconds for which a verified token is not verified again, so that a withdrawn key does not count for long. */
const KEPT_MS = 5 * 60 * 1000;

/** Tokens that an isolate keeps, and their characters. */
const MOST_TOKENS = 2000;
const MOST_CHARACTERS = 2 * 1024 * 1024;

interface Verified {
  readonly identity: Identity;
  readonly until: number;
}

/** The tokens that an isolate has verified, so that the next request with one of them costs nothing. */
export class TokenCache {
  private readonly tokens = new Map<string, Verified>();
  private characters = 0;

  /** @param now milliseconds since 1970 */
  identityOf(token: string, now: number): Identity | undefined {
    const found = this.tokens.get(token);
    if (found === undefined) return undefined;
    if (now < found.until) return found.identity;
    this.forget(token);
    return undefined;
  }

  /** @param expiry when the token ends, milliseconds since 1970 */
  keep(token: string, identity: Identity, expiry: number, now: number): void {
    this.forget(token);
    this.tokens.set(token, { identity, until: Math.min(expiry, now + KEPT_MS) });
    this.characters += token.length;
    for (const oldest of this.tokens.keys()) {
      if (this.tokens.size <= MOST_TOKENS && this.characters <= MOST_CHARACTERS) break;
      this.forget(oldest);
    }
  }

  private forget(token: string): void {
    if (this.tokens.delete(token)) this.characters -= token.length;
  }
}
