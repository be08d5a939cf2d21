import { describe, expect, it } from 'vitest';
import { RLEEraser } from '../../../../src/dicom/pixels/rle-eraser';
import { clearUnusedBits, type SampleBits } from '../../../../src/dicom/pixels/unused-bits';
import { decodeRLE } from '../../../../src/imaging/codecs/rle';
import { encodeRLE } from '../../../../src/imaging/codecs/rle-encoder';
import type { ImageFormat } from '../../../../src/imaging/frame';
import { ascii } from '../../../support/files/part10';

const ROWS = 9;
const COLUMNS = 7;

/** Words with runs and without, whose unused bits hold something. */
const words = Uint16Array.from({ length: ROWS * COLUMNS }, (_, at) => (at < 20 ? 0xf123 : (at * 40_503) & 0xffff));
const bytes = new Uint8Array(words.buffer);

function image(bits: SampleBits | undefined) {
  const stored = bits ?? { allocated: 16, low: 0, high: 15, signed: false };
  const format: ImageFormat = {
    rows: ROWS,
    columns: COLUMNS,
    samplesPerPixel: 1,
    bitsAllocated: 16,
    bitsStored: stored.high - stored.low + 1,
    highBit: stored.high,
    signed: stored.signed,
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
    sampleType: 'integer',
  };
  return { format, rle: { pixels: words.length, segments: 2, size: 2, bits } };
}

/** @param chunk bytes that come together */
function erased(frame: Uint8Array, { rle }: ReturnType<typeof image>, chunk: number): Uint8Array {
  const result = frame.slice();
  const eraser = new RLEEraser(rle);
  for (let at = 0; at < result.length; at += chunk) eraser.erase(result.subarray(at, at + chunk));
  return result;
}

describe('RLEEraser', () => {
  it.each([
    ['above the sample', { allocated: 16, low: 0, high: 11, signed: false }],
    ['above a sample of one byte', { allocated: 16, low: 0, high: 7, signed: false }],
    ['below the sample', { allocated: 16, low: 4, high: 15, signed: true }],
    ['on both sides', { allocated: 16, low: 2, high: 13, signed: false }],
    ['above the sign', { allocated: 16, low: 0, high: 11, signed: true }],
    ['nowhere', undefined],
  ])('clears unused bits %s', async (_, bits) => {
    const of = image(bits);
    const { codeStream } = await encodeRLE({ format: of.format, bytes });
    const expected = bytes.slice();
    if (bits !== undefined) clearUnusedBits(expected, bits);
    for (const chunk of [1, 5, 64, 1000]) {
      const frame = erased(codeStream, of, chunk);
      expect(frame).toHaveLength(codeStream.length);
      expect((await decodeRLE(frame, of.format, 0)).bytes).toEqual(expected);
    }
  });

  it('overwrites what is in the header, between the segments and behind them', async () => {
    const of = image(undefined);
    const { codeStream } = await encodeRLE({ format: of.format, bytes });
    const secret = ascii('MUELLER^HANS');
    const view = new DataView(codeStream.buffer, codeStream.byteOffset);
    const second = view.getUint32(8, true);
    const frame = Uint8Array.from([
      ...codeStream.subarray(0, second),
      ...secret,
      ...codeStream.subarray(second),
      ...secret,
    ]);
    frame.set(secret, 40);
    new DataView(frame.buffer).setUint32(8, second + secret.length, true);
    const result = erased(frame, of, 10);
    expect(Buffer.from(result).toString('latin1')).not.toMatch(/MUE|HANS/);
    expect((await decodeRLE(result, of.format, 0)).bytes).toEqual(bytes);
  });

  it('leaves nothing of a frame that no decoder takes, and begins again with the next fragment', async () => {
    const of = image(undefined);
    const { codeStream } = await encodeRLE({ format: of.format, bytes });
    const wrong = codeStream.slice();
    wrong[0] = 3;
    const eraser = new RLEEraser(of.rle);
    eraser.erase(wrong);
    expect(wrong.subarray(64).every((byte) => byte === 0)).toBe(true);
    eraser.beginFragment();
    const next = codeStream.slice();
    eraser.erase(next);
    expect((await decodeRLE(next, of.format, 0)).bytes).toEqual(bytes);
  });
});
