import type { Ledger } from './memory/ledger';

/** Milliseconds without a new request after which an isolate counts as idle. */
export const QUIET_MS = 500;

/** Milliseconds from one look to the next while work waits for the isolate to become idle. */
const LOOK_MS = 100;

/** Milliseconds before the first look, in which requests that wait for the isolate's thread begin. */
const YIELD_MS = 10;

/**
 * Whether an isolate has requests to answer. Work in the background that takes CPU gives way to them: an isolate has one
 * thread. Other isolates do not count, because they have threads of their own. Requests are not counted, because a
 * request can end without notice; a request that takes longer than QUIET_MS counts as long as it stores something.
 */
export class Activity {
  private last = Number.NEGATIVE_INFINITY;

  /** @param ledger the account of the isolate's memory */
  constructor(private readonly ledger: Ledger) {}

  /** Notes that a request has arrived. @param now milliseconds since 1970 */
  begin(now: number): void {
    this.last = now;
  }

  /** Whether no request has arrived recently, and nothing is being stored. */
  isIdle(now: number): boolean {
    return now - this.last >= QUIET_MS && this.ledger.holding('upload') === 0;
  }

  /**
   * Waits until the isolate is idle.
   * @param patienceMs milliseconds to wait at most
   * @returns whether it is idle now
   */
  async idle(patienceMs: number): Promise<boolean> {
    const deadline = Date.now() + patienceMs;
    for (await pause(YIELD_MS); !this.isIdle(Date.now()); await pause(LOOK_MS)) {
      if (Date.now() >= deadline) return false;
    }
    return true;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
