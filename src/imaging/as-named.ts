import { type Frame, frameBytes, type ImageFormat } from './frame';
import { toRgb } from './render/colour/photometric';

/**
 * A decoded frame as its instance's metadata lets clients expect it, as far as that can be. An instance of YBR_FULL_422
 * or YBR_PARTIAL_422 whose compression kept chrominance for every pixel (RLE, JPEG without loss, JPEG-LS, JPEG 2000)
 * cannot be decoded to what its name says (PS3.3 C.7.6.3.1.2): its pixels become RGB, as those of JPEG do. Where Planar
 * Configuration says that the samples lie in planes, they do (C.7.6.3.1.3).
 * @param frame whose bytes may be changed
 * @param named of the instance
 */
export function asNamed(frame: Frame, named: ImageFormat): Frame {
  const chrominance = withoutShared(frame, named);
  return isPlanar(named) && chrominance.format.samplesPerPixel === named.samplesPerPixel
    ? inPlanes(chrominance)
    : chrominance;
}

/** Bytes that this takes besides the frame. */
export function bytesForNaming(named: ImageFormat): number {
  return isPlanar(named) ? frameBytes(named) : 0;
}

function isPlanar({ samplesPerPixel, planarConfiguration, bitsAllocated, photometricInterpretation }: ImageFormat) {
  // Shared chrominance lies together always.
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

/** Makes RGB of YBR_FULL of other bits, in place (PS3.3 C.7.6.3.1.2). @returns false where that is not what it is */
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
