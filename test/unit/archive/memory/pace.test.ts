import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Lease, Ledger, LOOK_MS } from '../../../../src/archive/memory/ledger';
import { LEDGER_LIMITS } from '../../../../src/archive/memory/ledger-limits';
import { WorkPace } from '../../../../src/archive/memory/work-pace';
import { UnavailableError } from '../../../../src/archive/unavailable';

const IMAGE = { purpose: 'image' } as const;
/** Of an image that is worked on alone. */
const BYTES = LEDGER_LIMITS.shared;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the pace of waiting work', () => {
  it('is that of the last requests that took memory one after the other', () => {
    const pace = new WorkPace();
    for (let at = 0; at <= 40; at += 1) pace.took(10, at < 20 ? at * 1000 : 20_000 + at * 5, -1);
    expect(pace.timeFor(100, 10, 20_200)).toBe(50);
  });

  it('gets slower while nobody takes memory', () => {
    const pace = new WorkPace();
    for (let at = 0; at <= 5; at += 1) pace.took(10, at * 100, -1);
    expect(pace.timeFor(100, 10, 500)).toBe(1000);
    expect(pace.timeFor(100, 10, 5000)).toBe(10_000);
  });

  it('is at least that of the work that holds the memory, while few requests have taken some', () => {
    const pace = new WorkPace();
    expect(pace.timeFor(100, 0, 4000)).toBe(0);
    pace.took(10, 100, 100);
    // Memory was free: these did not wait.
    for (let at = 1; at <= 3; at += 1) pace.took(10, 100, 100);
    expect(pace.timeFor(100, 40, 1000)).toBe(0);
    expect(pace.timeFor(100, 40, 2100)).toBe(5000);
  });

  it('begins again after a time in which no request waited', () => {
    const pace = new WorkPace();
    for (let at = 0; at < 8; at += 1) pace.took(10, at * 100, -1);
    expect(pace.timeFor(100, 10, 800)).toBeGreaterThan(1000);
    pace.took(10, 9000, 8999);
    expect(pace.timeFor(100, 10, 11_000)).toBe(20_000);
  });
});

describe('work on images that waits', () => {
  /** Clients that each ask for an image that takes so long, again as soon as they have an answer. */
  async function overload(clients: number, workMs: number, seconds: number, bytes = BYTES, gone?: AbortSignal) {
    const ledger = new Ledger({ ...LEDGER_LIMITS, waitingImages: Number.POSITIVE_INFINITY });
    const found = { made: 0, refused: 0, last: 0 };
    const end = Date.now() + seconds * 1000;
    const client = async () => {
      while (Date.now() < end) {
        let lease: Lease;
        try {
          lease = await ledger.take(bytes, { ...IMAGE, gone });
        } catch (error) {
          expect(error).toBeInstanceOf(UnavailableError);
          found.refused += 1;
          await new Promise((resolve) => setTimeout(resolve, 10_000));
          continue;
        }
        await new Promise((resolve) => setTimeout(resolve, workMs));
        lease.release();
        found.made += 1;
        found.last = Date.now() - end;
      }
    };
    const all = Promise.all(Array.from({ length: clients }, client));
    await vi.advanceTimersByTimeAsync(seconds * 1000 + 100_000);
    await all;
    return found;
  }

  it.each([20, 60])(
    'is refused in an overload when it would take longer than eight seconds, and has ended ten seconds after a load of %i seconds',
    async (seconds) => {
      const { made, refused, last } = await overload(120, 300, seconds);
      expect(refused).toBeGreaterThan(50);
      expect(last).toBeLessThanOrEqual(10_000);
      // The isolate worked all the time.
      expect(made).toBeGreaterThan((seconds * 1000) / (300 + LOOK_MS));
    },
  );

  it('is not done for clients that have disconnected', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 20_000);
    const { made, last } = await overload(60, 300, 20, BYTES, leaving.signal);
    // The one that was being made.
    expect(last).toBeLessThanOrEqual(300);
    expect(made).toBeGreaterThan(20_000 / (300 + LOOK_MS));
  });

  it('is refused as well where many small images are worked on side by side and end together', async () => {
    const { refused, last } = await overload(120, 5000, 20, BYTES / 13);
    expect(refused).toBeGreaterThan(50);
    expect(last).toBeLessThanOrEqual(10_000);
  });

  it('is not refused to a few clients, however long it takes', async () => {
    const { made, refused } = await overload(50, 1000, 60);
    expect(refused).toBe(0);
    expect(made).toBeGreaterThan(60_000 / (1000 + LOOK_MS));
  });

  it('is not refused when it takes less, however many requests wait', async () => {
    const { made, refused } = await overload(120, 50, 30);
    expect(refused).toBe(0);
    expect(made).toBeGreaterThan(30_000 / (50 + LOOK_MS));
  });
});
