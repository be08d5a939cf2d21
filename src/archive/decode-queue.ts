import { ROOM, SHARED_ROOM } from '../imaging/codecs/memory-budget';
import { TooMuchWorkError, UnavailableError } from './unavailable';

export interface DecodeLimits {
  /** Bytes that an isolate's requests hold together: frames, coded and decoded, and the memory of the codec at work. */
  readonly bytes: number;
  /** What a request that needs more than that may bring it to: it begins when the others hold little. */
  readonly large: number;
  /** Requests that may wait for memory; the next is told to come again. */
  readonly waiting: number;
  /** Memory not given back for so long, milliseconds, is taken back: its request has gone, or its client stands still. */
  readonly expiry: number;
  /** Who has waited for so long, milliseconds, is told to come again. */
  readonly patience: number;
}

/** Milliseconds from one look at what has become free to the next. */
const LOOK_MS = 1000;

/** Codecs that keep memory between frames have it beside the one, and give it up to the other. */
export const DECODE_LIMITS: DecodeLimits = {
  bytes: SHARED_ROOM,
  large: ROOM,
  waiting: 256,
  expiry: 60_000,
  patience: 25_000,
};

/** Memory that a request has been given. */
export interface Lease {
  /** Keeps only so much of it. */
  shrink(bytes: number): void;
  /** Gives it back; once more is no error. */
  release(): void;
}

/** What was made, and the memory that it takes: to be released when it has been sent. */
export interface Leased<Result> {
  readonly value: Result;
  readonly lease: Lease;
}

/** Memory to work on images with, as one request asks for it. */
export interface Decoding {
  /**
   * Waits for memory, then works.
   * @param bytes that the work holds at most, its result included
   * @throws TooMuchWorkError when it would never fit; UnavailableError when too many wait, or nobody waits for the answer
   */
  run<Result>(bytes: number, work: (lease: Lease) => Promise<Result>): Promise<Leased<Result>>;
}

interface Waiter {
  readonly bytes: number;
  admit(lease: Lease): void;
}

/**
 * Lets the requests of an isolate decode and encode images as far as what they hold fits, in the order they came: a
 * viewer asks for a hundred frames at once, and an isolate has 128 MB for all of them. Decoding itself needs no turns,
 * since an isolate has one thread and no decoder here pauses.
 */
export class DecodeQueue implements Decoding {
  held = 0;
  /** Most that was held at a time. */
  peak = 0;
  private readonly waiters: Waiter[] = [];
  private readonly leases = new Map<Lease, { bytes: number; readonly since: number }>();

  constructor(private readonly limits: DecodeLimits = DECODE_LIMITS) {}

  /** The queue for a request whose client may go away: a viewer that turns to another series leaves tens of them behind. */
  until(gone: AbortSignal): Decoding {
    return { run: (bytes, work) => this.run(bytes, work, gone) };
  }

  async run<Result>(
    bytes: number,
    work: (lease: Lease) => Promise<Result>,
    gone?: AbortSignal,
  ): Promise<Leased<Result>> {
    const lease = await this.take(bytes);
    try {
      if (gone?.aborted) throw new UnavailableError('the client has gone');
      return { value: await work(lease), lease };
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  private take(bytes: number): Promise<Lease> {
    if (bytes > this.limits.large) throw new TooMuchWorkError();
    if (this.waiters.length >= this.limits.waiting) throw new UnavailableError('too many images to decode');
    return new Promise((resolve, reject) => {
      const since = Date.now();
      const waiter: Waiter = {
        bytes,
        admit: (lease) => {
          clearInterval(timer);
          resolve(lease);
        },
      };
      // When those before have gone without a word, nobody else would look. A request that waits for nothing but others is
      // taken by the platform for one that hangs, so there is always a next look.
      const timer = setInterval(() => {
        this.admit();
        if (Date.now() - since < this.limits.patience || !this.waiters.includes(waiter)) return;
        clearInterval(timer);
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new UnavailableError('images before it take too long'));
      }, LOOK_MS);
      this.waiters.push(waiter);
      this.admit();
    });
  }

  /** Lets those in who are next, as far as there is room. */
  private admit(): void {
    this.reclaim(Date.now() - this.limits.expiry);
    for (let next = this.waiters[0]; next !== undefined; next = this.waiters[0]) {
      const { bytes, large } = this.limits;
      if (this.held + next.bytes > (next.bytes > bytes ? large : bytes)) return;
      this.waiters.shift();
      next.admit(this.leased(next.bytes));
    }
  }

  private leased(bytes: number): Lease {
    const lease: Lease = {
      shrink: (to) => this.resize(lease, to),
      release: () => this.resize(lease, 0),
    };
    this.leases.set(lease, { bytes, since: Date.now() });
    this.hold(bytes);
    return lease;
  }

  private resize(lease: Lease, bytes: number): void {
    const known = this.leases.get(lease);
    if (known === undefined || bytes >= known.bytes) return;
    this.hold(bytes - known.bytes);
    if (bytes === 0) this.leases.delete(lease);
    else known.bytes = bytes;
    this.admit();
  }

  /** A request that the platform ended says nothing more: what it held would be held for ever. */
  private reclaim(before: number): void {
    for (const [lease, { bytes, since }] of this.leases) {
      if (since >= before) break;
      this.leases.delete(lease);
      this.hold(-bytes);
    }
  }

  private hold(bytes: number): void {
    this.held += bytes;
    this.peak = Math.max(this.peak, this.held);
  }
}
