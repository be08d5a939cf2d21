import { HEAD_BYTES, readHead, type Size } from '../../imaging/code-stream-head';
import { CodecError } from '../../imaging/codec';
import { RenderError } from '../../imaging/render/settings';
import { logFailure } from '../../log';
import { BrokenOff } from '../body/broken-off';
import type { ObjectPiece } from '../body/pieces';
import { ITEM_HEADER_BYTES } from '../body/transforms';
import { discard } from '../bytes';
import { instanceKey } from '../object-keys';
import type { FramePlaces } from '../retrieve/frames';
import { bytesOf } from '../retrieve/instance-data';
import type { InstanceRow } from '../rows';
import { TooMuchWorkError } from '../unavailable';
import { decodedFrame, type Image } from './transcode';

/** No JPEG of any kind is shorter: its markers alone take more bytes. */
const SHORTEST_JPEG = 12;

/** Frames whose headers are read before an answer begins: each is a read of R2. */
const MOST_HEADS = 50;

/** Six connections may wait for an answer at the same time. */
const HEADS_AT_ONCE = 5;

/** The header of a frame in several fragments is read with the whole frame, so only short ones are. */
const LONGEST_JOINED = 256 * 1024;

/**
 * Finds frames that cannot be decoded before anything is sent: of all frames those without data, which slide scanners
 * write for areas without tissue, and of the first 50 those whose header is not that of a code stream. A frame in which the
 * file ends is decoded. What else is wrong after a header shows only when the frame is decoded.
 * @param numbers all frames that the caller will ask for
 * @param alike the frames have to have the same size
 * @throws CodecError, ObjectMissing, TooMuchWorkError, UnavailableError
 */
export async function ensureFrames(
  image: Image,
  places: FramePlaces,
  numbers: readonly number[],
  alike: boolean,
): Promise<void> {
  const { archive, row, format } = image;
  if (row.layout.pixels?.kind !== 'encapsulated') return;
  const { transferSyntaxUID } = row;
  const least = transferSyntaxUID.startsWith('1.2.840.10008.1.2.4.') ? SHORTEST_JPEG : 1;
  const pieces = await places.expect(numbers);
  if (pieces.some(({ length }) => length < least)) throw new CodecError('malformed', 'a frame has no data');
  // A single frame is decoded at once, so its header need not be read before.
  if (numbers.length === 1) return;
  const heads = pieces.slice(0, MOST_HEADS).filter(({ transform, span }) => !transform || span <= LONGEST_JOINED);
  const sizes: (Size | undefined)[] = [];
  for (let at = 0; at < heads.length; at += HEADS_AT_ONCE) {
    const reading = heads.slice(at, at + HEADS_AT_ONCE).map(async (piece) => {
      return readHead(transferSyntaxUID, await bytesOf(archive, headOf(piece)), piece.length, format);
    });
    sizes.push(...(await Promise.all(reading)));
  }
  const [first, ...others] = sizes.filter((size) => size !== undefined);
  if (alike && others.some(({ rows, columns }) => rows !== first?.rows || columns !== first.columns)) {
    throw new CodecError('unsupported', 'the frames of the image differ in size');
  }
  const cut = pieces.findIndex((piece) => isCutOff(row, piece));
  if (cut < 0) return;
  const { value, lease } = await decodedFrame({ ...image, places }, numbers[cut]!);
  discard(value.bytes);
  lease.release();
}

function headOf(piece: ObjectPiece): ObjectPiece {
  if (piece.transform !== undefined || piece.span <= HEAD_BYTES) return piece;
  return { ...piece, span: HEAD_BYTES, length: HEAD_BYTES };
}

/**
 * Whether the file ends within or right behind the frame. A Sequence Delimitation Item follows the last frame of pixel data
 * that is there whole (PS3.5 A.4).
 */
function isCutOff({ byteLength, layout }: InstanceRow, { offset, span }: ObjectPiece): boolean {
  return layout.object === 'dcm' && offset + span + ITEM_HEADER_BYTES > byteLength;
}

/**
 * Makes a frame of an answer that has begun. When the frame cannot be decoded, the answer breaks off, and only the log can
 * say why.
 * @throws BrokenOff
 */
export async function loggingBreak<Made>(row: InstanceRow, frame: number, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof CodecError || error instanceof RenderError || error instanceof TooMuchWorkError) {
      const object = instanceKey(row, row.version, 'dcm');
      throw new BrokenOff(error, () => logFailure('frame-undecodable', error, { object, frame }));
    }
    throw error;
  }
}
