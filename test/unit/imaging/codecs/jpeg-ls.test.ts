import { describe, expect, it } from 'vitest';
import { transferSyntaxOfCodeStream } from '../../../../src/dicom/pixels/code-stream';
import { jpegHeader } from '../../../../src/imaging/codecs/jpeg/jpeg-markers';
import { decodeJPEGLS, encodeJPEGLS } from '../../../../src/imaging/codecs/jpeg-ls';
import { formatOf, frameOf } from '../../../support/files/frames';

const FORMATS = [
  ...[8, 7, 2].map((bitsStored) => formatOf({ bitsAllocated: 8, bitsStored })),
  ...[16, 15, 12, 10, 9, 8, 5].map((bitsStored) => formatOf({ bitsAllocated: 16, bitsStored })),
  formatOf({ bitsAllocated: 8, samplesPerPixel: 3 }),
  formatOf({ bitsAllocated: 16, bitsStored: 12, samplesPerPixel: 3 }),
  formatOf({ bitsAllocated: 8, samplesPerPixel: 3, photometricInterpretation: 'YBR_FULL' }),
  formatOf({ bitsAllocated: 8, rows: 1, columns: 1 }),
].flatMap((format) => [format, { ...format, signed: true }]);

describe('JPEG-LS', () => {
  it.each(FORMATS)(
    'gives back $bitsStored of $bitsAllocated bits, signed: $signed, $samplesPerPixel samples',
    async (format) => {
      for (const kind of ['noise', 'ramp', 'extremes'] as const) {
        const frame = frameOf(format, kind);
        const encoded = await encodeJPEGLS(frame);
        expect(transferSyntaxOfCodeStream(encoded.codeStream)?.transferSyntaxUID).toBe('1.2.840.10008.1.2.4.80');
        expect(await decodeJPEGLS(encoded.codeStream, encoded.format)).toEqual(frame);
      }
    },
  );

  it('has the precision that other readers take: not fewer bits than the cell for signed samples, and not 8 or less', async () => {
    const precisionOf = async (bitsAllocated: 8 | 16, bitsStored: number, signed: boolean) => {
      const { codeStream } = await encodeJPEGLS(frameOf(formatOf({ bitsAllocated, bitsStored, signed }), 'ramp'));
      return jpegHeader(codeStream).precision;
    };
    expect(await precisionOf(16, 12, false)).toBe(12);
    expect(await precisionOf(16, 12, true)).toBe(16);
    expect(await precisionOf(16, 8, false)).toBe(16);
    expect(await precisionOf(8, 6, false)).toBe(8);
  });

  it('keeps bits above the stored bits, and lets the instance say which belong to the pixel', async () => {
    for (const format of [formatOf({ bitsStored: 12 }), formatOf({ bitsStored: 12, signed: true })]) {
      const frame = { format, bytes: frameOf(formatOf()).bytes };
      const encoded = await encodeJPEGLS(frame);
      expect(await decodeJPEGLS(encoded.codeStream, encoded.format)).toEqual(frame);
    }
  });

  it('refuses formats that it cannot hold', async () => {
    const wide = formatOf({ bitsAllocated: 32 });
    await expect(encodeJPEGLS({ format: wide, bytes: new Uint8Array(23 * 37 * 4) })).rejects.toMatchObject({
      reason: 'unsupported',
    });
    const single = formatOf({ bitsAllocated: 1 });
    await expect(encodeJPEGLS({ format: single, bytes: new Uint8Array(200) })).rejects.toMatchObject({
      reason: 'unsupported',
    });
  });
});
