import { describe, expect, it } from 'vitest';
import { charls } from '../../../../src/imaging/codecs/charls';
import { type Coding, codingOf, fillSamples } from '../../../../src/imaging/codecs/coding';
import { encodeSamples } from '../../../../src/imaging/codecs/encode-samples';
import { decodeJPEGLS, encodeJPEGLS } from '../../../../src/imaging/codecs/jpeg-ls';
import { JPEGLSBits } from '../../../../src/imaging/codecs/jpeg-ls-bits';
import { jpegLSOf } from '../../../../src/imaging/codecs/jpeg-ls-encoder';
import type { Frame, ImageFormat } from '../../../../src/imaging/frame';
import { formatOf, frameOf } from '../../../support/files/frames';
import { seededRandom } from '../../../support/seeded-random';

const SIZES = [
  [1, 1],
  [1, 61],
  [61, 1],
  [2, 2],
  [23, 37],
  [64, 200],
] as const;

const BITS = [
  ...[8, 5].map((bitsStored) => ({ bitsAllocated: 8, bitsStored })),
  ...[16, 15, 14, 13, 12, 11, 10, 9].map((bitsStored) => ({ bitsAllocated: 16, bitsStored })),
];

const FORMATS = BITS.flatMap((bits) => [1, 3].map((samplesPerPixel) => formatOf({ ...bits, samplesPerPixel })));

/** Images in which each part of the code occurs; the value of a sample by its place. */
const KINDS: Record<string, (at: number, range: number, random: ReturnType<typeof seededRandom>) => number> = {
  'noise of a third of the range': (_at, range, random) => random.below(Math.ceil(range / 3)),
  noise: (_at, range, random) => random.below(range),
  ramp: (at, range) => (at * 3) % range,
  extremes: (_at, range, random) => random.pick([0, range - 1]),
  flat: (_at, range) => range - 1,
  'runs of chance': (at, range, random) => (random.below(40) === 0 ? random.below(range) : at >> 9),
  'runs, interrupted by little': (_at, range, random) =>
    (range >> 1) + (random.below(12) === 0 ? random.below(3) - 1 : 0),
  'peaks on black': (_at, range, random) => (random.below(30) === 0 ? range - 1 - random.below(2) : random.below(2)),
};

function imageOf(format: ImageFormat, kind: string): Frame {
  const { format: same, bytes } = frameOf(format);
  const cells = format.bitsAllocated === 8 ? bytes : new Uint16Array(bytes.buffer);
  const random = seededRandom(7);
  for (let at = 0; at < cells.length; at++) cells[at] = KINDS[kind]!(at, 2 ** format.bitsStored, random);
  return { format: same, bytes };
}

/** @returns undefined when the code stream is too long for the buffer of the glue */
async function byCharLS(coding: Coding): Promise<Uint8Array | undefined> {
  const { rows: height, columns: width, samplesPerPixel } = coding.format;
  const region = { x: 0, y: 0, width, height };
  const encoded = charls.run(({ JpegLSEncoder }, take) =>
    encodeSamples(new JpegLSEncoder(), coding, region, take, {
      fill: (space) => fillSamples(space, coding, region, false),
      configure: (encoder) => {
        encoder.setNearLossless(0);
        encoder.setInterleaveMode(samplesPerPixel === 1 ? 0 : 2);
      },
    }),
  );
  return await encoded.catch(() => undefined);
}

const unasked = () => undefined;

describe.each(FORMATS)('JPEG-LS of $bitsStored of $bitsAllocated bits, $samplesPerPixel samples', (format) => {
  it.each(Object.keys(KINDS))('%s: CharLS makes the same bytes, or cannot and decodes them', async (kind) => {
    let compared = 0;
    for (const [rows, columns] of SIZES) {
      const frame = imageOf({ ...format, rows, columns }, kind);
      const coding = codingOf(frame, false);
      const own = await jpegLSOf(coding, unasked);
      const charLS = await byCharLS(coding);
      if (charLS !== undefined) {
        compared += 1;
        expect(Buffer.from(own).equals(charLS)).toBe(true);
      }
      const encoded = await encodeJPEGLS(frame);
      expect(Buffer.from(encoded.codeStream).equals(own)).toBe(true);
      expect(await decodeJPEGLS(own, encoded.format)).toEqual(frame);
    }
    expect(compared).toBeGreaterThan(2);
  });
});

it('noise that CharLS cannot encode is given back, and takes more bytes than its samples', async () => {
  for (const format of [
    formatOf(),
    formatOf({ bitsAllocated: 8 }),
    formatOf({ bitsAllocated: 8, samplesPerPixel: 3 }),
  ]) {
    const frame = frameOf({ ...format, rows: 256, columns: 256 });
    expect(await byCharLS(codingOf(frame, false))).toBeUndefined();
    const { codeStream, format: described } = await encodeJPEGLS(frame);
    expect(codeStream.length).toBeGreaterThan(frame.bytes.length);
    expect(await decodeJPEGLS(codeStream, described)).toEqual(frame);
  }
});

it('noise with neighbours that are equal where the encoder looks', async () => {
  const frame = frameOf(formatOf({ bitsAllocated: 8, rows: 256, columns: 256 }));
  for (let at = 0; at < frame.bytes.length; at += 16) frame.bytes[at + 1] = frame.bytes[at]!;
  expect(await byCharLS(codingOf(frame, false))).toBeUndefined();
  const { codeStream, format } = await encodeJPEGLS(frame);
  expect(await decodeJPEGLS(codeStream, format)).toEqual(frame);
});

describe('memory for the code stream', () => {
  const frame = frameOf(formatOf({ rows: 256, columns: 256 }));
  const { length } = frame.bytes;

  it('is refused when there is less room than the frame, its copy and the code stream need', async () => {
    const refused = encodeJPEGLS(frame, { room: 3 * length });
    await expect(refused).rejects.toMatchObject({ reason: 'too-large', needed: expect.any(Number) });
    expect((await encodeJPEGLS(frame, { room: 3.6 * length })).codeStream.length).toBeGreaterThan(length);
  });

  it('is asked for before a longer buffer is made, and what was written stays', () => {
    const asked: number[] = [];
    const bits = new JPEGLSBits(Uint8Array.of(1, 2), 100, (bytes) => asked.push(bytes));
    for (let at = 0; at < 3000; at++) bits.append(at & 0x7f, 8);
    bits.finish();
    const expected = Uint8Array.from([1, 2, ...Array.from({ length: 3000 }, (_, at) => at & 0x7f), 0xff, 0xd9]);
    expect(bits.ending(Uint8Array.of(0xff, 0xd9))).toEqual(expected);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked[0]).toBeGreaterThan(2 * 102);
  });

  it('a zero bit follows a byte FF, also at the end', () => {
    const bits = new JPEGLSBits(new Uint8Array(0), 10, unasked);
    bits.append(0xffff, 16);
    bits.finish();
    // 8 ones; a zero and 7 ones; the last one.
    expect([...bits.ending(new Uint8Array(0))]).toEqual([0xff, 0x7f, 0x80]);
    const full = new JPEGLSBits(new Uint8Array(0), 10, unasked);
    full.append(0xff, 8);
    full.finish();
    expect([...full.ending(new Uint8Array(0))]).toEqual([0xff, 0]);
  });
});
