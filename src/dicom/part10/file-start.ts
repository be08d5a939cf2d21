import { readTag, readUint32 } from '../data-set/element-header';
import { vrOfTag } from '../dictionary/dictionary';
import { vrOfCode } from '../values/value-representations';

/** Bytes of preamble and prefix (PS3.10 7.1). */
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
 * - `data-set`: with a data set, as ACR-NEMA files do and what was cut out of an association.
 */
export type FileStart =
  | { readonly kind: 'meta'; readonly skip: number }
  | { readonly kind: 'data-set'; readonly transferSyntaxUID: string };

/**
 * Tells how a file begins, by what no other file begins with.
 *
 * @param bytes the file's first `available` bytes are `bytes[at..)`: PREAMBLE_AND_PREFIX of them, fewer if it has no more
 * @returns undefined when it is no DICOM file
 */
export function fileStart(bytes: Uint8Array, at: number, available: number): FileStart | undefined {
  if (available >= PREAMBLE_AND_PREFIX && hasPrefix(bytes, at + PREAMBLE)) {
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

/** Whether an element of group 0002 stands here, in either byte order. */
function beginsWithMeta(bytes: Uint8Array, at: number): boolean {
  const little = readTag(bytes, at, false);
  const tag = little >>> 16 === 0x0002 ? little : readTag(bytes, at, true);
  if (tag >>> 16 !== 0x0002) return false;
  const name = vrOfTag(tag);
  return name !== undefined && (vrOfCode(bytes[at + 4]!, bytes[at + 5]!)?.name === name || isImplicitLength(bytes, at));
}

/** File Meta Information in implicit VR: against PS3.10 7.1, but written. */
function isImplicitLength(bytes: Uint8Array, at: number): boolean {
  return readUint32(bytes, at + 4, false) <= 64;
}

/**
 * The transfer syntax that a data set is in, by its first elements; nothing is taken for one that only might be.
 *
 * @param available bytes to be seen, eight at least
 */
export function dataSetSyntax(bytes: Uint8Array, at: number, available: number): string | undefined {
  for (const bigEndian of [false, true]) {
    const tag = readTag(bytes, at, bigEndian);
    const name = standardVr(tag);
    if (name === undefined) continue;
    const vr = vrOfCode(bytes[at + 4]!, bytes[at + 5]!);
    // "US or SS" and the like are several names.
    if (vr !== undefined && (vr.name === 'UN' || name.includes(vr.name))) {
      return bigEndian ? EXPLICIT_BIG : EXPLICIT_LITTLE;
    }
    if (!bigEndian && isImplicit(bytes, at, available, tag)) return IMPLICIT_LITTLE;
  }
  return undefined;
}

/** Group lengths (PS3.5 7.2) stand before the groups that a data set may begin with, whose numbers are small. */
const LAST_FIRST_GROUP = 0xff;

/** The VR of a standard attribute that a data set may begin with. */
function standardVr(tag: number): string | undefined {
  const group = tag >>> 16;
  if (group < 0x0004 || (group & 1) === 1) return undefined;
  if ((tag & 0xffff) === 0) return group <= LAST_FIRST_GROUP ? 'UL' : undefined;
  return vrOfTag(tag);
}

/** The first value of a data set is never longer. */
const MAX_FIRST_VALUE = 1024;

/** Whether a standard attribute of plausible length is followed by another of a higher tag, as far as can be seen. */
function isImplicit(bytes: Uint8Array, at: number, available: number, tag: number): boolean {
  const length = readUint32(bytes, at + 4, false);
  if (length > MAX_FIRST_VALUE || ((tag & 0xffff) === 0 && length !== 4)) return false;
  const next = 8 + length;
  if (next + 8 > available) return true;
  const following = readTag(bytes, at + next, false);
  return following > tag && (following >>> 16 === tag >>> 16 || standardVr(following) !== undefined);
}
