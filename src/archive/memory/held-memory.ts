import type { Lease } from './ledger';

/**
 * Counts the bytes that a request holds of the memory that the isolate's ledger gave it. An isolate has 128 MB for all
 * its requests. Production enforces this limit, and the local runtime does not. So this counts what is held, its
 * users keep within bounds, and a test asserts the peak.
 */
export class HeldMemory {
  held = 0;
  peak = 0;
  private extra: Lease | undefined;
  private needed = false;

  /** @param more takes the extra memory that one instance may need; absent when that memory is not limited */
  constructor(private readonly more?: () => Promise<Lease>) {}

  /**
   * Takes the extra memory and keeps it from now on.
   * @param throughout whether to keep it until the request ends, and not only until the archive has finished with the
   * instance
   * @throws UnavailableError
   */
  async extend(throughout = false): Promise<void> {
    this.extra ??= await this.more?.();
    this.needed ||= throughout;
  }

  /** Releases the extra memory: the archive has finished with the instance that needed it. */
  settle(): void {
    if (!this.needed) this.end();
  }

  /** Releases the extra memory: the request ends. */
  end(): void {
    this.extra?.release();
    this.extra = undefined;
  }

  /** Counts bytes that the request holds from now on. */
  hold(bytes: number): void {
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
  }

  /** Counts bytes that the request no longer holds. */
  release(bytes: number): void {
    this.held -= bytes;
  }
}
