import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodingWith } from '../../../../src/archive/memory/image-memory';
import { Ledger, LOOK_MS } from '../../../../src/archive/memory/ledger';
import { TooMuchWorkError, UnavailableError } from '../../../../src/archive/unavailable';
import { IMAGE, LIMITS, outcome, UPLOAD } from '../../../support/archive/ledger-samples';
import { asEndedRequest } from '../../../support/clients/ended-request';
import { seededRandom } from '../../../support/seeded-random';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('memory of an isolate', () => {
  it('is never more than the limit, and is given in the order of the requests', async () => {
    const ledger = new Ledger({ ...LIMITS, waiting: 1000, small: 0 });
    const decoding = decodingWith(ledger);
    const random = seededRandom(3);
    const begun: number[] = [];
    const work = Array.from({ length: 200 }, async (_, number) => {
      const { value, lease } = await decoding.run(1 + random.below(100), async (held) => {
        begun.push(number);
        await Promise.resolve();
        held.shrink(1 + random.below(50));
        return number;
      });
      await new Promise((resolve) => setTimeout(resolve, random.below(3)));
      lease.release();
      lease.release();
      return value;
    });
    const all = outcome(Promise.all(work));
    await vi.advanceTimersByTimeAsync(2000);
    expect(all.value).toEqual(Array.from({ length: 200 }, (_, number) => number));
    expect(begun).toEqual([...begun].sort((one, other) => one - other));
    expect(ledger.peak).toBeGreaterThan(50);
    expect(ledger.peak).toBeLessThanOrEqual(100);
    expect(ledger.held).toBe(0);
  });

  it('is refused at once when the work on images that waits is too much, but not to uploads', async () => {
    const ledger = new Ledger({ ...LIMITS, waiting: 100, waitingImages: 180 });
    const working = await ledger.take(100, IMAGE);
    const waiting = [outcome(ledger.take(90, IMAGE)), outcome(ledger.take(90, IMAGE))];
    await expect(ledger.take(9, IMAGE)).rejects.toThrow(UnavailableError);
    const upload = outcome(ledger.take(60, UPLOAD));
    working.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    waiting[0]?.value?.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    waiting[1]?.value?.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(waiting.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(upload.value?.bytes).toBe(60);
    // Nothing waits any more, so even the largest image may.
    upload.value?.release();
    expect((await ledger.take(150, IMAGE)).bytes).toBe(150);
  });

  it('is refused to work that can never fit, and to more requests than may wait', async () => {
    const ledger = new Ledger(LIMITS);
    await expect(ledger.take(151, IMAGE)).rejects.toBeInstanceOf(TooMuchWorkError);
    const lease = await ledger.take(100, IMAGE);
    const waiting = outcome(Promise.all(Array.from({ length: 4 }, () => ledger.take(1, IMAGE))));
    await expect(ledger.take(1, IMAGE)).rejects.toBeInstanceOf(UnavailableError);
    lease.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting.value).toHaveLength(4);
  });

  it('goes beyond the shared limit only for one lease with little beside it', async () => {
    const ledger = new Ledger(LIMITS);
    const little = await ledger.take(20, IMAGE);
    const more = await ledger.take(40, IMAGE);
    const large = outcome(ledger.take(130, IMAGE));
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(large.value).toBeUndefined();
    more.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(ledger.held).toBe(150);
    large.value?.release();
    little.release();
    expect(ledger.held).toBe(0);
  });

  it('is given back by work that fails', async () => {
    const ledger = new Ledger(LIMITS);
    const work = decodingWith(ledger).run(60, async () => {
      throw new RangeError('broken');
    });
    await expect(work).rejects.toBeInstanceOf(RangeError);
    expect(ledger.held).toBe(0);
  });

  it('in a cache counts, and is given up for a request', async () => {
    const ledger = new Ledger(LIMITS);
    const cache = { bytes: 30, drop: () => Object.assign(cache, { bytes: 0 }) };
    ledger.keeps(cache);
    expect(ledger.held).toBe(30);
    const beside = await ledger.take(70, IMAGE);
    expect(cache.bytes).toBe(30);
    beside.release();
    await ledger.take(130, IMAGE);
    expect(cache.bytes).toBe(0);
    expect(ledger.held).toBe(130);
  });

  it('for uploads leaves room for images', async () => {
    const ledger = new Ledger(LIMITS);
    const uploads = await Promise.all([1, 2].map(() => ledger.take(25, UPLOAD)));
    const third = outcome(ledger.take(25, UPLOAD));
    const image = await ledger.take(45, IMAGE);
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(third.value).toBeUndefined();
    uploads[0]!.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(third.value?.bytes).toBe(25);
    image.release();
  });

  it('goes to other requests while a large image waits for uploads', async () => {
    const ledger = new Ledger({ ...LIMITS, waiting: 100 });
    const upload = await ledger.take(60, UPLOAD);
    const large = outcome(ledger.take(100, IMAGE));
    await vi.advanceTimersByTimeAsync(LOOK_MS * 20);
    const other = await ledger.take(30, IMAGE);
    other.release();
    // A large lease may go beyond the shared memory when it is the only one.
    (await ledger.take(80, IMAGE)).release();
    upload.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(large.value?.bytes).toBe(100);
  });

  it('for code streams that are read ahead becomes part of the lease, and never blocks a large image', async () => {
    const ledger = new Ledger({ ...LIMITS, waiting: 100 });
    const decoding = decodingWith(ledger);
    const held = await ledger.take(60, IMAGE);
    const ahead = decoding.readAhead(10, 50);
    expect(ledger.held).toBe(70);
    const large = outcome(ledger.take(145, IMAGE));
    const coded = outcome(ledger.take(50, { ...IMAGE, coded: ahead }));
    expect(decoding.readAhead(5, 50)).toBeUndefined();
    held.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(coded.value?.bytes).toBe(50);
    expect(ledger.held).toBe(50);
    coded.value?.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(large.value?.bytes).toBe(145);
  });
});

describe('the ledger says', () => {
  it('whether living requests wait, and whether uploads keep them waiting', async () => {
    const ledger = new Ledger({ ...LIMITS, waiting: 100 });
    const wanted = () => [ledger.isWanted, ledger.isWantedOfUploads];
    const image = await ledger.take(100, IMAGE);
    expect(wanted()).toEqual([false, false]);
    const next = outcome(ledger.take(90, IMAGE));
    expect(wanted()).toEqual([true, false]);
    image.release();
    await vi.advanceTimersByTimeAsync(0);
    next.value?.release();
    const upload = await ledger.take(60, UPLOAD);
    for (const asked of [IMAGE, UPLOAD]) {
      const client = new AbortController();
      const waiting = outcome(ledger.take(100, { ...asked, gone: client.signal }));
      expect(wanted()).toEqual([true, true]);
      client.abort();
      await vi.advanceTimersByTimeAsync(LOOK_MS);
      expect(waiting.error).toBeInstanceOf(UnavailableError);
      expect(wanted()).toEqual([false, false]);
    }
    upload.release();
  });

  it('nothing of a waiting request that has ended', async () => {
    const ledger = new Ledger(LIMITS);
    await ledger.take(60, UPLOAD);
    asEndedRequest(() => ledger.take(20, UPLOAD));
    await vi.advanceTimersByTimeAsync(8 * LOOK_MS);
    expect(ledger.isWantedOfUploads).toBe(false);
  });
});
