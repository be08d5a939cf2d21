import type { Frame, ImageFormat } from './frame';
import { toRgb } from './render/photometric';

/**
 * A decoded frame as its instance's metadata lets clients expect it. An instance of YBR_FULL_422 or YBR_PARTIAL_422 whose
 * compression kept chrominance for every pixel (RLE, JPEG without loss, JPEG-LS, JPEG 2000) cannot be decoded to what
 * its name says (PS3.3 C.7.6.3.1.2): its pixels become RGB, as those of JPEG do.
 * @param frame whose bytes may be changed
 * @param named of the instance
 */
export function asNamed(frame: Frame, named: ImageFormat): Frame {
  const { format, bytes } = frame;
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored } = format;
  const shared = /_42[02]$/.test(named.photometricInterpretation);
  const full = samplesPerPixel === 3 && bytes.length >= (rows * columns * 3 * bitsAllocated) / 8;
  const ofBytes = bitsAllocated === 8 && bitsStored === 8 && !format.signed;
  const convert = shared && full && ofBytes ? toRgb(format.photometricInterpretation) : undefined;
  if (convert === undefined || convert === null) return frame;
  convert(bytes, rows * columns);
  return { format: { ...format, photometricInterpretation: 'RGB' }, bytes };
}
