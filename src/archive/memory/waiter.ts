import type { Lease } from './lease';
import type { Purpose } from './ledger-limits';

/** What a request asks memory for. */
export interface Asked {
  readonly purpose: Purpose;
  /** Is aborted when the client has disconnected. */
  readonly gone?: AbortSignal | undefined;
  /**
   * The memory that the request already holds for this work. It becomes part of the new lease, whose bytes include it.
   */
  readonly coded?: Lease | undefined;
}

/** A request that waits for memory. */
export interface Waiter extends Asked {
  readonly ticket: number;
  readonly bytes: number;
  /** The round in which the waiter began to wait, and the round of its last sign of life. */
  readonly since: number;
  sign: number;
  /** The time at which it began to wait, and that of its last look, milliseconds since 1970. */
  readonly begun: number;
  looked: number;
  wake: () => void;
}
