import { describe, expect, it } from 'vitest';
import { decodeJPEG2000 } from '../../../../../src/imaging/codecs/jpeg2000/jpeg2000';
import { formatOf } from '../../../../support/files/frames';

/* Code streams written by opj_compress (OpenJPEG), of images that are made by a formula. */

const DEEP = {
  'with the reversible colour transform':
    '/0//UQAvAAAAAAAGAAAABAAAAAAAAAAAAAAABgAAAAQAAAAAAAAAAAADDwEBDwEBDwEB/1IADAAAAAEBAQQEAAH/XAAHQICIiJD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAACBAAH/k8f+DBoGHg3sYG1wzu9V/18/3/iQcBGKWE553rzZ9To2Yd9Bz/wwMAiNzvYUfH+vkw76j8H/QAIh/0GC4P9gwGAPran2JEZnuxCHLUyiTqL8V1ovEJHlx/4YCX/jATH/RIDAD7aGLwwO1pslZJL/fxCR5YD/2Q==',
  'without colour transform':
    '/0//UQAvAAAAAAAGAAAABAAAAAAAAAAAAAAABgAAAAQAAAAAAAAAAAADDwEBDwEBDwEB/1IADAAAAAEAAQQEAAH/XAAHQICIiJD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAACPAAH/k9/4kGgHygPb8/cRfMDZJ0wdz/wwOBO9pWAFZ4/mygaHj4K/z/wwNA7qPY9Eg180FiTSt/vA/wBYf+DBABFEy883Czual/Gk+3/A/wBYf+DBABFEy883Czual/Gk+3/H/hgRP/EgyP9iQGAPtmP1N4dRVwwNzNhbDf5Ivj6rXxCR5f/Z',
};
const SUBSAMPLED =
  '/0//UQAvAAAAAAAIAAAABAAAAAAAAAAAAAAACAAAAAQAAAAAAAAAAAADBwEBBwIBBwIB/1IADAAAAAEAAQQEAAH/XAAHQEBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAABYAAH/k9+AUAfHyUp7Ic78Fj/PtBgHowqQZD/H1AgFf+5pwPkBQ+oEABWEC0FbqMHzg4fUBgz3jws5+M/AFn4Ak/MDDgJJxH8QRYW3D4N//9k=';

/** Written by ojph_compress (OpenJPH): chrominance has half of the columns, or half of the columns and rows. */
const HIGH_THROUGHPUT =
  '/0//UQAvQAAAAAAIAAAABAAAAAAAAAAAAAAACAAAAAQAAAAAAAAAAAADBwEBBwIBBwIB/1AACAACAAAAA/9SAAwAAgABAAEEBEAB/1wAByBQUFBY/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAAAcwAB/5PAFaD/ZennpKjz/gAAALUAwBUA8Ufa/gCDNADAFQALC6j8AEG0AMASwBUgRIDCdABOx3H+AOSnVQDAEsATAFoAAnQAYvEAI1QAwBUQBPACYD6HD/4AYFQApi7+AGNUAP78AGNUAP/Z';
const HIGH_THROUGHPUT_420 =
  '/0//UQAvQAAAAAAIAAAABAAAAAAAAAAAAAAACAAAAAQAAAAAAAAAAAADBwEBBwICBwIC/1AACAACAAAAA/9SAAwAAgABAAEEBEAB/1wAByBQUFBY/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAAAYwAB/5PAFaD/ZennpKjz/gAAALUAwBMAv9sBAXQAwBMABo4AQjQAwBLAFSBEgMJ0AE7Hcf4A5KdVAMASwBMA+gABNABi8QAiNADAEsATAPoAATQAYvEAIjQA/9k=';

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

