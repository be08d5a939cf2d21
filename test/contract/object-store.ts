import { beforeEach, describe, expect, it } from 'vitest';
import { OBJECT_KINDS } from '../../src/archive/object-keys';
import { type ObjectStore, PartsLostError } from '../../src/archive/object-store';

/** Bytes of every part of an upload but the last: R2 takes none that are shorter. */
const PART = 5 * 1024 * 1024;

function bytes(length: number, seed = 1): Uint8Array {
  const made = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) made[at] = at * 31 + seed;
  return made;
}

/** Compared at once: a comparison by element takes seconds. */
function equal(one: Uint8Array | null, other: Uint8Array): boolean {
  return one?.length === other.length && one.every((byte, at) => byte === other[at]);
}

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
      await store.put('unfiled/a/b', bytes(1000));
      await store.put('unfiled/empty', new Uint8Array(0));
      expect(await held('unfiled/a/b')).toEqual(bytes(1000));
      expect(await held('unfiled/empty')).toEqual(new Uint8Array(0));
      expect(await store.read('unfiled/a')).toBeNull();
    });

    it('refuses bytes that are not those of the digest', async () => {
      const digest = await crypto.subtle.digest('SHA-256', bytes(1000) as Uint8Array<ArrayBuffer>);
      await expect(store.put('unfiled/other', bytes(1000, 2), digest)).rejects.toThrow();
      expect(await store.read('unfiled/other')).toBeNull();
      await store.put('unfiled/same', bytes(1000), digest);
      expect(await held('unfiled/same')).toEqual(bytes(1000));
    });

    it('tells the length of an object, and null where there is nothing', async () => {
      await store.put('unfiled/long', bytes(1000));
      await store.put('unfiled/short', bytes(1));
      expect((await store.look('unfiled/long'))?.byteLength).toBe(1000);
      expect((await store.look('unfiled/short'))?.byteLength).toBe(1);
      expect(await store.look('unfiled/lon')).toBeNull();
      const { objects } = await store.list('unfiled/');
      expect(objects.map(({ byteLength }) => byteLength)).toEqual([1000, 1]);
    });

    it('tells the digest that it has compared', async () => {
      const sha256 = await crypto.subtle.digest('SHA-256', bytes(1000) as Uint8Array<ArrayBuffer>);
      await store.put('unfiled/digest', bytes(1000), sha256);
      await store.put('unfiled/none', bytes(1000));
      const hex = [...new Uint8Array(sha256)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      expect(await store.look('unfiled/digest')).toEqual({ byteLength: 1000, sha256: hex });
      expect((await store.look('unfiled/none'))?.sha256).toBeUndefined();
    });

    it('copies an object, as a whole or in parts, and only the bytes of the digest', async () => {
      const long = bytes(PART + 1000);
      const sha256 = await crypto.subtle.digest('SHA-256', long as Uint8Array<ArrayBuffer>);
      const byteLength = long.length;
      await store.put('unfiled/from', long);
      await store.copy('unfiled/from', 'unfiled/parts', { byteLength, sha256, partBytes: PART });
      expect(equal(await held('unfiled/parts'), long)).toBe(true);
      await store.copy('unfiled/from', 'unfiled/to', { byteLength, sha256, partBytes: 2 * PART });
      expect(equal(await held('unfiled/to'), long)).toBe(true);
      await store.put('unfiled/other', bytes(byteLength, 2));
      const copied = store.copy('unfiled/other', 'unfiled/refused', { byteLength, sha256, partBytes: 2 * PART });
      await expect(copied).rejects.toThrow();
      expect(await store.look('unfiled/refused')).toBeNull();
      const none = store.copy('unfiled/none', 'unfiled/refused', { byteLength, sha256, partBytes: PART });
      await expect(none).rejects.toThrow();
      expect(await store.look('unfiled/refused')).toBeNull();
    });

    it('does not keep the memory that it was given', async () => {
      const given = bytes(100);
      await store.put('unfiled/memory', given);
      given.fill(0);
      expect(await held('unfiled/memory')).toEqual(bytes(100));
    });

    it('reads ranges, empty ones among them', async () => {
      await store.put('unfiled/ranges', bytes(1000));
      expect(await held('unfiled/ranges', { offset: 10, length: 20 })).toEqual(bytes(1000).subarray(10, 30));
      expect(await held('unfiled/ranges', { offset: 999, length: 1 })).toEqual(bytes(1000).subarray(999));
      expect(await held('unfiled/ranges', { offset: 500, length: 0 })).toEqual(new Uint8Array(0));
      expect(await store.read('unfiled/b', { offset: 0, length: 1 })).toBeNull();
    });

    it('creates an object once', async () => {
      await store.create('unfiled/once', bytes(10, 1));
      await store.create('unfiled/once', bytes(10, 2));
      expect(await held('unfiled/once')).toEqual(bytes(10, 1));
    });

    it('shows an upload in parts when it is complete, and not before', async () => {
      const upload = await store.begin('unfiled/parts');
      await Promise.all([upload.part(2, bytes(100, 2)), upload.part(1, bytes(PART, 1))]);
      expect(await store.read('unfiled/parts')).toBeNull();
      expect(await keys()).toEqual([]);
      await upload.complete();
      expect(await held('unfiled/parts', { offset: PART - 1, length: 101 })).toEqual(
        Uint8Array.of(...bytes(PART, 1).subarray(PART - 1), ...bytes(100, 2)),
      );
    });

    it('leaves nothing of an upload that is aborted', async () => {
      const upload = await store.begin('unfiled/aborted');
      await upload.part(1, bytes(100));
      await upload.abort();
      expect(await store.read('unfiled/aborted')).toBeNull();
      expect(await keys()).toEqual([]);
    });

    it('makes an object of parts that several requests write, the last one of a number', async () => {
      const id = await store.beginResumable('unfiled/resumed');
      const part = async (number: number, given: Uint8Array) =>
        await store.resume('unfiled/resumed', id).part(number, given);
      await part(1, bytes(PART, 3));
      const parts = [await part(1, bytes(PART, 1)), await part(2, bytes(100, 2))];
      expect(parts.map(({ number }) => number)).toEqual([1, 2]);
      expect(await store.read('unfiled/resumed')).toBeNull();
      await store.resume('unfiled/resumed', id).complete(parts);
      expect(await held('unfiled/resumed', { offset: PART - 1, length: 101 })).toEqual(
        Uint8Array.of(...bytes(PART, 1).subarray(PART - 1), ...bytes(100, 2)),
      );
      await expect(store.resume('unfiled/resumed', id).complete(parts)).rejects.toThrow(PartsLostError);
      await expect(part(3, bytes(1))).rejects.toThrow(PartsLostError);
    });

    it('says so when parts are lost', async () => {
      const id = await store.beginResumable('unfiled/lost');
      const first = await store.resume('unfiled/lost', id).part(1, bytes(100, 1));
      const second = await store.resume('unfiled/lost', id).part(1, bytes(100, 2));
      if (first.etag !== second.etag) {
        await expect(store.resume('unfiled/lost', id).complete([first])).rejects.toThrow(PartsLostError);
      }
      await store.resume('unfiled/lost', id).abort();
      await expect(store.resume('unfiled/lost', id).complete([second])).rejects.toThrow(PartsLostError);
      await store.resume('unfiled/lost', id).abort();
      expect(await keys()).toEqual([]);
    });

    it('deletes many, among them keys that do not exist, or none', async () => {
      for (const key of ['x', 'y', 'z']) await store.put(`unfiled/${key}`, bytes(1));
      await store.delete([]);
      await store.delete([
        'unfiled/x',
        'unfiled/z',
        ...Array.from({ length: 1100 }, (_, at) => `unfiled/missing-${at}`),
      ]);
      expect(await keys()).toEqual(['unfiled/y']);
    });

    it('takes no object of a kind that the archive does not know', async () => {
      for (const key of ['new-kind/a', 'new-kind', '']) {
        await expect(store.put(key, bytes(1))).rejects.toThrow(TypeError);
        await expect(store.create(key, bytes(1))).rejects.toThrow(TypeError);
        await expect(store.begin(key)).rejects.toThrow(TypeError);
        await expect(store.beginResumable(key)).rejects.toThrow(TypeError);
      }
      for (const key of Object.keys(OBJECT_KINDS)) await store.put(key.endsWith('/') ? `${key}a` : key, bytes(1));
      expect(await keys()).toHaveLength(Object.keys(OBJECT_KINDS).length);
    });

    it('lists the keys under a prefix in order, page by page', async () => {
      const made = Array.from({ length: many }, (_, at) => `unfiled/many/${String(at).padStart(4, '0')}`);
      await Promise.all([...made].reverse().map((key) => store.put(key, bytes(1))));
      await store.put('unfiled/other', bytes(1));
      expect(await keys('unfiled/many/')).toEqual(made);
      expect(await keys('unfiled/many/000')).toEqual(made.slice(0, 10));
      expect(await keys('unfiled/nothing')).toEqual([]);
      const { objects } = await store.list('unfiled/other');
      expect(Math.abs(Date.now() - objects[0]!.uploaded)).toBeLessThan(600_000);
    });
  });
}
