import { uint16At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';
import { ensureRoom } from '../codec-memory';
import { encodeSamples } from '../encode-samples';
import { libjpegTurbo } from '../libjpeg-turbo';

/** An image of 8-bit samples, grey or interleaved RGB. */
export interface JPEGSamples {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  readonly bytes: Uint8Array;
}

/** The quality of JPEG when the client names none, from 1 to 100. */
export const DEFAULT_QUALITY = 90;

const MIB = 1024 * 1024;
const SOF0 = 0xffc0;

/** TurboJPEG's number for chroma with half of the columns. */
const HALVED = 1;

/** T.81 B.2.2: the numbers of rows and columns have 16 bits. */
const MOST = 0xffff;

/**
 * Encodes baseline JPEG (ITU-T T.81) with JFIF. Colours become YCbCr, whose chroma has half of the columns.
 * @param quality 1 to 100
 * @throws CodecError
 */
export async function encodeJPEGSamples(image: JPEGSamples, quality = DEFAULT_QUALITY): Promise<Uint8Array> {
  if (image.width > MOST || image.height > MOST) throw new CodecError('unsupported', 'the image is too large for JPEG');
  const length = image.width * image.height * image.samples;
  if (length === 0 || image.bytes.length < length) throw new CodecError('malformed', 'the image is incomplete');
  // The glue allocates only as many bytes as the samples have. Small images, and noise at full quality, need more.
  const small = length < 4096;
  const room = small ? 32 : length <= 12 * MIB ? 2 : 1;
  const padded = small ? toWholeUnits(image) : image;
  ensureRoom(length, image.bytes.length + (2 * room + 0.5) * length);
  const region = { x: 0, y: 0, width: padded.width, height: padded.height };
  const codeStream = await libjpegTurbo.run(({ JPEGEncoder }, take) =>
    encodeSamples(
      new JPEGEncoder(),
      { precision: 8 * room - 1, format: { samplesPerPixel: image.samples } },
      region,
      take,
      {
        fill: (space) => space.set(padded.bytes.subarray(0, padded.width * padded.height * image.samples)),
        configure: (encoder) => {
          encoder.setProgressive(0);
          encoder.setQuality(Math.min(100, Math.max(1, Math.round(quality))));
          encoder.setSubSampling(HALVED);
        },
      },
    ),
  );
  if (small) setSize(codeStream, image);
  return codeStream;
}

/** Repeats the last column and row to fill whole units of coding, as encoders do internally. */
function toWholeUnits({ width, height, samples, bytes }: JPEGSamples): JPEGSamples {
  const across = samples === 1 ? 8 : 16;
  const whole = { width: Math.ceil(width / across) * across, height: Math.ceil(height / 8) * 8 };
  const padded = new Uint8Array(whole.width * whole.height * samples);
  for (let y = 0, to = 0; y < whole.height; y++) {
    for (let x = 0; x < whole.width; x++) {
      const from = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * samples;
      for (let sample = 0; sample < samples; sample++) padded[to++] = bytes[from + sample]!;
    }
  }
  return { ...whole, samples, bytes: padded };
}

/** Sets rows and columns in the frame header (T.81 B.2.2). */
function setSize(codeStream: Uint8Array, { width, height }: JPEGSamples): void {
  let at = 2;
  while (uint16At(codeStream, at) !== SOF0) at += 2 + uint16At(codeStream, at + 2);
  const fields = new DataView(codeStream.buffer, codeStream.byteOffset, codeStream.byteLength);
  fields.setUint16(at + 5, height);
  fields.setUint16(at + 7, width);
}
