import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { fileMeta } from '../dicom/file-meta.mjs';
import { nativeImage } from './native-image.mjs';
import { packFrame, unpackFrame } from './rle.mjs';

const RLE_LOSSLESS = '1.2.840.10008.1.2.5';

/** A longer frame is not held. */
const MOST_FRAME_BYTES = 256 * 1024 * 1024;

/** A file that would become only a little shorter stays as it was sent. */
const WORTH = 0.95;

/**
 * Compresses the file of an entry without loss, if it is an uncompressed image of a plain kind. The UIDs and all attributes but
 * the pixels stay as they are; the pixels of each frame are unpacked again and compared before they are written. The same file
 * gives the same file, so that an instance that is sent again is known to the archive.
 * @param {import('../outbox/entry-name.mjs').Entry} entry
 * @param {string} path of its file
 * @param {() => Promise<import('../outbox/incoming-file.mjs').IncomingFile>} create a file for the result
 * @returns {Promise<import('../outbox/incoming-file.mjs').IncomingFile | undefined>} with everything written; undefined:
 *   the entry stays as it is
 */
export async function compressed(entry, path, create) {
  const image = await nativeImage(createReadStream(path), entry.bytes).catch(() => undefined);
  if (image === undefined) return undefined;
  const { head, of, frames, pixelsFrom, pixelsTo, sopClassUID } = image;
  const frameBytes = of.rows * of.columns * of.size;
  if (frameBytes > MOST_FRAME_BYTES) return undefined;
  const source = await open(path, 'r');
  const file = await create();
  let isWorth = false;
  try {
    const { sopInstanceUID, aeTitle } = entry;
    await file.write(
      fileMeta({ sopClassUID, sopInstanceUID, transferSyntaxUID: RLE_LOSSLESS, sourceAETitle: aeTitle }),
    );
    await file.write(head);
    // Pixel Data of undefined length, and an empty Basic Offset Table: PS3.5 A.4.
    await file.write(Buffer.from('e07f1000' + '4f420000' + 'ffffffff' + 'feff00e0' + '00000000', 'hex'));
    const before = Buffer.alloc(pixelsFrom);
    await exactly(source, before, 0);
    const hash = createHash('sha256').update(before);
    const frame = Buffer.alloc(frameBytes);
    for (let at = 0; at < frames; at++) {
      await exactly(source, frame, pixelsFrom + at * frameBytes);
      hash.update(frame);
      const packed = packFrame(frame, of);
      const unpacked = unpackFrame(packed, of);
      if (unpacked === undefined || Buffer.compare(unpacked, frame) !== 0) return undefined;
      await file.write(item(packed.length));
      await file.write(packed);
      if (file.bytes > WORTH * entry.bytes) return undefined;
      await turn();
    }
    await file.write(Buffer.from('feffdde0' + '00000000', 'hex'));
    const padding = Buffer.alloc(pixelsTo - pixelsFrom - frames * frameBytes);
    await exactly(source, padding, pixelsTo - padding.length);
    hash.update(padding);
    for (let at = pixelsTo; at < entry.bytes; ) {
      const rest = Buffer.alloc(Math.min(64 * 1024, entry.bytes - at));
      await exactly(source, rest, at);
      hash.update(rest);
      await file.write(rest);
      at += rest.length;
    }
    // A file that has changed on the disk must not get a new digest.
    const isWhole = hash.digest('hex') === entry.sha256 && before.includes(head);
    isWorth = isWhole && file.bytes <= WORTH * entry.bytes;
    return isWorth ? file : undefined;
  } finally {
    await source.close();
    if (!isWorth) await file.discard();
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} source
 * @param {Buffer} bytes to be filled
 * @param {number} position
 */
async function exactly(source, bytes, position) {
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await source.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) throw new Error('the file has become shorter');
    filled += bytesRead;
  }
}

/** The head of a fragment. @param {number} length */
function item(length) {
  const head = Buffer.from('feff00e0' + '00000000', 'hex');
  head.writeUInt32LE(length, 4);
  return head;
}
