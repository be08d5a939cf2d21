import { describe, expect, it, vi } from 'vitest';
import { DecodeQueue, type Lease } from '../../../src/archive/decode-queue';
import { TooMuchWorkError, UnavailableError } from '../../../src/archive/unavailable';
import { seededRandom } from '../../support/seeded-random';

const LIMITS = { bytes: 100, large: 150, waiting: 4, expiry: 1000, patience: 5000 };

describe('images under way in an isolate', () => {
  it('hold no more than the limit, and go in the order they came', async () => {
    const queue = new DecodeQueue({ ...LIMITS, waiting: 1000 });
    const random = seededRandom(3);
    const begun: number[] = [];
    const work = Array.from({ length: 200 }, async (_, number) => {
      const { value, lease } = await queue.run(1 + random.below(100), async (held: Lease) => {
        begun.push(number);
        await Promise.resolve();
        held.shrink(random.below(50));
        return number;
      });
      await new Promise((resolve) => setTimeout(resolve, random.below(3)));
      lease.release();
      lease.release();
      return value;
    });
    expect(await Promise.all(work)).toEqual(Array.from({ length: 200 }, (_, number) => number));
    expect(begun).toEqual([...begun].sort((one, other) => one - other));
    expect(queue.peak).toBeLessThanOrEqual(100);
    expect(queue.held).toBe(0);
  });

  it('what would never fit is refused, and so are more than may wait', async () => {
    const queue = new DecodeQueue(LIMITS);
    await expect(queue.run(151, async () => 1)).rejects.toBeInstanceOf(TooMuchWorkError);
    const { lease } = await queue.run(100, async () => 1);
    const waiting = Array.from({ length: 4 }, () => queue.run(1, async () => 1));
    await expect(queue.run(1, async () => 1)).rejects.toBeInstanceOf(UnavailableError);
    lease.release();
    await Promise.all(waiting);
  });

  it('what needs more than may be shared waits until it has it, with little beside', async () => {
    const queue = new DecodeQueue(LIMITS);
    const little = await queue.run(20, async () => 1);
    const more = await queue.run(40, async () => 1);
    let begun = false;
    const large = queue.run(130, async () => {
      begun = true;
    });
    await Promise.resolve();
    expect(begun).toBe(false);
    more.lease.release();
    const { lease } = await large;
    expect(queue.peak).toBe(150);
    const next = queue.run(1, async () => 1);
    lease.release();
    (await next).lease.release();
    little.lease.release();
    expect(queue.held).toBe(0);
  });

  it('work that fails holds nothing', async () => {
    const queue = new DecodeQueue(LIMITS);
    await expect(
      queue.run(60, async () => {
        throw new RangeError('broken');
      }),
    ).rejects.toBeInstanceOf(RangeError);
    expect(queue.held).toBe(0);
  });

  it('what a request left behind is taken back', async () => {
    vi.useFakeTimers();
    try {
      const queue = new DecodeQueue(LIMITS);
      await queue.run(100, async () => 1);
      const next = queue.run(100, async () => 2);
      await vi.advanceTimersByTimeAsync(2002);
      const { value, lease } = await next;
      expect(value).toBe(2);
      lease.release();
      expect(queue.held).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a request whose client has gone', () => {
  it('is not worked for when its turn comes', async () => {
    const queue = new DecodeQueue(LIMITS);
    const { lease } = await queue.run(100, async () => 1);
    const client = new AbortController();
    let worked = false;
    const left = queue.until(client.signal).run(100, async () => {
      worked = true;
    });
    client.abort();
    const next = queue.run(100, async () => 2);
    lease.release();
    await expect(left).rejects.toBeInstanceOf(UnavailableError);
    expect((await next).value).toBe(2);
    expect(worked).toBe(false);
  });
});
