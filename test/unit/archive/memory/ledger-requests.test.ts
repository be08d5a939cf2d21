import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodingWith } from '../../../../src/archive/memory/image-memory';
import { BEAT_MS } from '../../../../src/archive/memory/lease';
import { Ledger, LOOK_MS } from '../../../../src/archive/memory/ledger';
import { UnavailableError } from '../../../../src/archive/unavailable';
import { IMAGE, LIMITS, outcome, UPLOAD } from '../../../support/archive/ledger-samples';
import { asEndedRequest } from '../../../support/clients/ended-request';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
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
