/** Milliseconds of waiting for the client after which its pace is measured. */
const WINDOW_MS = 10_000;

/** Bytes a second, on average over a window, below which a client counts as too slow: 128 kbit/s. */
const SLOWEST = 16 * 1024;

/**
 * How fast the client of a request sends. Only the time in which the archive waits for bytes counts, not the time in
 * which it works on them.
 */
export class ClientPace {
  private bytes = 0;
  private waitedMs = 0;
  private since: number | undefined;

  /** The archive waits for bytes from now on. */
  wait(now: number): void {
    this.since = now;
  }

  /** Bytes have arrived. */
  arrived(bytes: number, now: number): void {
    this.waitedMs += now - (this.since ?? now);
    this.since = undefined;
    this.bytes += bytes;
  }

  /** Whether a window ends now, and the client has sent too little in it. A new window then begins. */
  isTooSlow(now: number): boolean {
    const waitedMs = this.waitedMs + now - (this.since ?? now);
    if (waitedMs < WINDOW_MS) return false;
    const isTooSlow = this.bytes * 1000 < SLOWEST * waitedMs;
    this.bytes = 0;
    this.waitedMs = 0;
    if (this.since !== undefined) this.since = now;
    return isTooSlow;
  }
}
