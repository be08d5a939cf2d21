import { CodecError } from './codec';
import { type Frame, frameBytes } from './frame';

/**
 * Interleaves the samples of each pixel: planarConfiguration 0 (PS3.3 C.7.6.3.1.3).
 * @returns the same frame when its samples are interleaved already
 * @throws CodecError malformed when bytes are missing; unsupported for planes of samples that share bytes
 */
export function interleaved(frame: Frame): Frame {
  const { format } = frame;
  const { samplesPerPixel, bitsAllocated } = format;
  if (format.planarConfiguration !== 1 || samplesPerPixel === 1) return frame;
  // Halved chrominance is always interleaved (PS3.3 C.7.6.3.1.2).
  if (format.photometricInterpretation.endsWith('_422'))
    return { ...frame, format: { ...format, planarConfiguration: 0 } };
  if (bitsAllocated % 8 !== 0)
    throw new CodecError('unsupported', `planes of ${bitsAllocated} bits per sample are not supported`);
  const length = frameBytes(format);
  if (frame.bytes.length < length) throw new CodecError('malformed', 'the frame is truncated');
  const bytes = new Uint8Array(length);
  const bytesPerSample = bitsAllocated / 8;
  const stride = samplesPerPixel * bytesPerSample;
  let from = 0;
  for (let sample = 0; sample < samplesPerPixel; sample++) {
    for (let at = sample * bytesPerSample; at < length; at += stride) {
      for (let byte = 0; byte < bytesPerSample; byte++) bytes[at + byte] = frame.bytes[from++]!;
    }
  }
  return { format: { ...format, planarConfiguration: 0 }, bytes };
}
