/* Files that come beside instances: on media, and in uploads. */

/** Bytes that are enough to recognise a file. */
export const HEAD_BYTES = 512;

/**
 * Whether a ZIP file begins so: with a member, with the end of an empty one, or with a part of a split one (APPNOTE 4.3).
 * @param head the file's first bytes
 */
export function isZip(head: Uint8Array): boolean {
  if (head.length < 4 || head[0] !== 0x50 || head[1] !== 0x4b) return false;
  const rest = (head[2]! << 8) | head[3]!;
  return rest === 0x0304 || rest === 0x0506 || rest === 0x0708;
}

/** Media Storage SOP Class UID (0002,0002) in Explicit VR Little Endian, and the UID of a Media Storage Directory. */
const MEDIA_STORAGE_DIRECTORY = '\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10';

/**
 * Whether a file is a DICOMDIR (PS3.3 F), which names files and is no instance. Its data set need not be readable.
 * @param head the file's first HEAD_BYTES bytes, or more, or all of a shorter file
 */
export function isDirectory(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(0, HEAD_BYTES)).includes(MEDIA_STORAGE_DIRECTORY);
}
