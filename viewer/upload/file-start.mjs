/**
 * How a DICOM file begins.
 * @typedef {object} FileStart
 * @property {Uint8Array} missing the bytes that it needs before it to be a Part 10 file (PS3.10 7.1), mostly none
 * @property {string} [transferSyntaxUID] of a data set without File Meta Information, as ACR-NEMA files have it
 */

const PREFIX = 'DICM';
const PREAMBLE = 128;

/** Implicit and Explicit VR Little Endian (PS3.5 A.1, A.2). */
const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

/**
 * Recognises a DICOM file by its bytes, as the archive does: src/dicom/part10/file-start.ts.
 * @param {Uint8Array} bytes the first 132 or more, or all of a shorter file
 * @returns {FileStart | undefined} nothing for another kind of file
 */
export function fileStart(bytes) {
  if (hasText(bytes, PREFIX, PREAMBLE)) return { missing: new Uint8Array() };
  if (hasText(bytes, PREFIX, 0)) return { missing: new Uint8Array(PREAMBLE) };
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const group = view.getUint16(0, true);
  if (group === 0x0002 && hasVr(bytes)) {
    const missing = new Uint8Array(PREAMBLE + PREFIX.length);
    missing.set(new TextEncoder().encode(PREFIX), PREAMBLE);
    return { missing };
  }
  // Data sets begin with the group of the identification, or with a group length (PS3.5 7.2).
  if (group !== 0x0008 || view.getUint16(2, true) > 0x0018) return undefined;
  if (hasVr(bytes)) return { missing: new Uint8Array(), transferSyntaxUID: EXPLICIT };
  const next = 8 + view.getUint32(4, true);
  const isImplicit =
    next <= 1024 && next + 4 <= bytes.length && [0x0008, 0x0009, 0x0010].includes(view.getUint16(next, true));
  return isImplicit ? { missing: new Uint8Array(), transferSyntaxUID: IMPLICIT } : undefined;
}

/** Whether a ZIP file begins so: with a member, with the end of an empty one, or a part of a split one (APPNOTE 4.3). @param {Uint8Array} bytes */
export function isZip(bytes) {
  return ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'].some((signature) => hasText(bytes, signature, 0));
}

/** Media Storage SOP Class UID (0002,0002) in Explicit VR Little Endian, and the UID of a Media Storage Directory. */
const DIRECTORY = '\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10';

/**
 * Whether a file is a DICOMDIR (PS3.3 F), as the archive recognises it: src/archive/upload/recognise.ts. Its data set need not be
 * readable.
 * @param {Uint8Array} bytes the first 512
 */
export function isDirectory(bytes) {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 512)).includes(DIRECTORY);
}

/** @param {Uint8Array} bytes @param {string} text @param {number} at */
function hasText(bytes, text, at) {
  return bytes.length >= at + text.length && [...text].every((char, index) => bytes[at + index] === char.charCodeAt(0));
}

/** Whether the first element has one of the VRs that elements there can have. @param {Uint8Array} bytes */
function hasVr(bytes) {
  return ['UL', 'UI', 'OB', 'CS', 'SH', 'LO', 'DA', 'TM', 'AE', 'UN'].some((vr) => hasText(bytes, vr, 4));
}
