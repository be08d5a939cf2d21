import { readTag, readUint32 } from '../data-set/header-form';
import { vrOfTag } from '../dictionary/dictionary';
import { vrOfCode } from '../values/value-representations';

/** Length of preamble and prefix in bytes (PS3.10 7.1). */
export const PREAMBLE_AND_PREFIX = 132;

const PREFIX = [0x44, 0x49, 0x43, 0x4d];
const PREAMBLE = PREAMBLE_AND_PREFIX - PREFIX.length;

/** Implicit VR Little Endian, Explicit VR Little Endian and Explicit VR Big Endian (PS3.5 A.1, A.2, A.3). */
export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const EXPLICIT_BIG = '1.2.840.10008.1.2.2';

/**
 * How a file begins.
 *
 * - `meta`: with File Meta Information, after `skip` bytes.
 * - `data-set`: with a data set, as in ACR-NEMA files and in data sets saved from a network association.
 */
export type FileStart =
  | { readonly kind: 'meta'; readonly skip: number }
  | { readonly kind: 'data-set'; readonly transferSyntaxUID: string };

/**
 * Detects how a file begins, by bytes with which no other kind of file begins.
 *
 * @param bytes the file's first bytes are `bytes[at..)`
 * @param length their number: PREAMBLE_AND_PREFIX or more, or fewer when the file is shorter. Further bytes change nothing: a Store
 * request, an upload and the upload page take the same files
 * @returns undefined when it is not a DICOM file
 */
export function fileStart(bytes: Uint8Array, at: number, length: number): FileStart | undefined {
  const available = Math.min(length, PREAMBLE_AND_PREFIX);
  if (available === PREAMBLE_AND_PREFIX && hasPrefix(bytes, at + PREAMBLE)) {
    return { kind: 'meta', skip: PREAMBLE_AND_PREFIX };
  }
  const skip = PREFIX.length;
  if (available >= skip + 8 && hasPrefix(bytes, at)) return { kind: 'meta', skip };
  if (available < 8) return undefined;
  if (beginsWithMeta(bytes, at)) return { kind: 'meta', skip: 0 };
  const transferSyntaxUID = dataSetSyntax(bytes, at, available);
  return transferSyntaxUID === undefined ? undefined : { kind: 'data-set', transferSyntaxUID };
}

function hasPrefix(bytes: Uint8Array, at: number): boolean {
  return PREFIX.every((byte, index) => bytes[at + index] === byte);
}

/** Whether an element of group 0002 begins here, in either byte order. */
function beginsWithMeta(bytes: Uint8Array, at: number): boolean {
  const little = readTag(bytes, at, false);
  const tag = little >>> 16 === 0x0002 ? little : readTag(bytes, at, true);
  if (tag >>> 16 !== 0x0002) return false;
  const name = vrOfTag(tag);
  return name !== undefined && (vrOfCode(bytes[at + 4]!, bytes[at + 5]!)?.name === name || isImplicitLength(bytes, at));
}

/** Whether File Meta Information is in implicit VR. PS3.10 7.1 does not allow this, but some writers do it. */
function isImplicitLength(bytes: Uint8Array, at: number): boolean {
  return readUint32(bytes, at + 4, false) <= 64;
}

/**
 * The transfer syntax of a data set, detected from its first elements. Undefined when the elements do not make it
 * certain.
 *
 * @param available the number of bytes that can be read, at least eight
 */
export function dataSetSyntax(bytes: Uint8Array, at: number, available: number): string | undefined {
  for (const bigEndian of [false, true]) {
    const tag = readTag(bytes, at, bigEndian);
    const name = standardVr(tag);
    if (name === undefined) continue;
    const vr = vrOfCode(bytes[at + 4]!, bytes[at + 5]!);
    // The name may list several VRs, such as "US or SS".
    if (vr !== undefined && (vr.name === 'UN' || name.includes(vr.name))) {
      return bigEndian ? EXPLICIT_BIG : EXPLICIT_LITTLE;
    }
    if (!bigEndian && isImplicit(bytes, at, available, tag)) return IMPLICIT_LITTLE;
  }
  return undefined;
}

/** Group lengths (PS3.5 7.2) come before the first group of a data set, whose number is small. */
const LAST_FIRST_GROUP = 0xff;

/** The VR of a standard attribute with which a data set may begin. */
function standardVr(tag: number): string | undefined {
  const group = tag >>> 16;
  if (group < 0x0004 || (group & 1) === 1) return undefined;
  if ((tag & 0xffff) === 0) return group <= LAST_FIRST_GROUP ? 'UL' : undefined;
  return vrOfTag(tag);
}

/** The first value of a data set is never longer; bytes. */
const MAX_FIRST_VALUE = 1024;

/** Whether a standard attribute of plausible length is followed by one with a higher tag, as far as the bytes reach. */
function isImplicit(bytes: Uint8Array, at: number, available: number, tag: number): boolean {
  const length = readUint32(bytes, at + 4, false);
  if (length > MAX_FIRST_VALUE || ((tag & 0xffff) === 0 && length !== 4)) return false;
  const next = 8 + length;
  if (next + 8 > available) return true;
  const following = readTag(bytes, at + next, false);
  return following > tag && (following >>> 16 === tag >>> 16 || standardVr(following) !== undefined);
}
