/** The session of a person in the viewer. Times are milliseconds since 1970. */
export interface Session extends SessionRenewal {
  /** Digest of the secret that the browser has. */
  readonly id: string;
  /** Principal.id */
  readonly principal: string;
  readonly begunAt: number;
  /** The last request, to about a minute. */
  readonly seenAt: number;
  /** The session ends then at the latest. */
  readonly endsAt: number;
}

/** The values that a session gets from the provider at sign-in and at each renewal of its tokens. */
export interface SessionRenewal {
  readonly name?: string | undefined;
  /** Names of roles. */
  readonly roles: readonly string[];
  /** The provider's tokens, encrypted. */
  readonly tokens: string;
  /** When the tokens are to be renewed; undefined when they cannot be. */
  readonly renewAt?: number | undefined;
}

/** The sessions of a deployment. Every method is one round trip, and may be repeated. */
export interface Sessions {
  begin(session: Session): Promise<void>;
  /** @returns undefined when there is no such session; one that has ended by its times may still be found */
  find(id: string): Promise<Session | undefined>;
  /** Notes a request. */
  noteUse(id: string, now: number): Promise<void>;
  /**
   * Claims the renewal of a session's tokens, because the provider accepts a refresh token only once.
   * @param claimant a random text
   * @param until the claim ends then, unless the session is renewed before
   * @returns whether the claimant has to renew them; false when they are not due at `now`
   */
  claimRenewal(id: string, claimant: string, now: number, until: number): Promise<boolean>;
  /** Writes the values that the claimant got from the provider, and ends its claim. Does nothing when the session has ended. */
  renew(id: string, claimant: string, renewal: SessionRenewal): Promise<void>;
  end(id: string): Promise<void>;
  /**
   * Uses up the state of a sign-in.
   * @param user a random text
   * @returns false when another user has used it up
   */
  useState(state: string, user: string, now: number): Promise<boolean>;
  /** Forgets some of the sessions and states that have expired. */
  forgetOld(now: number): Promise<void>;
}

/** Milliseconds that a sign-in may take. States are kept for twice as long. */
export const SIGN_IN_MS = 15 * 60 * 1000;