describe('JPEG 2000 in TypeScript', () => {
  it.each(Object.entries(DEEP))('decodes colours of 16 bits exactly: %s', async (_name, codeStream) => {
    const format = formatOf({ rows: 4, columns: 6, samplesPerPixel: 3, photometricInterpretation: 'YBR_RCT' });
    const frame = await decodeJPEG2000(bytesOf(codeStream), format);
    const expected = Array.from({ length: 4 * 6 * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      return (Math.floor(pixel / 6) * 9000 + (pixel % 6) * 2500 + (at % 3) * 20011) % 65536;
    });
    expect([...new Uint16Array(frame.bytes.slice().buffer)]).toEqual(expected);
    expect(frame.format).toEqual({ ...format, photometricInterpretation: 'RGB' });
  });

  it('repeats chrominance with half of the columns, and calls the result YBR_FULL', async () => {
    const format = formatOf({
      ...{ rows: 4, columns: 8, samplesPerPixel: 3, bitsAllocated: 8 },
      photometricInterpretation: 'YBR_FULL_422',
    });
    const expected = Array.from({ length: 4 * 8 }, (_, pixel) => {
      const [row, column] = [Math.floor(pixel / 8), pixel % 8];
      const half = Math.floor(column / 2);
      return [(row * 40 + column * 11) % 256, (row * 50 + half * 30 + 7) % 256, (row * 20 + half * 60 + 90) % 256];
    }).flat();
    for (const photometricInterpretation of ['YBR_FULL_422', 'YBR_FULL', 'RGB', 'YBR_ICT']) {
      for (const codeStream of [SUBSAMPLED, HIGH_THROUGHPUT]) {
        const frame = await decodeJPEG2000(bytesOf(codeStream), { ...format, photometricInterpretation });
        expect([...frame.bytes]).toEqual(expected);
        expect(frame.format.photometricInterpretation).toBe('YBR_FULL');
      }
    }
    // OpenJPH's glue would loop endlessly.
    const refused = decodeJPEG2000(bytesOf(HIGH_THROUGHPUT_420), format);
    await expect(refused).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('refuses an image of millions of parts before it creates any', async () => {
    const whole = bytesOf(DEEP['without colour transform']);
    const size = new DataView(whole.buffer);
    // 2000 by 2000 pixels in one tile, in code-blocks of 4 by 4.
    for (const at of [8, 12, 24, 28]) size.setUint32(at, 2000);
    const style = whole.findIndex((byte, at) => byte === 0xff && whole[at + 1] === 0x52);
    whole.set([0, 0], style + 10);
    const format = formatOf({ rows: 2000, columns: 2000, samplesPerPixel: 3 });
    await expect(decodeJPEG2000(whole, format)).rejects.toMatchObject({ reason: 'too-large' });
  });

  it('calls a code stream broken, not large, when its size needs more tiles than there can be', async () => {
    // As in pydicom's JPEG2000-embedded-sequence-delimiter.dcm, whose bytes of Rsiz and Xsiz were overwritten.
    const whole = bytesOf(DEEP['without colour transform']);
    whole.set([0xfe, 0xff, 0xdd, 0xe0], 6);
    const format = formatOf({ rows: 4, columns: 6, samplesPerPixel: 3 });
    await expect(decodeJPEG2000(whole, format)).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('refuses truncated or broken code streams', async () => {
    const format = formatOf({ rows: 4, columns: 6, samplesPerPixel: 3 });
    const whole = bytesOf(DEEP['without colour transform']);
    for (const length of [20, 60, whole.length - 20]) {
      await expect(decodeJPEG2000(whole.subarray(0, length), format)).rejects.toMatchObject({ name: 'CodecError' });
    }
    let refused = 0;
    for (let at = 2; at < whole.length; at++) {
      const broken = whole.slice();
      broken[at] = broken[at]! ^ 0xff;
      // The result is either a frame of the described size or an error with a reason.
      try {
        const { format: described, bytes } = await decodeJPEG2000(broken, format);
        const { rows, columns, samplesPerPixel, bitsAllocated } = described;
        expect(bytes.length).toBe((rows * columns * samplesPerPixel * bitsAllocated) / 8);
      } catch (error) {
        expect(error).toMatchObject({ name: 'CodecError' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(20);
  });
});
