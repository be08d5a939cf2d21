import { describe, expect, it, vi } from 'vitest';
import type { InstanceIdentity } from '../../../../src/archive/identities';
import type { Archive } from '../../../../src/archive/ports';
import { LAYOUT_CACHE_BYTES, LAYOUT_CACHE_MS } from '../../../../src/archive/retrieve/cache-limits';
import { LayoutCache } from '../../../../src/archive/retrieve/layout-cache';
import { SHARED_WAIT_MS, SharedLookUps } from '../../../../src/archive/retrieve/shared-look-ups';
import type { InstanceRow } from '../../../../src/archive/rows';

const SERIES = { studyInstanceUID: '1.2', seriesInstanceUID: '1.2.3' };
const instance = (n: number): InstanceIdentity => ({ ...SERIES, sopInstanceUID: `1.2.3.${n}` });

function row(n: number, version: string, layoutLength = 200): InstanceRow {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = instance(n);
  return {
    studyInstanceUID,
    seriesInstanceUID,
    sopInstanceUID,
    id: n,
    sopClassUID: '',
    transferSyntaxUID: '',
    version,
    byteLength: 1,
    digest: '',
    crc32: 0,
    layout: { object: 'dcm' },
    layoutLength,
  };
}

type Look = (of: InstanceIdentity) => Promise<readonly InstanceRow[]>;

function archiveOf(look: Look): { archive: Archive; looks: InstanceIdentity[] } {
  const looks: InstanceIdentity[] = [];
  const layouts: Look = async (of) => {
    looks.push(of);
    return await look(of);
  };
  return { archive: { name: 'a', index: { layouts } } as unknown as Archive, looks };
}

