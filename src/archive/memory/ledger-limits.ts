import { ROOM, SHARED_ROOM } from '../../imaging/codecs/memory-budget';

const MIB = 1024 * 1024;

/**
 * What memory is held for.
 *
 * - `upload`: a Store request, from its first byte to its commit.
 * - `extra`: an instance of a Store request whose metadata or inflated data set is longer than most.
 * - `answer`: metadata on its way to a client.
 * - `image`: work on one frame, and what was made of it until it has been sent.
 * - `coded`: the code stream of a frame whose request waits for an `image` lease. It is never waited for.
 */
export type Purpose = 'upload' | 'extra' | 'image' | 'coded' | 'answer';

export interface LedgerLimits {
  /** Bytes that all requests and caches of an isolate may hold together. */
  readonly shared: number;
  /** What one lease of more than that may bring the total to: it begins when the others hold little. */
  readonly alone: number;
  /**
   * Bytes for each purpose. A single lease may have more while it is the only one of its purpose, and small ones have
   * `small` more for themselves.
   */
  readonly most: Readonly<Record<Purpose, number>>;
  /** Milliseconds that a request waits while nobody gets memory for its purpose; then it is told to come again. */
  readonly patience: Readonly<Record<Purpose, number>>;
  /** Milliseconds that a request waits although others get memory before it. */
  readonly longest: number;
  /** Requests that may wait; the next one is told to come again. */
  readonly waiting: number;
  /** A request that needs at most so many bytes may overtake a larger one for a while. */
  readonly small: number;
}

export const LEDGER_LIMITS: LedgerLimits = {
  shared: SHARED_ROOM,
  alone: ROOM,
  most: { upload: 40 * MIB, extra: 64 * MIB, image: ROOM, coded: 12 * MIB, answer: 32 * MIB },
  patience: { upload: 60_000, extra: 25_000, image: 25_000, coded: 0, answer: 60_000 },
  longest: 90_000,
  waiting: 256,
  small: 8 * MIB,
};
