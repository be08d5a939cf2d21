/** Milliseconds for which a response is kept in case the client sends the same request again. */
export const KEPT_ANSWER_MS = 24 * 60 * 60 * 1000;

/** A response as it was sent, and the digest that tells its request from others. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Remembers the responses to requests with an Idempotency-Key. Every method is one round trip. */
export interface KeptAnswers {
  /**
   * @param now milliseconds since 1970
   * @returns undefined when there is no response, or only one that is too old
   */
  recall(key: string, now: number): Promise<KeptAnswer | undefined>;
  /** Keeps the first response under a key. A second one is not kept. */
  keep(key: string, answer: KeptAnswer, now: number): Promise<void>;
  /** Forgets the responses that are too old. */
  forgetOld(now: number): Promise<void>;
}
