import { describe, expect, it } from 'vitest';
import { AnswerMemory } from '../../../../src/archive/memory/answer-memory';
import { Ledger } from '../../../../src/archive/memory/ledger';
import { LEDGER_LIMITS } from '../../../../src/archive/memory/ledger-limits';
import { MetadataCache } from '../../../../src/archive/metadata/metadata-cache';
import { METADATA_CACHE_BYTES } from '../../../../src/archive/retrieve/cache-limits';

const MIB = 1024 * 1024;

/** An isolate that keeps answers. */
function isolate(limits = LEDGER_LIMITS) {
  const ledger = new Ledger(limits);
  const cache = new MetadataCache();
  ledger.keeps(cache);
  const memory = new AnswerMemory(ledger, new AbortController().signal);
  return { ledger, cache, memory };
}

async function* piecesOf(...lengths: number[]): AsyncGenerator<Uint8Array> {
  for (const [at, length] of lengths.entries()) yield new Uint8Array(length).fill(at + 1);
}

async function sent(pieces: AsyncIterable<Uint8Array>): Promise<number[]> {
  const lengths: number[] = [];
  for await (const { length } of pieces) lengths.push(length);
  return lengths;
}

describe('answers that were sent last', () => {
  it('are kept whole, by their entity tags, and are counted', async () => {
    const { cache, ledger, memory } = isolate();
    expect(await sent(cache.keeping('a', piecesOf(2, 1), memory))).toEqual([2, 1]);
    expect(cache.find('a')).toEqual(Uint8Array.of(1, 1, 2));
    expect(cache.find('b')).toBeUndefined();
    expect([cache.bytes, ledger.held, ledger.holding('answer')]).toEqual([3, 3, 0]);
  });

  it('are dropped when a request needs the memory', async () => {
    const { cache, ledger, memory } = isolate({ ...LEDGER_LIMITS, shared: 4 * MIB });
    await sent(cache.keeping('a', piecesOf(MIB), memory));
    const lease = await ledger.take(3.5 * MIB, { purpose: 'answer' });
    expect([cache.find('a'), ledger.held]).toEqual([undefined, 3.5 * MIB]);
    lease.release();
  });

  it('make room for others, and none takes all of it', async () => {
    const { cache, memory } = isolate();
    const third = Math.floor(METADATA_CACHE_BYTES / 3);
    for (const etag of ['a', 'b', 'c', 'd']) await sent(cache.keeping(etag, piecesOf(third), memory));
    expect(['a', 'b', 'c', 'd'].map((etag) => cache.find(etag) !== undefined)).toEqual([false, true, true, true]);
    expect(await sent(cache.keeping('long', piecesOf(third, third), memory))).toEqual([third, third]);
    expect(cache.find('long')).toBeUndefined();
    expect(cache.bytes).toBeLessThanOrEqual(METADATA_CACHE_BYTES);
  });

  it('take few leases for thousands of pieces', async () => {
    const { cache, ledger, memory } = isolate();
    let leases = 0;
    const more = memory.more.bind(memory);
    memory.more = (bytes) => {
      leases += 1;
      return more(bytes);
    };
    await sent(cache.keeping('a', piecesOf(...new Array<number>(5000).fill(100)), memory));
    expect([leases, cache.find('a')?.length, ledger.holding('answer')]).toEqual([2, 500_000, 0]);
  });

  it('are not kept without memory for the copy, when reading breaks off, or when the client leaves', async () => {
    const { cache, ledger, memory } = isolate({ ...LEDGER_LIMITS, shared: MIB, small: 0 });
    const upload = ledger.takeNow(MIB - 8, { purpose: 'upload' });
    expect(await sent(cache.keeping('no room', piecesOf(3, 1, 1), memory))).toEqual([3, 1, 1]);
    expect(cache.find('no room')).toBeUndefined();
    upload?.release();
    const breaks = async function* () {
      yield* piecesOf(1);
      throw new Error('the object ends');
    };
    await expect(sent(cache.keeping('broken', breaks(), memory))).rejects.toThrow('the object ends');
    for await (const _ of cache.keeping('left', piecesOf(1, 1), memory)) break;
    expect([cache.find('broken'), cache.find('left'), ledger.held]).toEqual([undefined, undefined, 0]);
  });
});
