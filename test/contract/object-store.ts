import { beforeEach, describe, expect, it } from 'vitest';
import { type ObjectStore, PartsLostError } from '../../src/archive/object-store';

/** Bytes of every part of an upload but the last: R2 takes none that are shorter. */
const PART = 5 * 1024 * 1024;

const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 255);

/**
 * What archive/ports.ts says of ObjectStore.
 * @param open gives a store that is empty, with each call
 * @param many objects that are listed; more than 1000 are more than one page
 */
export function objectStoreContract(name: string, open: () => ObjectStore, many: number): void {
  describe(`ObjectStore: ${name}`, () => {
    let store: ObjectStore;
    beforeEach(() => {
      store = open();
    });

    async function held(key: string, range?: { offset: number; length: number }): Promise<Uint8Array | null> {
      const body = await store.read(key, range);
      return body === null ? null : new Uint8Array(await new Response(body).arrayBuffer());
    }

    async function keys(prefix = ''): Promise<string[]> {
      const found: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await store.list(prefix, cursor);
        expect(page.objects.length).toBeLessThanOrEqual(1000);
        found.push(...page.objects.map(({ key }) => key));
        cursor = page.cursor;
        if (cursor === undefined) return found;
      }
    }

    it('reads what was put, and null where there is nothing', async () => {
      await store.put('a/b', bytes(1000));
      await store.put('empty', new Uint8Array(0));
      expect(await held('a/b')).toEqual(bytes(1000));
      expect(await held('empty')).toEqual(new Uint8Array(0));
      expect(await store.read('a')).toBeNull();
    });

    it('tells the length of an object, and null where there is nothing', async () => {
      await store.put('long', bytes(1000));
      await store.put('short', bytes(1));
      expect(await store.byteLength('long')).toBe(1000);
      expect(await store.byteLength('short')).toBe(1);
      expect(await store.byteLength('lon')).toBeNull();
    });

    it('does not keep the memory that it was given', async () => {
      const given = bytes(100);
      await store.put('memory', given);
      given.fill(0);
      expect(await held('memory')).toEqual(bytes(100));
    });

    it('reads ranges, empty ones among them', async () => {
      await store.put('ranges', bytes(1000));
      expect(await held('ranges', { offset: 10, length: 20 })).toEqual(bytes(1000).subarray(10, 30));
      expect(await held('ranges', { offset: 999, length: 1 })).toEqual(bytes(1000).subarray(999));
      expect(await held('ranges', { offset: 500, length: 0 })).toEqual(new Uint8Array(0));
      expect(await store.read('b', { offset: 0, length: 1 })).toBeNull();
    });

    it('creates an object once', async () => {
      await store.create('once', bytes(10, 1));
      await store.create('once', bytes(10, 2));
      expect(await held('once')).toEqual(bytes(10, 1));
    });

    it('shows an upload in parts when it is complete, and not before', async () => {
      const upload = await store.begin('parts');
      await Promise.all([upload.part(2, bytes(100, 2)), upload.part(1, bytes(PART, 1))]);
      expect(await store.read('parts')).toBeNull();
      expect(await keys()).toEqual([]);
      await upload.complete();
      expect(await held('parts', { offset: PART - 1, length: 101 })).toEqual(
        Uint8Array.of(...bytes(PART, 1).subarray(PART - 1), ...bytes(100, 2)),
      );
    });

    it('leaves nothing of an upload that is aborted', async () => {
      const upload = await store.begin('aborted');
      await upload.part(1, bytes(100));
      await upload.abort();
      expect(await store.read('aborted')).toBeNull();
      expect(await keys()).toEqual([]);
    });

    it('makes an object of parts that several requests write, the last one of a number', async () => {
      const id = await store.beginResumable('resumed');
      const part = async (number: number, given: Uint8Array) => await store.resume('resumed', id).part(number, given);
      await part(1, bytes(PART, 3));
      const parts = [await part(1, bytes(PART, 1)), await part(2, bytes(100, 2))];
      expect(parts.map(({ number }) => number)).toEqual([1, 2]);
      expect(await store.read('resumed')).toBeNull();
      await store.resume('resumed', id).complete(parts);
      expect(await held('resumed', { offset: PART - 1, length: 101 })).toEqual(
        Uint8Array.of(...bytes(PART, 1).subarray(PART - 1), ...bytes(100, 2)),
      );
      await expect(store.resume('resumed', id).complete(parts)).rejects.toThrow(PartsLostError);
      await expect(part(3, bytes(1))).rejects.toThrow(PartsLostError);
    });

    it('says so when parts are lost', async () => {
      const id = await store.beginResumable('lost');
      const first = await store.resume('lost', id).part(1, bytes(100, 1));
      const second = await store.resume('lost', id).part(1, bytes(100, 2));
      if (first.etag !== second.etag) {
        await expect(store.resume('lost', id).complete([first])).rejects.toThrow(PartsLostError);
      }
      await store.resume('lost', id).abort();
      await expect(store.resume('lost', id).complete([second])).rejects.toThrow(PartsLostError);
      await store.resume('lost', id).abort();
      expect(await keys()).toEqual([]);
    });

    it('deletes many, among them keys that do not exist, or none', async () => {
      for (const key of ['x', 'y', 'z']) await store.put(key, bytes(1));
      await store.delete([]);
      await store.delete(['x', 'z', ...Array.from({ length: 1100 }, (_, at) => `missing-${at}`)]);
      expect(await keys()).toEqual(['y']);
    });

    it('lists the keys under a prefix in order, page by page', async () => {
      const made = Array.from({ length: many }, (_, at) => `many/${String(at).padStart(4, '0')}`);
      await Promise.all([...made].reverse().map((key) => store.put(key, bytes(1))));
      await store.put('other', bytes(1));
      expect(await keys('many/')).toEqual(made);
      expect(await keys('many/000')).toEqual(made.slice(0, 10));
      expect(await keys('nothing')).toEqual([]);
      const { objects } = await store.list('other');
      expect(Math.abs(Date.now() - objects[0]!.uploaded)).toBeLessThan(600_000);
    });
  });
}
