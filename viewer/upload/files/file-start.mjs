import { PREAMBLE_AND_PREFIX, fileStart as startInArchive } from '../../../src/dicom/part10/file-start.ts';

/**
 * How a DICOM file begins.
 * @typedef {object} FileStart
 * @property {Uint8Array} missing the bytes that it needs before it to be a Part 10 file (PS3.10 7.1), mostly none
 * @property {string} [transferSyntaxUID] of a data set without File Meta Information, as ACR-NEMA files have it
 */

const PREFIX = 'DICM';

/**
 * Recognises a DICOM file by its bytes, with the code of the archive: what the archive stores is not left out.
 * @param {Uint8Array} bytes the first 132 or more, or all of a shorter file
 * @returns {FileStart | undefined} nothing for another kind of file
 */
export function fileStart(bytes) {
  const start = startInArchive(bytes, 0, bytes.length);
  if (start?.kind !== 'meta') return start && { missing: new Uint8Array(), transferSyntaxUID: start.transferSyntaxUID };
  const missing = new Uint8Array(PREAMBLE_AND_PREFIX - start.skip);
  if (start.skip === 0) missing.set(new TextEncoder().encode(PREFIX), PREAMBLE_AND_PREFIX - PREFIX.length);
  return { missing };
}

/** Whether a ZIP file begins so: with a member, with the end of an empty one, or a part of a split one (APPNOTE 4.3). @param {Uint8Array} bytes */
export function isZip(bytes) {
  return ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'].some((signature) => beginsWith(bytes, signature));
}

/** Media Storage SOP Class UID (0002,0002) in Explicit VR Little Endian, and the UID of a Media Storage Directory. */
const DIRECTORY = '\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10';

/**
 * Whether a file is a DICOMDIR (PS3.3 F), as the archive recognises it: src/archive/upload/ingest/recognise.ts. Its data set need not be
 * readable.
 * @param {Uint8Array} bytes the first 512
 */
export function isDirectory(bytes) {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 512)).includes(DIRECTORY);
}

/** @param {Uint8Array} bytes @param {string} text */
function beginsWith(bytes, text) {
  return bytes.length >= text.length && [...text].every((char, index) => bytes[index] === char.charCodeAt(0));
}
