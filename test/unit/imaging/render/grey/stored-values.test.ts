import { describe, expect, it } from 'vitest';
import type { ImageFormat } from '../../../../../src/imaging/frame';
import { StoredValues } from '../../../../../src/imaging/render/grey/stored-values';
import { formatOf } from '../build';

function valuesOf(bytes: Uint8Array, count: number, options: Partial<ImageFormat>): number[] {
  const values = new StoredValues({ format: formatOf(count, 1, options), bytes });
  const numbers = new Float64Array(count);
  if (values.tabular) {
    const patterns = new Uint16Array(count).fill(7);
    values.patterns(0, count, patterns);
    return Array.from(patterns, (pattern) => values.valueOf(pattern));
  }
  values.values(0, count, numbers);
  return [...numbers];
}

describe('stored values (PS3.3 C.7.6.3.1)', () => {
  it('are the bits below High Bit, whatever the other bits are', () => {
    const bytes = Uint8Array.of(0x5a, 0xf1, 0xff, 0x0f);
    // 0xF15A, 0x0FFF: twelve bits from bit 0, and from bit 4.
    expect(valuesOf(bytes, 2, { bitsAllocated: 16, bitsStored: 12 })).toEqual([0x15a, 0xfff]);
    expect(valuesOf(bytes, 2, { bitsAllocated: 16, bitsStored: 12, highBit: 15 })).toEqual([0xf15, 0x0ff]);
  });

  it("are two's complement when Pixel Representation says so", () => {
    const bytes = Uint8Array.of(0xff, 0x07, 0x00, 0x08, 0xff, 0xff);
    expect(valuesOf(bytes, 3, { bitsAllocated: 16, bitsStored: 12, signed: true })).toEqual([2047, -2048, -1]);
    expect(valuesOf(Uint8Array.of(0x80, 0x7f), 2, { bitsAllocated: 8, signed: true })).toEqual([-128, 127]);
  });

  it('of one bit begin at the lowest bit', () => {
    expect(valuesOf(Uint8Array.of(0b0000_1101, 0b1), 9, { bitsAllocated: 1 })).toEqual([1, 0, 1, 1, 0, 0, 0, 0, 1]);
  });

  it('may take part of a byte, or three bytes', () => {
    // Twelve bits each, the lowest first: 0xABC, 0x123.
    expect(valuesOf(Uint8Array.of(0xbc, 0x3a, 0x12), 2, { bitsAllocated: 12 })).toEqual([0xabc, 0x123]);
    expect(valuesOf(Uint8Array.of(1, 2, 3, 0xff, 0xff, 0xff), 2, { bitsAllocated: 24, signed: true })).toEqual([
      0x030201, -1,
    ]);
  });

  it('of 32 and 64 bits, and floating point ones, are numbers', () => {
    const wide = new Uint8Array(Int32Array.of(-5, 0x7fffffff).buffer);
    expect(valuesOf(wide, 2, { bitsAllocated: 32, signed: true })).toEqual([-5, 0x7fffffff]);
    expect(valuesOf(wide, 2, { bitsAllocated: 32 })).toEqual([0xfffffffb, 0x7fffffff]);
    const wider = new Uint8Array(BigInt64Array.of(-9n, 2n ** 40n).buffer);
    expect(valuesOf(wider, 2, { bitsAllocated: 64, signed: true })).toEqual([-9, 2 ** 40]);
    const floats = new Uint8Array(Float32Array.of(0.5, -2).buffer);
    expect(valuesOf(floats, 2, { bitsAllocated: 32, sampleType: 'float' })).toEqual([0.5, -2]);
    const doubles = new Uint8Array(Float64Array.of(0.1, 1e300).buffer);
    expect(valuesOf(doubles, 2, { bitsAllocated: 64, sampleType: 'float' })).toEqual([0.1, 1e300]);
  });

  it('past the end of a short frame are 0', () => {
    expect(valuesOf(Uint8Array.of(9), 3, { bitsAllocated: 8 })).toEqual([9, 0, 0]);
    expect(valuesOf(Uint8Array.of(9, 1, 5), 3, { bitsAllocated: 16 })).toEqual([265, 0, 0]);
    expect(valuesOf(Uint8Array.of(1), 10, { bitsAllocated: 1 }).slice(7)).toEqual([0, 0, 0]);
    expect(valuesOf(new Uint8Array(5).fill(1), 2, { bitsAllocated: 32 })).toEqual([0x01010101, 0]);
  });

  it('do not depend on the offset of the bytes in their buffer', () => {
    const bytes = Uint8Array.of(0, 0x34, 0x12, 0x78, 0x56);
    expect(valuesOf(bytes.subarray(1), 2, { bitsAllocated: 16 })).toEqual([0x1234, 0x5678]);
  });
});
