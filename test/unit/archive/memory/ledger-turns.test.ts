import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Lease, Ledger, LOOK_MS } from '../../../../src/archive/memory/ledger';
import { LEDGER_LIMITS } from '../../../../src/archive/memory/ledger-limits';

const IMAGE = { purpose: 'image' } as const;
const MOST = { upload: 1000, extra: 1000, image: 1000, coded: 1000, answer: 1000 };
const LIMITS = { ...LEDGER_LIMITS, shared: 100, alone: 150, most: MOST, small: 8 };

/** The lease of a promise, once it has one. */
function outcome(promise: Promise<Lease>): { value?: Lease } {
  const found: { value?: Lease } = {};
  promise.then((value) => {
    found.value = value;
  });
  return found;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('memory while a large image waits for it', () => {
  it('goes to small requests before a large one that waits, but only for a while', async () => {
    const ledger = new Ledger(LIMITS);
    const held = await ledger.take(50, IMAGE);
    const large = outcome(ledger.take(90, IMAGE));
    const small = await ledger.take(8, IMAGE);
    small.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS * 10);
    const late = outcome(ledger.take(8, IMAGE));
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(late.value).toBeUndefined();
    held.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(large.value?.bytes).toBe(90);
    expect(late.value?.bytes).toBe(8);
  });

  it('goes to small images, two at a time, as long as a large one waits that has room beside them', async () => {
    const ledger = new Ledger(LIMITS);
    const held = await ledger.take(60, IMAGE);
    const large = outcome(ledger.take(84, IMAGE));
    const other = outcome(ledger.take(9, IMAGE));
    await vi.advanceTimersByTimeAsync(LOOK_MS * 20);
    expect(other.value).toBeUndefined();
    const small = [await ledger.take(8, IMAGE), await ledger.take(8, IMAGE)];
    const third = outcome(ledger.take(8, IMAGE));
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(third.value).toBeUndefined();
    small[0]?.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(third.value?.bytes).toBe(8);
    held.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(large.value?.bytes).toBe(84);
    large.value?.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(other.value?.bytes).toBe(9);
  });
});
