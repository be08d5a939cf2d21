/**
 * Counts the bytes that a request holds. An isolate has 128 MB for all the requests in it, which production enforces
 * and the local runtime does not; so what is held is counted here, bounded by its users, and a test asserts the peak.
 */
export class Budget {
  held = 0;
  peak = 0;

  hold(bytes: number): void {
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}
