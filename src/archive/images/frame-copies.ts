import { CodecError } from '../../imaging/codec';
import { decoderOf } from '../../imaging/codecs';
import { type Frame, frameBytes, type ImageFormat } from '../../imaging/frame';
import { decodingBytes } from '../../imaging/working-memory';
import { type ObjectPiece, objectPiece } from '../body/pieces';
import { ObjectMissing } from '../body/stream-pieces';
import { discard } from '../bytes';
import type { SeriesIdentity } from '../identities';
import { instanceKey } from '../object-keys';
import type { Archive, FrameCopy } from '../ports';
import { frameCount } from '../retrieve/frames';
import type { InstanceDataCache } from '../retrieve/instance-data';
import type { InstanceRow } from '../rows';
import { conversionsOf, convertedFrame, decodedFrame, type Image } from './transcode';

/*
 * A viewer on a slow line waits for bytes. So the archive keeps a losslessly compressed copy beside each single
 * uncompressed frame. A background run makes the copy, so that no request waits for the compression. A viewer that
 * names the transfer syntax of the copy gets the copy, which has about half the length. The file stays as it arrived,
 * and a request for the stored transfer syntax gets the stored bytes.
 */

/**
 * JPEG-LS lossless: every viewer that decodes compressed images decodes it, and no other lossless compression gives
 * shorter CT images.
 */
export const COPY_TRANSFER_SYNTAX = '1.2.840.10008.1.2.4.80';

/** Bytes of the longest frame that is copied: the code stream is held in memory while it is compared. */
const LONGEST_COPIED = 16 * 1024 * 1024;

/** Bytes of the shortest frame that is copied. A shorter frame takes one or two packets in any form. */
const SHORTEST_COPIED = 16 * 1024;

/** A copy is kept only when its length is less than this share of the frame's length. */
const WORTH = 0.9;

/** Whether an instance's frame has a copy. */
export function hasFrameCopy({ layout: { copyLength = 0 } }: InstanceRow): boolean {
  return copyLength > 0;
}

/** Whether an instance may get a copy that it does not have yet. The attributes decide later: see isCopied. */
export function awaitsFrameCopy(row: InstanceRow): boolean {
  const { copyLength, pixels } = row.layout;
  return (
    copyLength === undefined && pixels?.kind === 'native' && pixels.length >= SHORTEST_COPIED && frameCount(row) === 1
  );
}

/** The place of the copy of an instance's frame; undefined when there is no copy. */
export function frameCopy(row: InstanceRow): ObjectPiece | undefined {
  const { copyLength = 0 } = row.layout;
  return copyLength === 0 ? undefined : objectPiece(instanceKey(row, row.version, 'copy'), 0, copyLength);
}

/** The memory of an isolate for images, and the attributes of instances that it has read. */
export type Imaging = Pick<Image, 'decoding'> & { readonly instanceData: InstanceDataCache };

/** Instances of a series that are looked up, and whose copies are recorded, at a time. */
const TOGETHER = 50;

/**
 * Makes the copies that a series does not have yet.
 * @param turn waits for the turn of the next copy, which takes 30 to 40 ms of CPU; false: there is no more time
 * @returns whether all copies are made
 * @throws UnavailableError when the isolate has no memory for images at the moment
 */
export async function copyFrames(
  archive: Archive,
  series: SeriesIdentity,
  imaging: Imaging,
  turn: () => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    const rows = await archive.index.framesToCopy(series, TOGETHER);
    const copies: FrameCopy[] = [];
    try {
      for (const row of rows) {
        if (!(await turn())) return false;
        const copy = await copyOf(archive, row, imaging);
        if (copy !== undefined) await archive.objects.put(instanceKey(row, row.version, 'copy'), copy);
        // No instance is tried twice: length 0 says that it has no copy.
        copies.push({ id: row.id, version: row.version, length: copy?.length ?? 0 });
      }
    } finally {
      if (copies.length > 0) await archive.index.keepFrameCopies(copies);
    }
    if (rows.length < TOGETHER) return true;
  }
}

/** @returns undefined when no copy can be made, or when the copy is not short enough */
async function copyOf(archive: Archive, row: InstanceRow, imaging: Imaging): Promise<Uint8Array | undefined> {
  try {
    const { format } = await imaging.instanceData.find(archive, row);
    if (format === undefined || !isCopied(row, format)) return undefined;
    const image = { archive, row, format, decoding: imaging.decoding };
    const copy = await encoded(image);
    if (copy === undefined || copy.length > WORTH * frameBytes(format)) return undefined;
    // A copy whose pixels differ from the frame's is never kept, whatever the reason.
    return (await digestOfSource(image)) === (await digestOfCopy(image, copy)) ? copy : undefined;
  } catch (error) {
    if (error instanceof CodecError || error instanceof ObjectMissing) return undefined;
    throw error;
  }
}

/**
 * A viewer uses the values of its decoder as samples: it does not extend the sign of 12 bits, and does not shift
 * samples to the position that High Bit names. So only images whose decoded samples equal the stored words have copies.
 */
function isCopied(row: InstanceRow, format: ImageFormat): boolean {
  const length = frameBytes(format);
  const { samplesPerPixel, bitsAllocated, bitsStored, highBit, signed } = format;
  const { pixels } = row.layout;
  return (
    samplesPerPixel === 1 &&
    bitsAllocated === (bitsStored > 8 ? 16 : 8) &&
    highBit === bitsStored - 1 &&
    (!signed || bitsStored === bitsAllocated) &&
    pixels?.kind === 'native' &&
    pixels.bitsPerFrame === length * 8 &&
    pixels.length >= length &&
    length >= SHORTEST_COPIED &&
    length <= LONGEST_COPIED &&
    conversionsOf(row, format).includes(COPY_TRANSFER_SYNTAX)
  );
}

/**
 * The code stream, in memory of its own; undefined when the metadata would have to describe the compressed image
 * differently.
 */
async function encoded(image: Image): Promise<Uint8Array | undefined> {
  const { value, lease } = await convertedFrame(image, 1, COPY_TRANSFER_SYNTAX);
  try {
    const { codeStream, format } = value;
    const copy = isAlike(format, image.format) ? codeStream.slice() : undefined;
    discard(codeStream);
    return copy;
  } finally {
    lease.release();
  }
}

/** Compares the attributes by which the metadata describes the samples. A viewer reads the copy by them. */
function isAlike(one: ImageFormat, other: ImageFormat): boolean {
  return (['rows', 'columns', 'samplesPerPixel', 'bitsAllocated', 'bitsStored', 'signed'] as const).every(
    (name) => one[name] === other[name],
  );
}

async function digestOfSource(image: Image): Promise<string> {
  const { value, lease } = await decodedFrame(image, 1);
  return await digestOf(value, lease);
}

async function digestOfCopy({ decoding, format }: Image, copy: Uint8Array): Promise<string> {
  const decode = decoderOf(COPY_TRANSFER_SYNTAX);
  if (decode === undefined) throw new CodecError('unsupported', 'there is no decoder for this transfer syntax');
  const bytes = decodingBytes(COPY_TRANSFER_SYNTAX, format, copy.length);
  const { value, lease } = await decoding.run(bytes, async () => await decode(copy, format, bytes));
  return await digestOf(value, lease);
}

async function digestOf({ bytes }: Frame, lease: { release(): void }): Promise<string> {
  try {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    discard(bytes);
    return digest.join();
  } finally {
    lease.release();
  }
}
