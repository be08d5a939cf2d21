import { describe, expect, it } from 'vitest';
import { CodecError, type Decode, type Encode } from '../../../../src/imaging/codec';
import { IDLE_BYTES } from '../../../../src/imaging/codecs/codec-memory';
import { decodeJPEGBaseline, encodeJPEGBaseline } from '../../../../src/imaging/codecs/jpeg/jpeg-baseline';
import { decodeJPEGLS, encodeJPEGLS } from '../../../../src/imaging/codecs/jpeg-ls';
import { decodeJPEG2000 } from '../../../../src/imaging/codecs/jpeg2000/jpeg2000';
import { encodeHTJ2K, encodeJPEG2000 } from '../../../../src/imaging/codecs/jpeg2000/jpeg2000-encoder';
import { heldBytes } from '../../../../src/imaging/codecs/wasm-codec';
import { frameBytes, type ImageFormat } from '../../../../src/imaging/frame';
import { broken } from '../../../support/files/broken-code-streams';
import { formatOf, frameOf } from '../../../support/files/frames';
import { seededRandom } from '../../../support/seeded-random';

const GREY = formatOf({ bitsStored: 12 });
const COLOUR = formatOf({ bitsAllocated: 8, samplesPerPixel: 3 });

const CODECS: readonly [name: string, Encode, Decode, readonly ImageFormat[]][] = [
  ['JPEG baseline', encodeJPEGBaseline, decodeJPEGBaseline, [formatOf({ bitsAllocated: 8 }), COLOUR]],
  ['JPEG-LS', encodeJPEGLS, decodeJPEGLS, [GREY, COLOUR]],
  ['JPEG 2000', encodeJPEG2000, decodeJPEG2000, [GREY, COLOUR]],
  ['HTJ2K', encodeHTJ2K, decodeJPEG2000, [GREY, COLOUR]],
];

const CASES = 300;

describe.each(CODECS)('%s', (_name, encode, decode, formats) => {
  it('gives a whole frame or a CodecError for any input', async () => {
    let refused = 0;
    for (const format of formats) {
      const whole = await encode(frameOf(format, 'ramp'));
      const expected = await decode(whole.codeStream, whole.format);
      for (let seed = 0; seed < CASES; seed++) {
        try {
          const frame = await decode(broken(whole.codeStream, seed), whole.format);
          expect(frame.bytes.length).toBe(frameBytes(frame.format));
        } catch (fault) {
          if (!(fault instanceof CodecError)) throw new Error(`case ${seed}`, { cause: fault });
          refused++;
        }
      }
      expect(heldBytes()).toBeLessThanOrEqual(IDLE_BYTES);
      expect(await decode(whole.codeStream, whole.format)).toEqual(expected);
    }
    expect(refused).toBeGreaterThan(CASES / 10);
  });

  it('refuses empty input, noise and a truncated beginning', async () => {
    const { codeStream, format } = await encode(frameOf(formats[0]!));
    const random = seededRandom(3);
    const noise = Uint8Array.from({ length: 5000 }, () => random.below(256));
    for (const bytes of [new Uint8Array(0), noise, codeStream.subarray(0, 40), codeStream.subarray(0, 2)]) {
      await expect(decode(bytes, format)).rejects.toMatchObject({ name: 'CodecError', reason: 'malformed' });
    }
  });
});

describe('sizes that do not fit into an isolate', () => {
  /** The bytes of a code stream that have Xsiz and Ysiz, and those with XTsiz and YTsiz (T.800 A.5.1). */
  const [image, tile] = [
    [8, 12],
    [24, 28],
  ];
  it.each([
    ['JPEG 2000', 'one tile', encodeJPEG2000, [...image, ...tile], 'too-large'],
    ['HTJ2K', 'one tile', encodeHTJ2K, [...image, ...tile], 'too-large'],
    ['JPEG 2000', 'more tiles than there can be', encodeJPEG2000, image, 'malformed'],
    ['HTJ2K', 'more tiles than there can be', encodeHTJ2K, image, 'malformed'],
  ] as const)('are refused in %s of %s before anything is taken', async (_name, _tiles, encode, places, reason) => {
    const { codeStream } = await encode(frameOf(GREY));
    const before = heldBytes();
    for (const at of places) new DataView(codeStream.buffer).setUint32(at, 60_000);
    await expect(decodeJPEG2000(codeStream, GREY)).rejects.toMatchObject({ reason });
    expect(heldBytes()).toBe(before);
  });
});
