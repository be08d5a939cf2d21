import { uint16At } from '../../dicom/pixels/big-endian';
import { DEFAULT_QUALITY, encodeJPEGSamples } from '../codecs/jpeg/jpeg-samples-encoder';
import { concatenate } from '../concatenate';
import type { Raster } from '../raster';

/** ITU-T T.81 table B.1. */
const APP0 = 0xffe0;
const APP2 = 0xffe2;

/** ICC.1 B.4: a profile is split into segments that are numbered from 1. */
const SIGNATURE = new TextEncoder().encode('ICC_PROFILE\0');
const CHUNK = 0xffff - 2 - SIGNATURE.length - 2;

/**
 * Makes a JPEG file (JFIF, baseline) of an image, with its colour profile.
 * @param quality 1 to 100
 * @throws CodecError `too-large`; `unsupported` for more than 65535 rows or columns
 */
export async function encodeJPEG(raster: Raster, quality = DEFAULT_QUALITY): Promise<Uint8Array> {
  const file = await encodeJPEGSamples(raster, quality);
  const { iccProfile } = raster;
  if (iccProfile === undefined || iccProfile.length === 0 || iccProfile.length > CHUNK * 255) return file;
  // The JFIF segment has to come first.
  const start = uint16At(file, 2) === APP0 ? 4 + uint16At(file, 4) : 2;
  return concatenate([file.subarray(0, start), ...profileSegments(iccProfile), file.subarray(start)]);
}

function profileSegments(profile: Uint8Array): Uint8Array[] {
  const count = Math.ceil(profile.length / CHUNK);
  return Array.from({ length: count }, (_, index) => {
    const chunk = profile.subarray(index * CHUNK, (index + 1) * CHUNK);
    const segment = new Uint8Array(4 + SIGNATURE.length + 2 + chunk.length);
    const fields = new DataView(segment.buffer);
    fields.setUint16(0, APP2);
    fields.setUint16(2, segment.length - 2);
    segment.set(SIGNATURE, 4);
    segment.set([index + 1, count], 4 + SIGNATURE.length);
    segment.set(chunk, 4 + SIGNATURE.length + 2);
    return segment;
  });
}
