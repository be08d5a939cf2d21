import { afterEach, beforeEach, vi } from 'vitest';

/** The longest time by which the code under test divides time: the record collects events of ten minutes. */
const PERIOD_MS = 10 * 60 * 1000;

let periods = 0;

/**
 * Stops the clock in each test of the file, or of the `describe` block. For tests that count what is done within a time: on a
 * busy machine the time would pass meanwhile. Each test has a period of its own, so it finds nothing that other tests left
 * in this period in the isolate's memory.
 */
export function withStoppedClock(): void {
  beforeEach(() => {
    periods += 1;
    const now = (Math.floor(Date.now() / PERIOD_MS) + periods) * PERIOD_MS;
    vi.useFakeTimers({ toFake: ['Date'], now });
  });
  afterEach(() => void vi.useRealTimers());
}
