/** A person who has made shares, as last known. */
export interface Sharer {
  /** Names of roles. */
  readonly roles: readonly string[];
  /** The last request with these roles, to about an hour, milliseconds since 1970. */
  readonly seenAt: number;
}

/**
 * What a deployment knows of people who have made shares: their roles come with each sign-in and token, and are known at no other
 * time. Every method is one round trip, and may be repeated.
 */
export interface Sharers {
  /** Notes a person who makes a share. */
  note(principal: string, sharer: Sharer): Promise<void>;
  /** Notes a request of a person, if the person has made shares. */
  see(principal: string, sharer: Sharer): Promise<void>;
  /** @returns the people of these who are known, by Principal.id */
  find(principals: readonly string[]): Promise<ReadonlyMap<string, Sharer>>;
}
