import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/archive/object-store';
import { ObjectBytes } from '../../src/archive/upload/object-bytes';
import { InflatedBytes } from '../../src/archive/upload/zip/inflated-bytes';
import { type ZipEntry, zipDirectory, zipEntries } from '../../src/archive/upload/zip/zip-directory';
import { ZipError } from '../../src/archive/upload/zip/zip-error';
import { zipMember } from '../../src/archive/upload/zip/zip-member';
import { ascii, joined } from '../support/files/part10';
import { type ZipFile, zipOf } from '../support/files/zip-writer';
import { memoryObjects } from '../support/platform/memory-objects';
import { seededRandom } from '../support/seeded-random';

/** As that of a file that has arrived. */
const KEY = 'unfiled/zip.dcm';

const NOISE = noise(200_000, 7);
const FILES: readonly ZipFile[] = [
  { name: 'A/IM1', bytes: NOISE.subarray(0, 100_000), stored: true },
  { name: 'A/IM2', bytes: new Uint8Array(3_000_000) },
  { name: '../../etc/passwd', bytes: ascii('text') },
  { name: 'B/IM3', bytes: NOISE, descriptor: true },
  { name: 'B/IM4', bytes: NOISE.subarray(5), stored: true, descriptor: true },
  { name: 'B/empty', bytes: new Uint8Array(0), stored: true },
  { name: 'B/long', bytes: NOISE.subarray(9), zip64: true },
];

function noise(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

async function put(zip: Uint8Array, over: (objects: ObjectStore) => ObjectStore = (objects) => objects) {
  const objects = memoryObjects();
  await objects.put(KEY, zip);
  const open = () => new ObjectBytes(over(objects), KEY, zip.length);
  return { directoryBytes: open(), memberBytes: open() };
}

/** Every member with its bytes, or the code of its error. */
async function readAll(zip: Uint8Array, over?: (objects: ObjectStore) => ObjectStore) {
  const { directoryBytes, memberBytes } = await put(zip, over);
  const directory = await zipDirectory(directoryBytes);
  const found: { entry: ZipEntry; bytes?: Uint8Array; code?: string }[] = [];
  for await (const entry of zipEntries(directoryBytes, directory)) {
    try {
      const source = await zipMember(memberBytes, entry, directory.offset);
      const parts: Uint8Array[] = [];
      for (let bytes = await source.read(); bytes !== null; bytes = await source.read()) parts.push(bytes.slice());
      found.push({ entry, bytes: joined(parts) });
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      found.push({ entry, code: error.code });
    }
  }
  return { directory, found };
}

const codesOf = async (...files: ZipFile[]) => (await readAll(zipOf(files))).found.map(({ code }) => code);
const failure = async (zip: Uint8Array) =>
  await readAll(zip).then(
    () => undefined,
    (error: unknown) => (error as ZipError).code,
  );

describe('a ZIP archive (PKWARE APPNOTE)', () => {
  it.each([
    ['as most write it', {}],
    ['with ZIP64 end records', { zip64: true }],
    ['with a comment', { comment: 'PK\x05\x06 made on a Friday' }],
  ])('is read member by member, %s', async (_, options) => {
    const { directory, found } = await readAll(zipOf(FILES, options));
    expect(directory.count).toBe(FILES.length);
    expect(found.map(({ entry }) => entry.name)).toEqual(FILES.map(({ name }) => name));
    for (const [at, { bytes }] of found.entries()) expect(bytes).toEqual(FILES[at]!.bytes);
  });

  it('is read on from any member', async () => {
    const zip = zipOf(FILES);
    const { directory, found } = await readAll(zip);
    const { directoryBytes } = await put(zip);
    const names: string[] = [];
    for await (const { name } of zipEntries(directoryBytes, directory, found[3]!.entry.next)) names.push(name);
    expect(names).toEqual(['B/IM4', 'B/empty', 'B/long']);
  });

  it('is read with few calls when its members lie one after the other', async () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ name: `IM${at}`, bytes: noise(2000, at), stored: true }));
    let calls = 0;
    const { found } = await readAll(zipOf(many), (objects) => ({
      ...objects,
      read: async (key, range) => {
        calls += 1;
        return await objects.read(key, range);
      },
    }));
    expect(found.every(({ bytes }) => bytes?.length === 2000)).toBe(true);
    expect(calls).toBeLessThan(10);
  });

  it('is read on where a stream breaks off', async () => {
    let calls = 0;
    const { found } = await readAll(zipOf(FILES), (objects) => ({
      ...objects,
      read: async (key, range) => {
        calls += 1;
        if (calls % 2 === 0) throw new Error('lost');
        const body = await objects.read(
          key,
          range === undefined ? undefined : { ...range, length: Math.min(range.length, 70_000) },
        );
        return body;
      },
    }));
    for (const [at, { bytes }] of found.entries()) expect(bytes).toEqual(FILES[at]!.bytes);
  });
});

