import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { CodecError } from '../../../../src/imaging/codec';
import { decodeRLE } from '../../../../src/imaging/codecs/rle';
import { encodeRLE } from '../../../../src/imaging/codecs/rle-encoder';
import {
  decodeDeflatedFrame,
  decodeEncapsulatedUncompressed,
} from '../../../../src/imaging/codecs/uncompressed-fragments';
import { formatOf, frameOf } from '../../../support/files/frames';
import { joined } from '../../../support/files/part10';
import { bytesCopied } from '../../../support/platform/counted-work';
import { seededRandom } from '../../../support/seeded-random';

/** PS3.5 figure G.5-1: a header of sixteen numbers, then the segments. */
function rle(...segments: number[][]): Uint8Array {
  const header = new Uint32Array(16);
  header[0] = segments.length;
  let at = 64;
  for (const [index, segment] of segments.entries()) {
    header[index + 1] = at;
    at += segment.length;
  }
  return joined([new Uint8Array(header.buffer), ...segments.map((segment) => Uint8Array.from(segment))]);
}

const FORMATS = [
  formatOf({ bitsAllocated: 8 }),
  formatOf({ bitsAllocated: 16 }),
  formatOf({ bitsAllocated: 16, bitsStored: 12, signed: true }),
  formatOf({ bitsAllocated: 8, samplesPerPixel: 3 }),
  formatOf({ bitsAllocated: 16, samplesPerPixel: 3 }),
  formatOf({ bitsAllocated: 8, rows: 1, columns: 1 }),
  formatOf({ bitsAllocated: 8, rows: 3, columns: 300 }),
];

describe('RLE Lossless (PS3.5 annex G)', () => {
  it('decodes segments of literal and repeated bytes, and headers without effect', async () => {
    const format = formatOf({ bitsAllocated: 8, rows: 2, columns: 4 });
    // Three literal bytes, a header without effect (-128), four times 7 (-3), one literal byte.
    const { bytes } = await decodeRLE(rle([2, 10, 11, 12, 128, 253, 7, 0, 9]), format);
    expect([...bytes]).toEqual([10, 11, 12, 7, 7, 7, 7, 9]);
  });

  it('has a segment for each byte of each sample, the most significant byte first', async () => {
    const format = formatOf({ bitsAllocated: 16, rows: 1, columns: 2 });
    const words = await decodeRLE(rle([1, 0x12, 0x34], [1, 0x56, 0x78]), format);
    expect([...new Uint16Array(words.bytes.buffer)]).toEqual([0x1256, 0x3478]);
    const colour = formatOf({ bitsAllocated: 8, rows: 1, columns: 2, samplesPerPixel: 3, planarConfiguration: 1 });
    const pixels = await decodeRLE(rle([1, 1, 2], [1, 3, 4], [1, 5, 6]), colour);
    expect([...pixels.bytes]).toEqual([1, 3, 5, 2, 4, 6]);
    expect(pixels.format.planarConfiguration).toBe(0);
  });

  it.each(FORMATS)('keeps $samplesPerPixel samples of $bitsAllocated bits', async (format) => {
    for (const kind of ['noise', 'ramp', 'extremes'] as const) {
      const frame = frameOf(format, kind);
      const { codeStream, format: described } = await encodeRLE(frame);
      expect(codeStream.length % 2).toBe(0);
      expect(await decodeRLE(codeStream, described)).toEqual(frame);
    }
  });

  it('decodes single bits, with one or eight pixels in a byte', async () => {
    const format = formatOf({ bitsAllocated: 1, rows: 2, columns: 6 });
    const expected = [0b01000011, 0b1010];
    const bytes = [1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1];
    expect([...(await decodeRLE(rle([11, ...bytes]), format)).bytes]).toEqual(expected);
    expect([...(await decodeRLE(rle([1, ...expected]), format)).bytes]).toEqual(expected);
    await expect(decodeRLE(rle([0, 1]), format)).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('refuses a broken code stream, or gives a whole frame', async () => {
    const random = seededRandom(7);
    const format = formatOf({ bitsAllocated: 16 });
    const { codeStream } = await encodeRLE(frameOf(format, 'extremes'));
    for (let round = 0; round < 2000; round++) {
      const broken = codeStream.slice(0, random.below(3) === 0 ? random.below(codeStream.length) : undefined);
      for (let flips = random.below(4); flips > 0; flips--) broken[random.below(broken.length)] = random.below(256);
      const result = await decodeRLE(broken, format).catch((error) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(CodecError);
      else expect(result.bytes).toHaveLength(23 * 37 * 2);
    }
  });

  it('refuses formats that it cannot hold', async () => {
    const bits = formatOf({ bitsAllocated: 1 });
    await expect(encodeRLE({ format: bits, bytes: new Uint8Array(200) })).rejects.toMatchObject({
      reason: 'unsupported',
    });
    await expect(decodeRLE(rle([0, 0]), formatOf({ bitsAllocated: 12 }))).rejects.toMatchObject({
      reason: 'unsupported',
    });
  });
});

describe('frames of plain octets in fragments (PS3.5 A.4.11, A.4.14)', () => {
  it('are decoded unchanged, with interleaved samples', async () => {
    const format = formatOf({ bitsAllocated: 8, rows: 1, columns: 2, samplesPerPixel: 3, planarConfiguration: 1 });
    const planes = Uint8Array.of(1, 2, 3, 4, 5, 6, 0);
    for (const frame of [
      await decodeEncapsulatedUncompressed(planes, format),
      await decodeDeflatedFrame(joined([deflateSync(planes.subarray(0, 6)), Uint8Array.of(0)]), format),
    ]) {
      expect([...frame.bytes]).toEqual([1, 3, 5, 2, 4, 6]);
      expect(frame.format.planarConfiguration).toBe(0);
    }
  });

  it('are refused when too short, and cut when they inflate beyond a frame', async () => {
    const format = formatOf({ bitsAllocated: 8, rows: 2, columns: 2 });
    const short = Uint8Array.of(1, 2, 3);
    await expect(decodeEncapsulatedUncompressed(short, format)).rejects.toBeInstanceOf(CodecError);
    await expect(decodeDeflatedFrame(deflateSync(short), format)).rejects.toBeInstanceOf(CodecError);
    await expect(decodeDeflatedFrame(Uint8Array.of(255, 255), format)).rejects.toBeInstanceOf(CodecError);
    const long = deflateSync(new Uint8Array(100_000_000).fill(9));
    const { result, copied } = bytesCopied(() => decodeDeflatedFrame(long, format));
    expect([...(await result).bytes]).toEqual([9, 9, 9, 9]);
    // The bytes beyond the frame are not inflated.
    expect(copied).toBeLessThan(20_000_000);
  });
});
