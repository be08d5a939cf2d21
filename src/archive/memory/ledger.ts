import { TooMuchWorkError, UnavailableError } from '../unavailable';
import { ImageQueue } from './image-queue';
import { type Cache, HeldLease, type Lease } from './lease';
import { LEDGER_LIMITS, type LedgerLimits, type Purpose } from './ledger-limits';
import { mayOvertake } from './overtaking';
import type { Asked, Waiter } from './waiter';

export type { Cache, Lease } from './lease';
export type { Asked } from './waiter';

/** Milliseconds from one look of a waiting request at the ledger to its next look. */
export const LOOK_MS = 250;

/*
 * Rounds without a sign of life after which a waiter, or a lease, counts as dead. A round is one look of a waiting
 * request by its own timer, so it takes at least LOOK_MS. While a decoder holds the isolate's only thread no round
 * passes, so no request seems dead for that reason.
 */
const ROUNDS_OF_WAITER = 6;
const ROUNDS_OF_LEASE = 16;

/** Milliseconds since its last look in which a waiter certainly lives. */
const LIVELY_MS = 4 * LOOK_MS;

/**
 * Counts an isolate's memory: 128 MB for all its requests and caches.
 *
 * A request can end at any moment, and the continuation of a promise that belongs to an ended request never runs. So
 * the ledger never hands memory to a waiting request: each request takes the memory itself, in its own context, when it
 * is the first living waiter that fits. Waiting requests and leases show signs of life by timers of their own, which
 * end with their request. A waiter without a sign of life is passed over, and a lease without one is taken back. Waking
 * a waiter is only a hint: its own timer also looks.
 *
 * A request that holds memory may wait for more only in this order: `extra` after `upload`, and, with `coded`, the
 * `image` lease that the code stream becomes part of. So no two requests wait for each other.
 */
export class Ledger {
  /** The most bytes that were held at a time, including caches. */
  peak = 0;
  private leased = 0;
  private readonly heldFor: Record<Purpose, number> = { upload: 0, extra: 0, image: 0, coded: 0, answer: 0 };
  private readonly leases = new Set<HeldLease>();
  private readonly caches: Cache[] = [];
  /** Waiters in the order of their tickets. */
  private readonly waiters: Waiter[] = [];
  /** The time at which memory was last taken for each purpose. */
  private readonly moved: Record<Purpose, number> = { upload: 0, extra: 0, image: 0, coded: 0, answer: 0 };
  private readonly images: ImageQueue;
  private tickets = 0;
  private round = 0;

  constructor(readonly limits: LedgerLimits = LEDGER_LIMITS) {
    this.images = new ImageQueue(limits);
  }

  /** Bytes held now, including caches. */
  get held(): number {
    return this.leased + this.kept;
  }

  /** Bytes that requests hold now for a purpose. */
  holding(purpose: Purpose): number {
    return this.heldFor[purpose];
  }

  /** Whether a living request waits for memory. */
  get isWanted(): boolean {
    return this.living().length > 0;
  }

  /** Whether a living request waits for memory that uploads hold. */
  get isWantedOfUploads(): boolean {
    return this.living().some(
      (waiter) => waiter.purpose === 'upload' || waiter.purpose === 'extra' || !this.couldFit(waiter),
    );
  }

  private living(): readonly Waiter[] {
    const since = Date.now() - LIVELY_MS;
    return this.waiters.filter(({ looked }) => looked > since);
  }

  /** Counts the memory of a cache from now on. */
  keeps(cache: Cache): void {
    this.caches.push(cache);
  }

  /**
   * Takes memory, or waits for it.
   * @param bytes that are needed
   * @throws TooMuchWorkError when the ledger never gives so much; UnavailableError when too many requests wait, when
   * the wait takes too long, or when the client has disconnected
   */
  async take(bytes: number, asked: Asked): Promise<Lease> {
    if (bytes > this.limits.alone) throw new TooMuchWorkError();
    if (this.isOverloaded(bytes, asked)) throw new UnavailableError('too many requests wait for memory');
    const waiter: Waiter = {
      ...asked,
      bytes,
      ticket: this.tickets++,
      since: this.round,
      sign: this.round,
      begun: Date.now(),
      looked: Date.now(),
      wake: () => undefined,
    };
    const { longest, patience } = this.limits;
    this.waiters.push(waiter);
    try {
      for (let late = false; ; ) {
        if (asked.gone?.aborted) throw new UnavailableError('the client has disconnected');
        const lease = this.taken(waiter);
        if (lease !== undefined) return lease;
        if (late) throw new UnavailableError('other requests hold the memory for too long');
        await this.pause(waiter);
        // The pace was not known when a crowd came at once.
        if (this.isTooMuch(bytes, asked.purpose, this.waiters.slice(0, this.waiters.indexOf(waiter))))
          throw new UnavailableError('too many requests wait for memory');
        const idle = Math.max(waiter.begun, this.moved[asked.purpose]) + patience[asked.purpose];
        late = Date.now() >= Math.min(waiter.begun + longest, idle);
      }
    } finally {
      this.leave(waiter);
      this.wakeNext();
    }
  }

  private isOverloaded(bytes: number, { purpose }: Asked): boolean {
    return this.waiters.length >= this.limits.waiting || this.isTooMuch(bytes, purpose, this.waiters);
  }