describe('a member that cannot be read', () => {
  const bytes = NOISE.subarray(0, 1000);

  it('is refused with its reason, and the others are read', async () => {
    expect(
      await codesOf(
        { name: 'a', bytes, flags: 1 },
        { name: 'b', bytes, flags: 0x40 },
        { name: 'c', bytes, stored: true, method: 12 },
        { name: 'd', bytes, crc: 1 },
        { name: 'e', bytes, stored: true, crc: 1 },
        { name: 'f', bytes, length: 999 },
        { name: 'g', bytes, length: 1001 },
        { name: 'h', bytes, stored: true, length: 999 },
        { name: 'i', bytes, stored: true, method: 8 },
        { name: 'j', bytes },
      ),
    ).toEqual([
      'encrypted',
      'encrypted',
      'unknown-method',
      'checksum',
      'checksum',
      'checksum',
      'checksum',
      'malformed',
      'checksum',
      undefined,
    ]);
  });

  it('is refused when it does not lie in the archive, and the others are read', async () => {
    const zip = zipOf([
      { name: 'a', bytes },
      { name: 'b', bytes, zip64: true },
      { name: 'c', bytes },
    ]);
    const { directory } = await readAll(zip);
    const offset = directory.offset + 47 + 46 + 1 + 20;
    for (const value of [0xff, 0x7f]) {
      const wrong = zip.slice();
      wrong.fill(value, offset, offset + 8);
      expect((await readAll(wrong)).found.map(({ code }) => code)).toEqual([undefined, 'malformed', undefined]);
    }
  });

  it('is refused before it is inflated when it would become far longer than it is', async () => {
    expect(await codesOf({ name: 'bomb', bytes: new Uint8Array(1000), length: 0xfffffff0 })).toEqual(['bomb']);
  });

  it('is given up when it inflates to more than its length', async () => {
    expect(await codesOf({ name: 'bomb', bytes: new Uint8Array(50_000_000), length: 1000 })).toEqual(['checksum']);
  });
});

describe('a deflated member', () => {
  const bytes = NOISE.subarray(0, 100_000);
  const deflated = deflateSync(bytes);

  it('is refused when it is cut, is followed by other bytes, or is no deflated data', async () => {
    for (const body of [
      deflated.subarray(0, -1),
      deflated.subarray(0, 50_000),
      joined([deflated, Uint8Array.of(0)]),
      new Uint8Array(0),
      Uint8Array.of(0xff, 0xff),
    ])
      expect(await codesOf({ name: 'a', bytes, body }, { name: 'b', bytes })).toEqual(['checksum', undefined]);
  });

  it('may begin with blocks of nothing', async () => {
    const nothing = Uint8Array.of(0, 0, 0, 0xff, 0xff);
    const body = joined([...Array.from({ length: 10_000 }, () => nothing), deflated]);
    const { found } = await readAll(zipOf([{ name: 'a', bytes, body }]));
    expect(found[0]!.bytes).toEqual(bytes);
  });

  it('is inflated as far as it is read, and may be left', async () => {
    const length = 50_000_000;
    const bomb = deflateSync(new Uint8Array(length));
    let fed = 0;
    const source = new InflatedBytes(
      {
        read: async (most) => {
          const piece = bomb.subarray(fed, fed + most);
          fed += piece.length;
          return piece.length === 0 ? null : piece;
        },
      },
      length,
    );
    let taken = 0;
    let held = 0;
    while (taken < 30_000_000) {
      taken += (await source.read())!.length;
      held = Math.max(held, (fed / bomb.length) * length - taken);
    }
    expect(held).toBeLessThan(9_000_000);
    source.close();
    await expect(source.read()).rejects.toThrow('checksum');
    expect(await codesOf({ name: 'b', bytes })).toEqual([undefined]);
  });
});

describe('an archive that cannot be read', () => {
  const zip = zipOf(FILES);

  it('is refused when its end is missing', async () => {
    expect(await failure(zip.subarray(0, -1))).toBe('no-directory');
    expect(await failure(zip.subarray(0, 1000))).toBe('no-directory');
    expect(await failure(zip.subarray(0, 4))).toBe('no-directory');
  });

  it('is refused when it is one of several volumes', async () => {
    const split = zip.slice();
    split[split.length - 18] = 1;
    expect(await failure(split)).toBe('split');
  });

  it('is refused when its directory does not lie in it', async () => {
    const wrong = zip.slice();
    new DataView(wrong.buffer).setUint32(wrong.length - 6, zip.length, true);
    expect(await failure(wrong)).toBe('malformed');
  });

  it('fails with one of the known reasons, whatever its bytes are', async () => {
    const random = seededRandom(20_261_129);
    const small = zipOf(
      FILES.map((file) => ({ ...file, bytes: file.bytes.subarray(0, 300) })),
      { zip64: true },
    );
    const known = new Set([
      'no-directory',
      'split',
      'malformed',
      'encrypted',
      'unknown-method',
      'checksum',
      'bomb',
      undefined,
    ]);
    const codes = new Map<string | undefined, number>();
    for (let round = 0; round < 300; round += 1) {
      const broken = small.slice(0, random.next() < 0.1 ? random.below(small.length) : undefined);
      // Most of the changes are in the records at the end.
      for (let changes = random.below(4) + 1; changes > 0; changes -= 1) {
        const back = random.below(random.next() < 0.7 ? 600 : broken.length);
        broken[Math.max(0, broken.length - 1 - back)] = random.pick([0, 0xff, 1, random.below(256)]);
      }
      const code = await readAll(broken).then(
        ({ found }) => found.find((one) => one.code !== undefined)?.code,
        (error: unknown) => {
          if (!(error instanceof ZipError)) throw error;
          return error.code;
        },
      );
      expect(known).toContain(code);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes.size).toBeGreaterThan(4);
  });
});
