import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodingWith } from '../../../../src/archive/memory/image-memory';
import { BEAT_MS } from '../../../../src/archive/memory/lease';
import { Ledger, LOOK_MS } from '../../../../src/archive/memory/ledger';
import type { LedgerLimits } from '../../../../src/archive/memory/ledger-limits';
import { TooMuchWorkError, UnavailableError } from '../../../../src/archive/unavailable';
import { asEndedRequest } from '../../../support/ended-request';
import { seededRandom } from '../../../support/seeded-random';

const LIMITS: LedgerLimits = {
  shared: 100,
  alone: 150,
  most: { upload: 60, extra: 40, image: 150, coded: 20, answer: 50 },
  patience: { upload: 20_000, extra: 10_000, image: 10_000, coded: 0, answer: 10_000 },
  longest: 40_000,
  waiting: 4,
  waitingImages: 100_000,
  imageQueue: 1_000_000,
  fewImages: 0,
  small: 8,
};

const IMAGE = { purpose: 'image' } as const;
const UPLOAD = { purpose: 'upload' } as const;

/** The result of a promise so far. */
function outcome<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const found: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      found.value = value;
    },
    (error) => {
      found.error = error;
    },
  );
  return found;
}

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

describe('a request that has ended', () => {
  it('while it waited is passed over: the others get memory', async () => {
    const ledger = new Ledger({ ...LIMITS, waiting: 100 });
    const held = await ledger.take(100, IMAGE);
    for (let ended = 0; ended < 5; ended++) asEndedRequest(() => ledger.take(60, IMAGE));
    const living = [1, 2, 3].map(() => outcome(ledger.take(30, IMAGE)));
    held.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS * 10);
    expect(living.map(({ value }) => value?.bytes)).toEqual([30, 30, 30]);
    expect(ledger.held).toBe(90);
  });

  it('while it held memory loses it long before the patience of the others ends', async () => {
    const ledger = new Ledger(LIMITS);
    asEndedRequest(() => ledger.take(60, IMAGE));
    asEndedRequest(() => ledger.take(20, UPLOAD));
    const next = outcome(ledger.take(100, IMAGE));
    await vi.advanceTimersByTimeAsync(LIMITS.patience.image / 2);
    expect(next.value?.bytes).toBe(100);
    expect(ledger.held).toBe(100);
  });
});

describe('a request that is alive', () => {
  it('keeps its memory however slowly its client takes the response, and waiting clients are told to try again', async () => {
    const ledger = new Ledger(LIMITS);
    const slow = await ledger.take(80, IMAGE);
    const next = outcome(ledger.take(50, IMAGE));
    await vi.advanceTimersByTimeAsync(LIMITS.patience.image + LOOK_MS);
    expect(next.error).toBeInstanceOf(UnavailableError);
    expect(slow.bytes).toBe(80);
    expect(ledger.held).toBe(80);
  });

  it('waits beyond its patience as long as others get memory, but not without end', async () => {
    const ledger = new Ledger({ ...LIMITS, small: 0, waiting: 100 });
    const last = outcome(
      (async () => {
        const held = await ledger.take(90, IMAGE);
        const waiting = Array.from({ length: 9 }, async () => {
          const lease = await ledger.take(90, IMAGE);
          await new Promise((resolve) => setTimeout(resolve, 6000));
          lease.release();
        });
        held.release();
        return await Promise.allSettled(waiting);
      })(),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    const kept = last.value?.filter(({ status }) => status === 'fulfilled').length;
    // Requests of 6 seconds each, within 40 seconds.
    expect(kept).toBe(7);
  });

  it('does not seem dead while a decoder holds the only thread', async () => {
    const ledger = new Ledger({ ...LIMITS, patience: { ...LIMITS.patience, image: 120_000 }, longest: 120_000 });
    const sending = await ledger.take(80, IMAGE);
    const waiting = [1, 2, 3].map(() => outcome(ledger.take(60, IMAGE)));
    for (let decoded = 0; decoded < 8; decoded++) {
      // Time passes and no timer runs. Then each timer that is due runs once.
      vi.setSystemTime(Date.now() + 5000);
      await vi.advanceTimersByTimeAsync(BEAT_MS);
    }
    expect(sending.bytes).toBe(80);
    sending.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting.map(({ value }) => value?.bytes)).toEqual([60, undefined, undefined]);
  });

  it('gets its turn again after it was passed over', async () => {
    const ledger = new Ledger({ ...LIMITS, patience: { ...LIMITS.patience, image: 60_000 }, waiting: 100 });
    const held = await ledger.take(100, IMAGE);
    const order: number[] = [];
    const first = ledger.take(60, IMAGE).then((lease) => {
      order.push(1);
      lease.release();
    });
    const second = ledger.take(60, IMAGE).then((lease) => {
      order.push(2);
      lease.release();
    });
    await vi.advanceTimersByTimeAsync(LOOK_MS * 40);
    held.release();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    await Promise.all([first, second]);
    expect(order).toEqual([1, 2]);
  });
});

describe('a client that disconnects', () => {
  it('while its request waits: the request leaves at once, and no work is done for it', async () => {
    const ledger = new Ledger(LIMITS);
    const held = await ledger.take(100, IMAGE);
    const client = new AbortController();
    let worked = false;
    const work = async () => {
      worked = true;
    };
    const left = outcome(decodingWith(ledger, client).run(100, work));
    const next = outcome(ledger.take(100, IMAGE));
    client.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(left.error).toBeInstanceOf(UnavailableError);
    held.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(next.value?.bytes).toBe(100);
    expect(worked).toBe(false);
  });

  it('while its request works: the memory is given back when the work ends', async () => {
    const ledger = new Ledger(LIMITS);
    const client = new AbortController();
    const work = decodingWith(ledger, client).run(100, async () => client.abort());
    await expect(work).rejects.toBeInstanceOf(UnavailableError);
    expect(ledger.held).toBe(0);
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
