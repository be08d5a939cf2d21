import { describe, expect, it } from 'vitest';
import { transferSyntaxOfCodeStream } from '../../../../../src/dicom/pixels/code-stream';
import { decodeJPEG2000 } from '../../../../../src/imaging/codecs/jpeg2000/jpeg2000';
import {
  encodeHTJ2K,
  encodeHTJ2KProgressive,
  encodeJPEG2000,
} from '../../../../../src/imaging/codecs/jpeg2000/jpeg2000-encoder';
import type { Frame } from '../../../../../src/imaging/frame';
import { formatOf, frameOf } from '../../../../support/files/frames';

const ENCODERS = [
  ['JPEG 2000', encodeJPEG2000, '1.2.840.10008.1.2.4.90'],
  ['HTJ2K', encodeHTJ2K, '1.2.840.10008.1.2.4.201'],
  ['HTJ2K RPCL', encodeHTJ2KProgressive, '1.2.840.10008.1.2.4.201'],
] as const;

const FORMATS = [
  ...[8, 7, 2].map((bitsStored) => formatOf({ bitsAllocated: 8, bitsStored })),
  ...[16, 15, 12, 10, 9, 8, 5].map((bitsStored) => formatOf({ bitsAllocated: 16, bitsStored })),
].flatMap((format) => [format, { ...format, signed: true }]);

async function expectSame(frame: Frame, encode: (typeof ENCODERS)[number][1]): Promise<void> {
  const { codeStream, format } = await encode(frame);
  const decoded = await decodeJPEG2000(codeStream, format);
  expect(decoded.bytes).toEqual(frame.bytes);
  expect({ ...decoded.format, photometricInterpretation: '' }).toEqual({
    ...frame.format,
    photometricInterpretation: '',
    planarConfiguration: 0,
  });
}

describe.each(ENCODERS)('%s', (_name, encode, transferSyntaxUID) => {
  it.each(FORMATS)('keeps $bitsStored of $bitsAllocated bits, signed: $signed', async (format) => {
    for (const kind of ['noise', 'ramp', 'extremes'] as const) await expectSame(frameOf(format, kind), encode);
  });

  it('keeps bits above the stored bits, and lets the instance say which belong to the pixel', async () => {
    const format = formatOf({ bitsStored: 12 });
    for (const signed of [false, true]) {
      const frame = frameOf(formatOf({ bitsStored: 16 }));
      await expectSame({ format: { ...format, signed }, bytes: frame.bytes }, encode);
    }
    await expectSame({ ...frameOf(formatOf()), format: formatOf({ bitsStored: 12, highBit: 15 }) }, encode);
  });

  it('converts RGB to YBR_RCT and back', async () => {
    const frame = frameOf(formatOf({ bitsAllocated: 8, samplesPerPixel: 3 }));
    const { codeStream, format } = await encode(frame);
    expect(format.photometricInterpretation).toBe('YBR_RCT');
    expect(transferSyntaxOfCodeStream(codeStream)?.transferSyntaxUID).toBe(transferSyntaxUID);
    const decoded = await decodeJPEG2000(codeStream, format);
    expect(decoded.format.photometricInterpretation).toBe('RGB');
    expect(decoded.bytes).toEqual(frame.bytes);
  });

  it('takes planes', async () => {
    const together = frameOf(formatOf({ bitsAllocated: 8, samplesPerPixel: 3 }));
    const planes = Uint8Array.from(together.bytes, (_, at) => {
      const pixels = together.bytes.length / 3;
      return together.bytes[(at % pixels) * 3 + Math.floor(at / pixels)]!;
    });
    const { codeStream, format } = await encode({
      format: { ...together.format, planarConfiguration: 1 },
      bytes: planes,
    });
    expect(format.planarConfiguration).toBe(0);
    expect((await decodeJPEG2000(codeStream, format)).bytes).toEqual(together.bytes);
  });

  it.each([
    [1, 1],
    [1, 300],
    [300, 1],
    [2, 3],
    [65, 129],
  ])('takes %i by %i pixels', async (rows, columns) => {
    await expectSame(frameOf(formatOf({ rows, columns, bitsStored: 12 })), encode);
  });

  it('keeps zeros, the lowest values, of a single line', async () => {
    for (const [rows, columns] of [
      [1, 1],
      [1, 9],
      [9, 1],
    ] as const) {
      const format = formatOf({ rows, columns, bitsStored: 12 });
      await expectSame({ format, bytes: new Uint8Array(2 * rows * columns) }, encode);
    }
  });
});

