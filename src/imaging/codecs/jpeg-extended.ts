import { CodecError, type Decode } from '../codec';
import type { ImageFormat } from '../frame';
import { checkDecodedSize } from './decoded-size';
import { decodedFormat, signExtend } from './jpeg-decoded';
import { type JPEGHeader, jpegHeader } from './jpeg-markers';
import { enlarge, type Plane, planeSizes, type Samples, toRGB } from './jpeg-planes';
import { jpegScans } from './jpeg-scans';
import { decodeSequentialScan } from './jpeg-sequential';

/**
 * JPEG Baseline and Extended with Huffman coding (Process 1, Process 2 & 4): ITU-T T.81 annex F, PS3.5 A.4.1, of 8 or
 * 12 bits. Three components that are YCbCr come out as RGB: by Adobe's or JFIF's marker, or as the instance says.
 */
export const decodeJPEGExtended: Decode = async (codeStream, format) => {
  const header = jpegHeader(codeStream);
  const { components, precision, columns } = header;
  if (header.process > 1) throw new CodecError('unsupported', `JPEG process ${header.process} is not sequential`);
  if (precision !== 8 && precision !== 12) throw new CodecError('unsupported', `JPEG of ${precision} bits`);
  const described = decodedFormat(header, format);
  const { rows, bitsAllocated } = described;
  const sizes = planeSizes(header, rows);
  const whole = (index: number): boolean => sizes[index]!.width === columns && sizes[index]!.height === rows;
  const count = components.length;
  const apart = sizes.reduce((sum, { width, height }, index) => sum + (whole(index) ? 0 : width * height), 0);
  checkDecodedSize(((rows * columns * count + apart) * bitsAllocated) / 8);

  const make = (length: number): Samples => (bitsAllocated === 8 ? new Uint8Array(length) : new Uint16Array(length));
  const samples = make(rows * columns * count);
  const frame = (first: number): Plane => ({
    samples,
    width: columns,
    height: rows,
    first,
    stride: count,
    rowStride: columns * count,
  });
  const planes = sizes.map(({ width, height }, index): Plane => {
    if (whole(index)) return frame(index);
    return { samples: make(width * height), width, height, first: 0, stride: 1, rowStride: width };
  });
  for (const scan of jpegScans(codeStream, header)) decodeSequentialScan(codeStream, scan, header, rows, planes);
  planes.forEach((plane, index) => {
    if (!whole(index)) enlarge(plane, frame(index));
  });
  const colours = count === 3 && isYCbCr(header, format);
  if (colours) toRGB(samples, precision);
  else signExtend(samples, precision, described);
  const photometricInterpretation =
    count === 3 && (colours || header.adobeTransform === 0) ? 'RGB' : described.photometricInterpretation;
  return { format: { ...described, photometricInterpretation }, bytes: new Uint8Array(samples.buffer) };
};

function isYCbCr({ adobeTransform, jfif }: JPEGHeader, { photometricInterpretation }: ImageFormat): boolean {
  if (adobeTransform !== undefined) return adobeTransform === 1;
  return jfif || photometricInterpretation.startsWith('YBR');
}
