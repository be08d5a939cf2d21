import { vrOfTag } from '../dictionary/dictionary';
import { ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { UN, type ValueRepresentation, vrOfCode } from '../values/value-representations';
import type { ByteWindow } from './byte-window';

export const UNDEFINED_LENGTH = 0xffffffff;

export function readUint16(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return bigEndian ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]! | (bytes[at + 1]! << 8);
}

export function readUint32(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return bigEndian
    ? ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    : (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** A tag is two 16-bit numbers, each in the byte order of the data set (PS3.5 7.1.1). */
export function readTag(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return readUint16(bytes, at, bigEndian) * 0x10000 + readUint16(bytes, at + 2, bigEndian);
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** What the bytes after a tag say; `undefined` VR: the header is, or may be, an implicit one. */
export interface HeaderForm {
  readonly vr: ValueRepresentation | undefined;
  /** Bytes of the header, 8 or 12. */
  readonly size: 8 | 12;
  /** Where in the header the length is, and whether it has 16 or 32 bits. */
  readonly lengthAt: 4 | 6 | 8;
}

const IMPLICIT: HeaderForm = { vr: undefined, size: 8, lengthAt: 4 };
export const SHORT_UNKNOWN: HeaderForm = { vr: UN, size: 8, lengthAt: 6 };
export const LONG_UNKNOWN: HeaderForm = { vr: UN, size: 12, lengthAt: 8 };
const FORMS = new Map<ValueRepresentation, HeaderForm>();

/**
 * Form of an explicit VR header whose first eight bytes are `bytes[at..at + 8)` (PS3.5 7.1.2). A VR of two letters that
 * the standard does not know has a 32-bit length, as all new VRs do (PS3.5 6.2), unless the bytes reserved then are not
 * zero. No capitals: writers exist that fall back to implicit VR within an explicit data set; others put "??", blanks or
 * something else before a 16-bit length. `namelessForm` tells them apart where this says IMPLICIT.
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

/** Whether the first eight bytes of a data set look explicit: a VR stands where implicit headers have the length. */
export function looksExplicit(bytes: Uint8Array, at: number): boolean {
  return vrOfCode(bytes[at + 4]!, bytes[at + 5]!) !== undefined;
}

/** Where and how the next element is read: the data set that it belongs to. */
export interface Surroundings {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  /** Offset that the element must not pass. */
  readonly limit: number;
  readonly pixelRepresentation: number | undefined;
}

/** @returns the form of the header that the window begins with; undefined when more bytes are needed */
export function headerForm(window: ByteWindow, around: Surroundings): HeaderForm | undefined {
  if (around.implicit) return IMPLICIT;
  const form = explicitForm(window.bytes, window.at);
  return form === IMPLICIT ? namelessForm(window, around) : form;
}

/** Values so short tell nothing of what follows them. */
const SHORTEST = 8;

/**
 * The form of a header with something that is no pair of capitals where the VR stands in explicit ones. DCMTK takes all of
 * these for a VR that is not known before a 16-bit length, pydicom for implicit headers; both kinds exist. What follows
 * decides: where a 16-bit length leads to an element that may come next, it is one.
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

/** A VR in small letters whose length has 32 bits, after two reserved bytes. */
function isLongInSmallLetters(bytes: Uint8Array, at: number): boolean {
  const [first, second] = [bytes[at + 4]!, bytes[at + 5]!];
  if (!isSmall(first) || !isSmall(second) || bytes[at + 6] !== 0 || bytes[at + 7] !== 0) return false;
  return vrOfCode(first - 0x20, second - 0x20)?.long === true;
}

/** Whether an element begins so many bytes on that may come after this tag: elements ascend (PS3.5 7.1). */
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
 * Whether the first eight bytes of a data set look implicit: nothing stands where explicit headers have the VR that could
 * be one, however strange.
 */
export function looksImplicit(bytes: Uint8Array, at: number): boolean {
  if (explicitForm(bytes, at) !== IMPLICIT || isLongInSmallLetters(bytes, at)) return false;
  const named = isPrintable(bytes[at + 4]!) && isPrintable(bytes[at + 5]!);
  // The first value of a data set has no 64 KB, which these bytes would say as a length of 32 bits.
  return !(named && (bytes[at + 6] !== 0 || bytes[at + 7] !== 0));
}

function isSmall(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}
