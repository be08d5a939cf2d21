import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from '../../dicom/dictionary/transfer-syntaxes';
import { canClear, clearUnusedBits } from '../../dicom/pixels/unused-bits';
import { CodecError, type EncodedFrame } from '../../imaging/codec';
import { decoderOf, encoderOf } from '../../imaging/codecs';
import { DECODED_LIMIT, ROOM } from '../../imaging/codecs/codec-memory';
import { bytesForDescribedFormat, toDescribedFormat } from '../../imaging/described-format';
import { type Frame, frameBytes, type ImageFormat } from '../../imaging/frame';
import { decodingBytes, encodingBytes } from '../../imaging/working-memory';
import { discard } from '../bytes';
import type { Decoding, Leased } from '../memory/image-memory';
import type { Archive } from '../ports';
import { FramePlaces, frameCount } from '../retrieve/frames';
import { bytesOf } from '../retrieve/instance-data';
import type { InstanceRow } from '../rows';

/** An instance whose frames can be decoded. */
export interface Image {
  readonly archive: Archive;
  readonly row: InstanceRow;
  readonly format: ImageFormat;
  readonly decoding: Decoding;
  /** The places of frames that are known, for a caller that decodes one frame after the other. */
  readonly places?: FramePlaces;
}

/** Compressions that the archive makes, in the order in which it offers them. The last one is lossy. */
const MADE = ['80', '90', '201', '202', '5', '50'].map((end) =>
  end === '5' ? '1.2.840.10008.1.2.5' : `1.2.840.10008.1.2.4.${end}`,
);

/**
 * The transfer syntaxes that an instance can be converted to, besides the one in which it is stored.
 * @param format undefined when it is not known yet: the list then names every transfer syntax that is possible for an
 * image
 */
export function conversionsOf(row: InstanceRow, format?: ImageFormat): string[] {
  const native = isNative(row.transferSyntaxUID);
  const decodable = native || decoderOf(row.transferSyntaxUID) !== undefined;
  if (row.layout.pixels === undefined) return native ? others(row, [EXPLICIT_LITTLE_ENDIAN]) : [];
  if (!decodable) return [];
  const compressed = format === undefined || (isPicture(format) && frameBytes(format) <= DECODED_LIMIT);
  // Without a whole frame there is nothing to compress.
  const encodable = compressed && hasFrames(row);
  return others(row, encodable ? [EXPLICIT_LITTLE_ENDIAN, ...MADE] : [EXPLICIT_LITTLE_ENDIAN]).filter(
    (uid) => format === undefined || holds(uid, format),
  );
}

/** Whether the instance has frames of which one is whole. */
export function hasFrames(row: InstanceRow): boolean {
  return row.layout.pixels !== undefined && frameCount(row) > 0;
}

/** Whether a compression takes such samples. It may still refuse a single frame of them. */
function holds(uid: string, { bitsAllocated, samplesPerPixel, photometricInterpretation }: ImageFormat): boolean {
  if (uid === JPEG_BASELINE) return bitsAllocated === 8;
  if (!JPEG_2000.has(uid) || samplesPerPixel === 1) return true;
  // Compressed colours are decoded to RGB. Native pixel data keeps its colours as they are.
  return bitsAllocated === 8 && photometricInterpretation !== 'YBR_FULL';
}

const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
const JPEG_2000 = new Set(['90', '201', '202'].map((end) => `1.2.840.10008.1.2.4.${end}`));

function others({ transferSyntaxUID }: InstanceRow, uids: readonly string[]): string[] {
  return uids.filter((uid) => uid !== transferSyntaxUID);
}

/** Whether frames are stored uncompressed in the data set, as in PS3.5 A.1 to A.3 and A.5. */
export function isNative(transferSyntaxUID: string): boolean {
  return transferSyntaxOf(transferSyntaxUID)?.encapsulated === false;
}

/** Whether compressions take the samples: PS3.5 8.2. */
function isPicture({ bitsAllocated, samplesPerPixel, sampleType, photometricInterpretation }: ImageFormat): boolean {
  return (
    sampleType === 'integer' &&
    (bitsAllocated === 8 || bitsAllocated === 16) &&
    (samplesPerPixel === 1 || samplesPerPixel === 3) &&
    !photometricInterpretation.startsWith('YBR_PARTIAL')
  );
}

/**
 * Reads and decodes a frame.
 * @param number from 1, at most frameCount
 * @param later bytes that are needed at once after that, including the decoded frame
 * @throws CodecError, ObjectMissing, TooMuchWorkError, UnavailableError
 */