/**
 * A code stream written by ojph_compress (OpenJPH) without colour transform, of `row * 40 + column * 5 + sample * 70`.
 */
const WITHOUT_TRANSFORM =
  '/0//UQAvQAAAAAAFAAAABAAAAAAAAAAAAAAABQAAAAQAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAABP9SAAwAAgABAAUEBEAB/1wAEyBQWFhgWFhgWFhgWFhYUFBY/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAAAngAB/5PAEoCRAQd0AMASAP0ncwDAEoDEAId0AAAAAAAAAMAJQOYAB3QAwAlA5gAHdADACUDmAAd0AMAI4ATAgAMAsrIAQjQAwAjgBMCAAwCysgBCNADACOAEwIADALL8AAI0AMARwBUAgAMATsf5AOR3VQDAEcAVAIADAE7H+QDkd1UAwBHAFSCAAwCvX18ACEB3VgD/2Q==';

/** A code stream written by ojph_compress (OpenJPH) with code-blocks of 4 by 4, of `row * 40 + column * 7`. */
const SMALL_BLOCKS =
  '/0//UQApQAAAAAANAAAACgAAAAAAAAAAAAAADQAAAAoAAAAAAAAAAAABBwEB/1AACAACAAAAA/9SAAwAAgABAAEAAEAB/1wAByBQUFBY/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAAAngAB/5PgDa209RmA/2/x8HhaLXwescJ3Fe8ClccAANC4AA/HXHUZ/q9i2nT7AK/p4ID7OACrh3UAIDY1AML1EvY0AOANTjy48Aa3U6nUcAKgAB4/38ABAO42AMADAP4AwTQAgAMA/x7fHj34/MAxAF/WAL//f8AhAf62AE7Hcf4Acmo1AE7H+QDk9jUAft/AIIF+NgD/2Q==';

describe('HTJ2K', () => {
  it('is decoded when its code-blocks are small', async () => {
    const codeStream = Uint8Array.from(atob(SMALL_BLOCKS), (character) => character.charCodeAt(0));
    const decoded = await decodeJPEG2000(codeStream, formatOf({ rows: 10, columns: 13, bitsAllocated: 8 }));
    const expected = Uint8Array.from({ length: 10 * 13 }, (_, at) => Math.floor(at / 13) * 40 + (at % 13) * 7);
    expect(decoded.bytes).toEqual(expected);
  });

  it('is refused when OpenJPH fails, whose glue returns zeros then', async () => {
    const codeStream = Uint8Array.from(atob(SMALL_BLOCKS), (character) => character.charCodeAt(0));
    const cod = codeStream.findIndex((byte, at) => byte === 0xff && codeStream[at + 1] === 0x52);
    const [scod, length, precincts] = [cod + 4, cod + 3, cod + 14];
    // The code stream names the largest precincts itself, so OpenJPH asks for 358 MiB.
    const named = Uint8Array.from([
      ...codeStream.subarray(0, precincts),
      0xff,
      0xff,
      ...codeStream.subarray(precincts),
    ]);
    named[length]! += 2;
    named[scod] = 1;
    const format = formatOf({ rows: 10, columns: 13, bitsAllocated: 8 });
    await expect(decodeJPEG2000(named, format)).rejects.toMatchObject({ reason: 'too-large' });
    expect((await decodeJPEG2000(codeStream, format)).bytes.subarray(0, 3)).toEqual(Uint8Array.of(0, 7, 14));
  });

  it('gives the right components for colours that were not transformed', async () => {
    const codeStream = Uint8Array.from(atob(WITHOUT_TRANSFORM), (character) => character.charCodeAt(0));
    const format = formatOf({ rows: 4, columns: 5, samplesPerPixel: 3, bitsAllocated: 8 });
    const expected = Uint8Array.from({ length: 4 * 5 * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      return (Math.floor(pixel / 5) * 40 + (pixel % 5) * 5 + (at % 3) * 70) % 256;
    });
    for (const photometricInterpretation of ['RGB', 'YBR_FULL']) {
      const decoded = await decodeJPEG2000(codeStream, { ...format, photometricInterpretation });
      expect(decoded.bytes).toEqual(expected);
      expect(decoded.format.photometricInterpretation).toBe(photometricInterpretation);
    }
  });
});
