import { crc32 as zlibCRC32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { lengthOf, type Piece, slice } from '../../../../src/archive/body/pieces';
import { zipPieces } from '../../../../src/archive/retrieve/zip';
import {
  centralHeader,
  centralHeaderLength,
  dataDescriptor,
  endRecords,
  localHeader,
} from '../../../../src/archive/retrieve/zip-records';
import { crc32 } from '../../../../src/imaging/crc32';
import { ascii, joined } from '../../../support/files/part10';
import { pixels } from '../../../support/files/samples';

const random = (length: number, seed: number): Uint8Array =>
  Uint8Array.from(pixels(length, seed), (word) => word & 0xff);

describe('CRC-32', () => {
  it('is right for the check value and for no bytes', () => {
    expect(crc32(ascii('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  it('equals the result of zlib for any length and any pieces', () => {
    for (let length = 0; length < 100; length += 1) {
      const bytes = random(length, length + 1);
      const expected = zlibCRC32(bytes);
      expect(crc32(bytes)).toBe(expected);
      for (let at = 0; at <= length; at += 7)
        expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(expected);
    }
  });
});

/** The bytes of the archive, made in order as they are streamed. */
async function bytesOf(pieces: readonly Piece[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    if ('bytes' in piece) parts.push(piece.bytes);
    else if ('make' in piece) parts.push(await piece.make());
    else throw new Error('an object');
  }
  return joined(parts);
}

describe('a ZIP archive (APPNOTE 4.3)', () => {
  const contents = { 'a/1.dcm': random(1000, 1), 'a/2.dcm': new Uint8Array(0), 'b/3.dcm': random(77, 3) };
  const files = Object.entries(contents).map(([name, bytes]) => ({
    name,
    pieces: [
      { bytes: bytes.subarray(0, 10), length: Math.min(bytes.length, 10) },
      { length: Math.max(bytes.length - 10, 0), make: () => bytes.subarray(10) },
    ],
  }));

  it('has the stated length, and its files', async () => {
    const pieces = zipPieces(files);
    const length = lengthOf(pieces);
    const archive = await bytesOf(pieces);
    expect(archive.length).toBe(length);
    expect(unzipSync(archive)).toEqual(contents);
    expect(unzipSync(await bytesOf(zipPieces([])))).toEqual({});
  });

  it('can be cut anywhere when the CRCs are known, and then has no data descriptor', async () => {
    const pieces = zipPieces(files.map((file) => ({ ...file, crc: zlibCRC32(contents[file.name as 'a/1.dcm']) })));
    const archive = await bytesOf(pieces);
    expect(archive.length).toBe(lengthOf(pieces));
    expect(unzipSync(archive)).toEqual(contents);
    expect(latin1(archive)).not.toContain('PK\x07\x08');
    // As readers see the archive that read it as a stream, without the central directory.
    const view = new DataView(archive.buffer);
    let at = 0;
    for (const [name, bytes] of Object.entries(contents)) {
      expect(view.getUint32(at, true)).toBe(0x04034b50);
      expect([view.getUint16(at + 6, true), view.getUint32(at + 14, true)]).toEqual([0, zlibCRC32(bytes)]);
      expect([view.getUint32(at + 18, true), view.getUint32(at + 22, true)]).toEqual([bytes.length, bytes.length]);
      at += 30 + name.length;
      expect(archive.subarray(at, at + bytes.length)).toEqual(bytes);
      at += bytes.length;
    }
    for (let from = 0; from < archive.length; from += 97) {
      expect(await bytesOf(slice(pieces, from, 50))).toEqual(archive.subarray(from, from + 50));
    }
  });

  it('has the CRC of each file after it and in the central directory', async () => {
    const archive = await bytesOf(zipPieces(files));
    const view = new DataView(archive.buffer);
    const found = [...latin1(archive).matchAll(/PK\x01\x02/g)].map(({ index }) => {
      const [crc, length, nameLength, offset] = [16, 20, 28, 42].map((at) => view.getUint32(index + at, true)) as [
        number,
        number,
        number,
        number,
      ];
      const name = latin1(archive.subarray(index + 46, index + 46 + (nameLength & 0xffff)));
      const descriptor = offset + 30 + name.length + length;
      expect(view.getUint32(offset, true)).toBe(0x04034b50);
      expect(view.getUint32(descriptor, true)).toBe(0x08074b50);
      expect(view.getUint32(descriptor + 4, true)).toBe(crc);
      expect(view.getUint32(descriptor + 8, true)).toBe(length);
      return [name, crc];
    });
    expect(found).toEqual(Object.entries(contents).map(([name, bytes]) => [name, zlibCRC32(bytes)]));
  });
});

describe('ZIP64 (APPNOTE 4.5.3)', () => {
  const GIB = 1024 ** 3;
  const numbers = (bytes: Uint8Array, at: number, count: number): number[] => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return Array.from({ length: count }, (_, n) => Number(view.getBigUint64(at + 8 * n, true)));
  };

  it('has lengths of 64 bits for a file of 4 GiB or more', () => {
    for (const length of [0xffffffff, 4 * GIB, 5 * GIB + 1]) {
      const member = { name: 'x.dcm', length, offset: 7 };
      const local = localHeader(member);
      expect([...local.subarray(18, 30)]).toEqual([255, 255, 255, 255, 255, 255, 255, 255, 5, 0, 20, 0]);
      expect([...local.subarray(35, 39)]).toEqual([1, 0, 16, 0]);
      expect(numbers(dataDescriptor(member, 1), 8, 2)).toEqual([length, length]);
      const central = centralHeader(member, 1);
      expect(central.length).toBe(centralHeaderLength(member));
      expect([...central.subarray(51, 55)]).toEqual([1, 0, 16, 0]);
      expect(numbers(central, 55, 2)).toEqual([length, length]);
      const known = localHeader({ ...member, crc: 1 });
      expect([...known.subarray(14, 26)]).toEqual([1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
      expect(numbers(known, 39, 2)).toEqual([length, length]);
    }
  });

  it('has an offset of 64 bits for a short file beyond 4 GiB, and both for a long file there', () => {
    const far = { name: 'x.dcm', length: 10, offset: 6 * GIB };
    expect(localHeader(far)).toHaveLength(35);
    expect(dataDescriptor(far, 1)).toHaveLength(16);
    expect(numbers(centralHeader(far, 1), 55, 1)).toEqual([6 * GIB]);
    const both = centralHeader({ ...far, length: 5 * GIB }, 1);
    expect(numbers(both, 55, 3)).toEqual([5 * GIB, 5 * GIB, 6 * GIB]);
  });

  it('has an end record of its own only when a number is too large for the usual one', () => {
    expect(endRecords(3, 1000, 200)).toHaveLength(22);
    expect(endRecords(0xfffe, 0xfffffffe, 0xfffffffe)).toHaveLength(22);
    for (const [count, offset, length] of [
      [0xffff, 1000, 200],
      [70_000, 8_000_000, 4_000_000],
      [3, 5 * GIB, 200],
    ] as const) {
      const end = endRecords(count, offset, length);
      expect(end).toHaveLength(56 + 20 + 22);
      expect(numbers(end, 24, 4)).toEqual([count, count, length, offset]);
      expect(numbers(end, 56 + 8, 1)).toEqual([offset + length]);
    }
  });
});

function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
