import type { Purpose } from './ledger-limits';

/** Milliseconds from one sign of life of a lease to the next. */
export const BEAT_MS = 500;

/** Memory that a request holds. */
export interface Lease {
  /** Bytes held now. */
  readonly bytes: number;
  /** Keeps only this many bytes and releases the others. */
  shrink(bytes: number): void;
  /** Releases all of it. A second call does nothing. */
  release(): void;
}

/** Memory that is kept between requests. The ledger drops it when a request needs the room. */
export interface Cache {
  /** Bytes that are kept now. */
  readonly bytes: number;
  /** Drops all that is kept. */
  drop(): void;
}

/** A lease, with the signs of life of the request that took it. */
export class HeldLease implements Lease {
  private readonly timer: ReturnType<typeof setInterval>;
  private beaten = false;
  /** Bytes at its beginning. */
  readonly taken: number;

  constructor(
    public bytes: number,
    readonly purpose: Purpose,
    private last: number,
    private readonly resized: (change: number) => void,
  ) {
    this.taken = bytes;
    this.timer = setInterval(() => {
      this.beaten = true;
      if (this.bytes === 0) clearInterval(this.timer);
    }, BEAT_MS);
  }

  /**
   * @param round the present round
   * @returns the round of the last sign of life, as far as a reader in this round can know
   */
  sign(round: number): number {
    if (this.beaten) this.last = round;
    this.beaten = false;
    return this.last;
  }

  shrink(bytes: number): void {
    if (bytes >= this.bytes) return;
    const change = bytes - this.bytes;
    this.bytes = bytes;
    this.resized(change);
  }

  release(): void {
    this.shrink(0);
  }
}
