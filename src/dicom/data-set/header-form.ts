import { vrOfTag } from '../dictionary/dictionary';
import { ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { UN, type ValueRepresentation, vrOfCode } from '../values/value-representations';
import type { ByteWindow } from './byte-window';

/** The length field of a value that a delimiter ends (PS3.5 7.1). */
export const UNDEFINED_LENGTH = 0xffffffff;

/** An unsigned 16-bit number in the byte order of the data set. */
export function readUint16(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return bigEndian ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]! | (bytes[at + 1]! << 8);
}

/** An unsigned 32-bit number in the byte order of the data set. */
export function readUint32(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return bigEndian
    ? ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    : (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Reads a tag: two 16-bit numbers, each in the byte order of the data set (PS3.5 7.1.1). */
export function readTag(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return readUint16(bytes, at, bigEndian) * 0x10000 + readUint16(bytes, at + 2, bigEndian);
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** What the bytes after a tag mean. When `vr` is undefined, the header is implicit, or may be. */
export interface HeaderForm {
  readonly vr: ValueRepresentation | undefined;
  /** Bytes of the header, 8 or 12. */
  readonly size: 8 | 12;
  /** Offset of the length field in the header; the offset also tells whether the field has 16 or 32 bits. */
  readonly lengthAt: 4 | 6 | 8;
}

const IMPLICIT: HeaderForm = { vr: undefined, size: 8, lengthAt: 4 };
/** An explicit header of unknown VR with a 16-bit length. */
export const SHORT_UNKNOWN: HeaderForm = { vr: UN, size: 8, lengthAt: 6 };
/** An explicit header of unknown VR with a 32-bit length. */
export const LONG_UNKNOWN: HeaderForm = { vr: UN, size: 12, lengthAt: 8 };
const FORMS = new Map<ValueRepresentation, HeaderForm>();

/**
 * The form of an explicit VR header whose first eight bytes are `bytes[at..at + 8)` (PS3.5 7.1.2). A VR of two letters
 * that the standard does not define has a 32-bit length, as all new VRs do (PS3.5 6.2), unless the two reserved bytes
 * are not zero. When the VR is not two capital letters, the result is IMPLICIT: some writers fall back to implicit VR
 * within an explicit data set, others write "??", blanks or something else before a 16-bit length. `namelessForm` tells
 * these cases apart.
 */
export function explicitForm(bytes: Uint8Array, at: number): HeaderForm {
  const first = bytes[at + 4]!;
  const second = bytes[at + 5]!;
  const vr = vrOfCode(first, second);
  if (vr !== undefined) {
    let form = FORMS.get(vr);
    if (form === undefined) {
      form = vr.long ? { vr, size: 12, lengthAt: 8 } : { vr, size: 8, lengthAt: 6 };
      FORMS.set(vr, form);
    }
    return form;
  }
  if (isUpper(first) && isUpper(second))
    return bytes[at + 6] === 0 && bytes[at + 7] === 0 ? LONG_UNKNOWN : SHORT_UNKNOWN;
  if (first === second && (first === 0x3f || first === 0x20)) return SHORT_UNKNOWN;
  return IMPLICIT;
}

/** Whether the first eight bytes of a data set look explicit: they have a VR where implicit headers have the length. */
export function looksExplicit(bytes: Uint8Array, at: number): boolean {
  return vrOfCode(bytes[at + 4]!, bytes[at + 5]!) !== undefined;
}

/** Where and how the next element is read: the properties of the data set that contains it. */
export interface Surroundings {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  /** The offset that the element must not exceed. */
  readonly limit: number;
  readonly pixelRepresentation: number | undefined;
}

/** @returns the form of the header at the start of the window; undefined when more bytes are needed */
export function headerForm(window: ByteWindow, around: Surroundings): HeaderForm | undefined {
  if (around.implicit) return IMPLICIT;
  const form = explicitForm(window.bytes, window.at);
  return form === IMPLICIT ? namelessForm(window, around) : form;
}

/** An implicit length below this is not tested any further: the header counts as implicit. */
const SHORTEST = 8;

/**
 * The form of a header whose VR bytes are not two capital letters. DCMTK takes all of these as an unknown VR before a
 * 16-bit length, pydicom takes them as implicit headers; both kinds of file exist. The bytes that follow decide: when
 * the 16-bit length leads to an element that may come next, the header is explicit.
 * @returns undefined when more bytes are needed
 */
function namelessForm(window: ByteWindow, around: Surroundings): HeaderForm | undefined {
  const { bytes, at } = window;
  if (isLongInSmallLetters(bytes, at)) return LONG_UNKNOWN;
  const implicitLength = readUint32(bytes, at + 4, around.bigEndian);
  const length = readUint16(bytes, at + 6, around.bigEndian);
  if (implicitLength < SHORTEST || implicitLength === UNDEFINED_LENGTH) return IMPLICIT;
  const end = 8 + length;
  const left = around.limit - window.offset;
  if (end > left) return IMPLICIT;
  if (end === left || 8 + implicitLength > left) return SHORT_UNKNOWN;
  const tag = readTag(bytes, at, around.bigEndian);
  if (window.peek(end + 8)) return mayFollow(window, end, tag, around) ? SHORT_UNKNOWN : IMPLICIT;
  if (!window.ended) return undefined;
  return window.available === end ? SHORT_UNKNOWN : IMPLICIT;
}

/** Whether the VR is in small letters and its length has 32 bits, after two reserved bytes. */
function isLongInSmallLetters(bytes: Uint8Array, at: number): boolean {
  const [first, second] = [bytes[at + 4]!, bytes[at + 5]!];
  if (!isSmall(first) || !isSmall(second) || bytes[at + 6] !== 0 || bytes[at + 7] !== 0) return false;
  return vrOfCode(first - 0x20, second - 0x20)?.long === true;
}

/** Whether an element that may come after this tag begins `distance` bytes further: elements ascend (PS3.5 7.1). */
function mayFollow({ bytes, at }: ByteWindow, distance: number, tag: number, around: Surroundings): boolean {
  const place = at + distance;
  const next = readTag(bytes, place, around.bigEndian);
  if (next >= ITEM && next <= SEQUENCE_DELIMITER) {
    return next === ITEM_DELIMITER && readUint32(bytes, place + 4, around.bigEndian) === 0;
  }
  if (next <= tag) return false;
  if (explicitForm(bytes, place) !== IMPLICIT) return true;
  const [first, second] = [bytes[place + 4]!, bytes[place + 5]!];
  const nameless = first === 0 ? second === 0 : isPrintable(first) && isPrintable(second);
  return nameless && vrOfTag(next) !== undefined;
}

/**
 * Whether the first eight bytes of a data set look implicit: the bytes where explicit headers have the VR cannot be a
 * VR, not even an unusual one.
 */
export function looksImplicit(bytes: Uint8Array, at: number): boolean {
  if (explicitForm(bytes, at) !== IMPLICIT || isLongInSmallLetters(bytes, at)) return false;
  const named = isPrintable(bytes[at + 4]!) && isPrintable(bytes[at + 5]!);
  // As a 32-bit length, these bytes would mean 64 KB or more. The first value of a data set is shorter.
  return !(named && (bytes[at + 6] !== 0 || bytes[at + 7] !== 0));
}

function isSmall(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}
