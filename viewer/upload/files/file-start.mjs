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
