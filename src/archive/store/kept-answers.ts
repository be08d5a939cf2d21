/** How long an answer is kept for the same request to be sent again, milliseconds. */
export const KEPT_ANSWER_MS = 24 * 60 * 60 * 1000;

/** An answer as it was given, and what tells its request from others. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Remembers the answers to requests with an Idempotency-Key. Every method is one round trip. */
export interface KeptAnswers {
  /**
   * @param now milliseconds since 1970
   * @returns undefined when there is none, or one too old to count
   */
  recall(key: string, now: number): Promise<KeptAnswer | undefined>;
  /** The first answer under a key stays; another is not kept. */
  keep(key: string, answer: KeptAnswer, now: number): Promise<void>;
  /** Forgets the answers too old to count. */
  forgetOld(now: number): Promise<void>;
}
