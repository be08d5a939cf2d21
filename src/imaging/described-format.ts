import { type Frame, frameBytes, type ImageFormat } from './frame';
import { toRgb } from './render/colour/photometric';

/**
 * Brings a decoded frame into the form that its instance's metadata describes, as far as possible. An instance of
 * YBR_FULL_422 or YBR_PARTIAL_422 whose compression kept chrominance for every pixel (RLE, lossless JPEG, JPEG-LS, JPEG
 * 2000) cannot be decoded to the form that its name describes (PS3.3 C.7.6.3.1.2): its pixels become RGB, as decoded
 * JPEG does. Where Planar Configuration says that the samples are in planes, they are put into planes (C.7.6.3.1.3).
 * @param frame its bytes may be changed
 * @param named the format in the instance's metadata
 */
export function toDescribedFormat(frame: Frame, named: ImageFormat): Frame {
  const chrominance = withoutShared(frame, named);
  return isPlanar(named) && chrominance.format.samplesPerPixel === named.samplesPerPixel
    ? inPlanes(chrominance)
    : chrominance;
}

/** Bytes of memory that `toDescribedFormat` takes besides the frame. */
export function bytesForDescribedFormat(named: ImageFormat): number {
  return isPlanar(named) ? frameBytes(named) : 0;
}

function isPlanar({ samplesPerPixel, planarConfiguration, bitsAllocated, photometricInterpretation }: ImageFormat) {
  // Shared chrominance is always interleaved.
  const shared = /_42[02]$/.test(photometricInterpretation);
  return samplesPerPixel > 1 && planarConfiguration === 1 && bitsAllocated % 8 === 0 && !shared;
}

function withoutShared(frame: Frame, named: ImageFormat): Frame {
  const { format, bytes } = frame;
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  const shared = /_42[02]$/.test(named.photometricInterpretation);
  const full = samplesPerPixel === 3 && bytes.length >= (rows * columns * 3 * bitsAllocated) / 8;
  if (!shared || !full || format.signed) return frame;
  if (bitsAllocated === 8 && format.bitsStored === 8) {
    const convert = toRgb(format.photometricInterpretation);
    if (!convert) return frame;
    convert(bytes, rows * columns);
  } else if (!convertDeep(frame)) return frame;
  return { format: { ...format, photometricInterpretation: 'RGB' }, bytes };
}

/**
 * Converts YBR_FULL of other than 8 bits to RGB, in place (PS3.3 C.7.6.3.1.2). @returns false when the frame is in
 * another format
 */
function convertDeep({ format, bytes }: Frame): boolean {
  const { bitsAllocated, bitsStored, highBit, photometricInterpretation } = format;
  if (photometricInterpretation !== 'YBR_FULL' || bitsAllocated > 16 || highBit !== bitsStored - 1) return false;
  const aligned = bytes.byteOffset % 2 === 0;
  if (bitsAllocated === 16 && !aligned) return false;
  const cells = bitsAllocated === 8 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  const half = 2 ** (bitsStored - 1);
  const most = 2 ** bitsStored - 1;
  const limited = (value: number) => Math.max(0, Math.min(most, Math.round(value)));
  for (let at = 0; at + 2 < cells.length; at += 3) {
    const y = cells[at]!;
    const cb = cells[at + 1]! - half;
    const cr = cells[at + 2]! - half;
    cells[at] = limited(y + 1.402 * cr);
    cells[at + 1] = limited(y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587);
    cells[at + 2] = limited(y + 1.772 * cb);
  }
  return true;
}

function inPlanes({ format, bytes }: Frame): Frame {
  const { samplesPerPixel, bitsAllocated, planarConfiguration } = format;
  if (planarConfiguration === 1) return { format, bytes };
  const size = bitsAllocated / 8;
  const pixel = size * samplesPerPixel;
  const planes = new Uint8Array(bytes.length);
  let to = 0;
  for (let sample = 0; sample < samplesPerPixel; sample++) {
    for (let at = sample * size; at < bytes.length; at += pixel) {
      for (let byte = 0; byte < size; byte++) planes[to++] = bytes[at + byte]!;
    }
  }
  return { format: { ...format, planarConfiguration: 1 }, bytes: planes };
}