const never = () => new Promise<never>(() => undefined);
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('look-ups that requests share', () => {
  it('a hundred requests at once do one look-up', async () => {
    const cache = new LayoutCache();
    const { archive, looks } = archiveOf(async () => {
      await soon();
      return Array.from({ length: 100 }, (_, n) => row(n, 'v1'));
    });
    const found = await Promise.all(Array.from({ length: 100 }, (_, n) => cache.find(archive, instance(n))));
    expect(found.map((each) => each?.sopInstanceUID)).toEqual(found.map((_, n) => `1.2.3.${n}`));
    expect(looks).toHaveLength(1);
  });

  it('a viewer that scrolls waits for one look-up, and sees every change within two seconds', async () => {
    vi.useFakeTimers();
    try {
      const cache = new LayoutCache();
      let version = 'v1';
      const { archive, looks } = archiveOf(async () => {
        const rows = Array.from({ length: 10 }, (_, n) => row(n, version));
        await new Promise((resolve) => setTimeout(resolve, 300));
        return rows;
      });
      const first = cache.find(archive, instance(0));
      await vi.advanceTimersByTimeAsync(300);
      await first;
      const background: Promise<unknown>[] = [];
      for (let at = 0; at < 100; at += 1) {
        if (at === 30) version = 'v2';
        let found: InstanceRow | undefined;
        void cache
          .find(archive, instance(at % 10), (work) => background.push(work))
          .then((answer) => {
            found = answer;
          });
        // No timer has to pass before the answer.
        await vi.advanceTimersByTimeAsync(0);
        expect(found).toBeDefined();
        if (at >= 50) expect(found?.version).toBe('v2');
        await vi.advanceTimersByTimeAsync(100);
      }
      expect(looks.length).toBe(1 + background.length);
      expect(background.length).toBeLessThanOrEqual(11);
    } finally {
      vi.useRealTimers();
    }
  });

  it('when the request that does the look-up has ended, another one does it, and all are answered', async () => {
    const cache = new LayoutCache();
    let first = true;
    const { archive, looks } = archiveOf(async () => {
      if (first) {
        first = false;
        return await never();
      }
      await soon();
      return Array.from({ length: 50 }, (_, n) => row(n, 'v1'));
    });
    void cache.find(archive, instance(0));
    await soon();
    const found = await Promise.all(Array.from({ length: 49 }, (_, n) => cache.find(archive, instance(n + 1))));
    expect(found.every((each) => each?.version === 'v1')).toBe(true);
    expect(looks).toHaveLength(2);
    // No request waits for the ended request any more.
    expect((await cache.find(archive, instance(7)))?.version).toBe('v1');
    expect(looks).toHaveLength(2);
  });

  it('requests do not join a look-up that takes longer than the wait', async () => {
    const lookUps = new SharedLookUps<string>();
    void lookUps.share('k', never);
    await new Promise((resolve) => setTimeout(resolve, SHARED_WAIT_MS + 20));
    let looked = false;
    const answered = lookUps.share('k', async () => {
      looked = true;
      return 'mine';
    });
    await Promise.resolve();
    await Promise.resolve();
    expect(looked).toBe(true);
    expect(await answered).toBe('mine');
  });

  it('all waiting requests get the error of the look-up, and it is not kept', async () => {
    const cache = new LayoutCache();
    let fails = true;
    const { archive, looks } = archiveOf(async () => {
      await soon();
      if (fails) throw new Error('overloaded');
      return [row(1, 'v1')];
    });
    const all = await Promise.allSettled([1, 2, 3].map(() => cache.find(archive, instance(1))));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(looks).toHaveLength(1);
    fails = false;
    expect((await cache.find(archive, instance(1)))?.version).toBe('v1');
  });

  it('a request whose instance is not in the result of another look-up does its own', async () => {
    const cache = new LayoutCache();
    const { archive, looks } = archiveOf(async ({ sopInstanceUID }) => {
      await soon();
      const n = Number(sopInstanceUID.slice(6));
      return [row(n, 'v1'), row(n + 1, 'v1')];
    });
    const found = await Promise.all([1, 2, 5, 6].map((n) => cache.find(archive, instance(n))));
    expect(found.map((each) => each?.id)).toEqual([1, 2, 5, 6]);
    expect(looks.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(['1.2.3.1', '1.2.3.5']);
  });

  it('no request finds an instance that does not exist', async () => {
    const cache = new LayoutCache();
    const { archive } = archiveOf(async () => [row(1, 'v1')]);
    expect(await Promise.all([9, 9, 9].map((n) => cache.find(archive, instance(n))))).toEqual(Array(3).fill(undefined));
  });
});

describe('rows that change while they are looked up', () => {
  it('a row read before a deletion is neither kept nor given to requests that come after it', async () => {
    const cache = new LayoutCache();
    let release = () => {};
    const answers = [
      new Promise<readonly InstanceRow[]>((resolve) => {
        release = () => resolve([row(1, 'old')]);
      }),
      Promise.resolve([row(1, 'new')]),
    ];
    const { archive } = archiveOf(async () => await answers.shift()!);
    const before = cache.find(archive, instance(1));
    await soon();
    cache.forgetWithin(archive, { studyInstanceUID: '1.2' });
    expect((await cache.find(archive, instance(1)))?.version).toBe('new');
    release();
    expect((await before)?.version).toBe('old');
    expect((await cache.find(archive, instance(1)))?.version).toBe('new');
  });

  it('the age of rows counts from the request to D1, not from its response', async () => {
    const cache = new LayoutCache();
    let version = 'old';
    let wait = LAYOUT_CACHE_MS - 50;
    const { archive } = archiveOf(async () => {
      const read = [row(1, version)];
      await new Promise((resolve) => setTimeout(resolve, wait));
      return read;
    });
    await cache.find(archive, instance(1));
    version = 'new';
    wait = 0;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await cache.find(archive, instance(1)))?.version).toBe('new');
  });
});

describe('the rows that an isolate keeps', () => {
  it('are bounded in bytes, however long the layouts are and however many series there are', async () => {
    const cache = new LayoutCache();
    const { archive } = archiveOf(async () => Array.from({ length: 1000 }, (_, n) => row(n, 'v1', 1000)));
    for (let series = 0; series < 10; series += 1) {
      await cache.find(archive, { ...instance(1), seriesInstanceUID: `1.2.3.${series}` });
      expect(cache.bytes).toBeLessThanOrEqual(LAYOUT_CACHE_BYTES);
    }
    expect(cache.bytes).toBeGreaterThan(0);
  });

  it('do not include an instance whose layout alone is too long', async () => {
    const cache = new LayoutCache();
    const { archive, looks } = archiveOf(async () => [row(1, 'v1', 4_000_000)]);
    expect((await cache.find(archive, instance(1)))?.id).toBe(1);
    expect(cache.bytes).toBe(0);
    await cache.find(archive, instance(1));
    expect(looks).toHaveLength(2);
  });

  it('are none once the cache is dropped', async () => {
    const cache = new LayoutCache();
    const { archive } = archiveOf(async () => [row(1, 'v1')]);
    await cache.find(archive, instance(1));
    cache.forget(archive, instance(1));
    expect(cache.bytes).toBe(0);
    await cache.find(archive, instance(1));
    expect(cache.bytes).toBeGreaterThan(0);
    cache.drop();
    expect(cache.bytes).toBe(0);
  });
});
