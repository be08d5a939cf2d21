import type { Lease } from './ledger';

/**
 * Counts the bytes that a request holds of the memory that the isolate's ledger has given it. An isolate has 128 MB for all
 * the requests in it, which production enforces and the local runtime does not; so what is held is counted here, bounded
 * by its users, and a test asserts the peak.
 */
export class Budget {
  held = 0;
  peak = 0;
  private extra: Lease | undefined;
  private needed = false;

  /** @param more takes the extra memory that one instance may need; absent: it is there */
  constructor(private readonly more?: () => Promise<Lease>) {}

  /**
   * Has the extra memory from now on.
   * @param throughout until the request ends, and not only until the instance has been dealt with
   * @throws UnavailableError
   */
  async extend(throughout = false): Promise<void> {
    this.extra ??= await this.more?.();
    this.needed ||= throughout;
  }

  /** The instance that needed the extra memory has been dealt with. */
  settle(): void {
    if (!this.needed) this.end();
  }

  /** The request ends: the extra memory is given back. */
  end(): void {
    this.extra?.release();
    this.extra = undefined;
  }

  hold(bytes: number): void {
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}
