import { encodeJPEG2000 } from '../codecs/jpeg2000/jpeg2000-encoder';
import { concatenate } from '../concatenate';
import type { ImageFormat } from '../frame';
import type { Raster } from '../raster';

/** ITU-T T.800 table I.10 (EnumCS) and I.5.3.3 (METH). */
const SRGB = 16;
const GREYSCALE = 17;
const ENUMERATED = 1;
const RESTRICTED_ICC = 2;

/** I.5.3.1: the only defined compression type, a known colour space, no intellectual property. */
const COMPRESSION = [7, 0, 0];

/**
 * Makes a lossless JP2 file (ITU-T T.800 annex I) of an image, with its colour profile.
 * @throws CodecError too-large
 */
export async function encodeJP2(raster: Raster): Promise<Uint8Array> {
  const { width, height, samples, bytes, iccProfile } = raster;
  const { codeStream } = await encodeJPEG2000({ format: formatOf(raster), bytes });
  const colour =
    iccProfile === undefined || iccProfile.length === 0
      ? [ENUMERATED, 0, 0, ...uint32(samples === 1 ? GREYSCALE : SRGB)]
      : [RESTRICTED_ICC, 0, 0, ...iccProfile];
  const header = [...uint32(height), ...uint32(width), 0, samples, 7, ...COMPRESSION];
  return concatenate([
    box('jP  ', [0x0d, 0x0a, 0x87, 0x0a]),
    box('ftyp', [...text('jp2 '), ...uint32(0), ...text('jp2 ')]),
    box('jp2h', concatenate([box('ihdr', header), box('colr', colour)])),
    box('jp2c', codeStream),
  ]);
}

function formatOf({ width, height, samples }: Raster): ImageFormat {
  return {
    rows: height,
    columns: width,
    samplesPerPixel: samples,
    bitsAllocated: 8,
    bitsStored: 8,
    highBit: 7,
    signed: false,
    photometricInterpretation: samples === 1 ? 'MONOCHROME2' : 'RGB',
    planarConfiguration: 0,
    sampleType: 'integer',
  };
}

/** I.4: length, type, content. */
function box(type: string, content: ArrayLike<number>): Uint8Array {
  return concatenate([uint32(8 + content.length), text(type), content]);
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}