export async function decodedFrame(image: Image, number: number, later = 0): Promise<Leased<Frame>> {
  const { archive, row, format, decoding } = image;
  const length = frameBytes(format);
  if (length > DECODED_LIMIT) throw new CodecError('too-large', 'the frame is too large to be decoded');
  const piece = await (image.places ?? new FramePlaces(archive, row)).of(number);
  if (piece === undefined) throw new CodecError('malformed', 'the instance does not have this frame');
  if (piece.length === 0) throw new CodecError('malformed', 'the frame has no data');
  const decode = isNative(row.transferSyntaxUID) ? native : decoderOf(row.transferSyntaxUID);
  // Native bytes are the frame itself.
  const coded = decode === native && piece.length === length ? 0 : piece.length;
  if (decode === undefined) throw new CodecError('unsupported', 'there is no decoder for this transfer syntax');
  if (length + coded > ROOM) throw new CodecError('too-large', 'the frame is too large to be decoded');
  const needed = coded === 0 ? length : decodingBytes(row.transferSyntaxUID, format, coded);
  const expected = Math.max(Math.min(ROOM, needed), later);
  const ahead = decoding.readAhead(piece.length, expected);
  let early: Uint8Array | undefined;
  try {
    early = ahead && (await bytesOf(archive, piece));
    return await withRoom(expected, (bytes) =>
      decoding.run(
        bytes,
        async (lease) => {
          const codeStream = early ?? (await bytesOf(archive, piece));
          // A second attempt reads the code stream again: the lease of the first attempt owns the code stream that was
          // read ahead.
          early = undefined;
          const frame = await decode(codeStream, format, bytes);
          discard(codeStream, frame.bytes);
          if (row.cleared !== undefined && decode !== native) clearFrame(frame);
          // A large frame keeps the whole buffer of its codec in memory.
          lease.shrink(frame.bytes.buffer.byteLength + Math.max(0, later - length));
          return frame;
        },
        ahead,
      ),
    );
  } catch (error) {
    if (early !== undefined) discard(early);
    ahead?.release();
    throw error;
  }
}

/** A code stream may have as many bits as the pixel cell, and some of these bits may not belong to the sample. */
function clearFrame({ format, bytes }: Frame): void {
  const { bitsAllocated: allocated, bitsStored, highBit: high, signed, sampleType } = format;
  const unused = { allocated, low: high - bitsStored + 1, high, signed };
  const isPlaced = bitsStored < allocated && unused.low >= 0 && high < allocated;
  if (sampleType === 'integer' && isPlaced && canClear(unused)) clearUnusedBits(bytes, unused);
}

/** Does the work. Repeats it once when it needs more memory than the attributes said. */
async function withRoom<Result>(expected: number, work: (bytes: number) => Promise<Result>): Promise<Result> {
  try {
    return await work(expected);
  } catch (error) {
    if (!(error instanceof CodecError) || error.needed === undefined || error.needed <= expected) throw error;
    return await work(error.needed);
  }
}

async function native(bytes: Uint8Array, format: ImageFormat): Promise<Frame> {
  const length = frameBytes(format);
  if (bytes.length < length) throw new CodecError('malformed', 'the frame is shorter than its description');
  return { format, bytes: bytes.length === length ? bytes : bytes.slice(0, length) };
}

/**
 * Converts a frame to another transfer syntax.
 * @throws as decodedFrame
 */
export async function convertedFrame(
  image: Image,
  number: number,
  transferSyntaxUID: string,
): Promise<Leased<EncodedFrame>> {
  if (transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN) {
    const more = bytesForDescribedFormat(image.format);
    const later = more === 0 ? 0 : frameBytes(image.format) + more;
    const { value: decoded, lease } = await decodedFrame(image, number, later);
    const frame = toDescribedFormat(decoded, image.format);
    if (frame.bytes !== decoded.bytes) discard(decoded.bytes, frame.bytes);
    lease.shrink(frame.bytes.buffer.byteLength);
    return { value: { codeStream: frame.bytes, format: frame.format }, lease };
  }
  const encode = encoderOf(transferSyntaxUID);
  if (encode === undefined) throw new CodecError('unsupported', 'there is no encoder for this transfer syntax');
  return await withRoom(encodingBytes(transferSyntaxUID, image.format), async (room) => {
    const { value: frame, lease } = await decodedFrame(image, number, room);
    try {
      const encoded = await encode(frame, { room });
      discard(frame.bytes, encoded.codeStream);
      lease.shrink(encoded.codeStream.buffer.byteLength);
      return { value: encoded, lease };
    } catch (error) {
      lease.release();
      throw error;
    }
  });
}