  private isTooMuch(bytes: number, purpose: Purpose, before: readonly Waiter[]): boolean {
    if (purpose !== 'image') return false;
    const images = before.filter((waiter) => waiter.purpose === 'image');
    return this.images.isTooMuch(bytes, images, this.heldFor.image, Date.now());
  }

  /** Takes memory if it is free and no waiting request comes first. */
  takeNow(bytes: number, asked: Asked): Lease | undefined {
    const large = this.waiters.some((waiter) => waiter.bytes > this.limits.shared);
    if (large || !this.fitsPurpose(bytes, asked.purpose) || !this.fits(bytes, asked)) return undefined;
    return this.book(bytes, asked);
  }

  /** Takes the memory that the waiter waits for, if it is the waiter's turn. */
  private taken(waiter: Waiter): Lease | undefined {
    if (this.next() !== waiter) return undefined;
    waiter.coded?.release();
    if (waiter.purpose === 'image') this.images.pace.took(waiter.bytes, Date.now(), waiter.begun);
    return this.book(waiter.bytes, waiter);
  }

  private book(bytes: number, { purpose }: Asked): Lease {
    const lease = new HeldLease(bytes, purpose, this.round, (change) => this.resized(lease, change));
    this.leases.add(lease);
    this.count(purpose, bytes);
    this.moved[purpose] = Date.now();
    return lease;
  }

  private resized(lease: HeldLease, change: number): void {
    if (!this.leases.has(lease)) return;
    this.count(lease.purpose, change);
    if (lease.bytes === 0) this.leases.delete(lease);
    this.wakeNext();
  }

  private count(purpose: Purpose, change: number): void {
    this.leased += change;
    this.heldFor[purpose] += change;
    this.peak = Math.max(this.peak, this.held);
  }

  /** The first waiter that may take its memory now. */
  private next(): Waiter | undefined {
    const full = new Set<Purpose>();
    let blocked: Waiter | undefined;
    for (const waiter of this.waiters) {
      const { bytes, purpose } = waiter;
      if (!this.fitsPurpose(bytes, purpose)) {
        full.add(purpose);
        continue;
      }
      if (full.has(purpose) && bytes > this.limits.small) continue;
      if (blocked !== undefined && !mayOvertake(waiter, blocked, this.round, this.leases, this.limits)) continue;
      if (this.fits(bytes, waiter)) return waiter;
      if (this.couldFit(waiter)) blocked ??= waiter;
    }
    return undefined;
  }

  private fitsPurpose(bytes: number, purpose: Purpose): boolean {
    const held = this.heldFor[purpose];
    const { most, small } = this.limits;
    return held === 0 || held + bytes <= most[purpose] + (bytes <= small ? small : 0);
  }

  /** Extra memory comes in addition to the memory that uploads hold, so it has to fit beside that memory. */
  private fits(bytes: number, { purpose, coded }: Asked): boolean {
    const room = this.ceiling(bytes, purpose) - this.leased + (coded?.bytes ?? 0);
    if (bytes > room) return false;
    if (bytes > room - this.kept) for (const cache of this.caches) cache.drop();
    return bytes <= room - this.kept;
  }

  /**
   * Whether the waiter waits only for images and answers. An upload lasts as long as its client takes, so no other
   * request is kept back for it.
   */
  private couldFit({ bytes, purpose }: Waiter): boolean {
    return bytes <= this.ceiling(bytes, purpose) - this.heldFor.upload - this.heldFor.extra;
  }

  /**
   * The total that a lease may lead to. A large image that is the only image at work gets more: the codecs then drop
   * what they keep between frames.
   */
  private ceiling(bytes: number, purpose: Purpose): number {
    const { shared, alone } = this.limits;
    const large = purpose === 'image' && this.heldFor.image === 0 && bytes > alone - shared;
    return large || bytes > shared || purpose === 'extra' ? alone : shared;
  }

  private get kept(): number {
    return this.caches.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Waits until the waiter's own timer fires, or until another request wakes the waiter. */
  private async pause(waiter: Waiter): Promise<void> {
    const seen = this.round;
    let byTimer = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    waiter.wake = wake;
    waiter.gone?.addEventListener('abort', wake);
    const timer = setTimeout(() => {
      byTimer = true;
      resolve();
    }, LOOK_MS);
    await promise;
    // Only here: a timer belongs to the request that set it, so the request that wakes the waiter must not touch it.
    clearTimeout(timer);
    waiter.gone?.removeEventListener('abort', wake);
    if (byTimer && this.round === seen) this.round += 1;
    waiter.sign = this.round;
    waiter.looked = Date.now();
    this.passOver();
    if (!this.waiters.includes(waiter)) this.comeBack(waiter);
  }

  /** Passes over waiters without a sign of life, and takes back leases without one. */
  private passOver(): void {
    for (const waiter of [...this.waiters]) if (this.round - waiter.sign > ROUNDS_OF_WAITER) this.leave(waiter);
    for (const lease of [...this.leases]) if (this.round - lease.sign(this.round) > ROUNDS_OF_LEASE) lease.release();
  }

  /** Puts a waiter back that was passed over although it is alive. */
  private comeBack(waiter: Waiter): void {
    const after = this.waiters.findIndex(({ ticket }) => ticket > waiter.ticket);
    this.waiters.splice(after < 0 ? this.waiters.length : after, 0, waiter);
  }

  private leave(waiter: Waiter): void {
    const at = this.waiters.indexOf(waiter);
    if (at >= 0) this.waiters.splice(at, 1);
  }

  private wakeNext(): void {
    this.next()?.wake();
  }
}
