import { type ValueRepresentation, vrOfCode } from '../values/value-representations';

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

/** What the bytes after a tag mean. */
export interface HeaderForm {
  /** Undefined when the header is implicit, or when its VR is strange. */
  readonly vr: ValueRepresentation | undefined;
  /** Bytes of the header, 8 or 12. */
  readonly size: 8 | 12;
  /** Offset of the length field in the header; the offset also tells whether the field has 16 or 32 bits. */
  readonly lengthAt: 4 | 6 | 8;
  /** The header has a VR that the standard does not define. */
  readonly strange?: true;
  /** The value is too long to look behind it, so this form is a guess until its end has been reached. */
  readonly doubtful?: true;
}

/** A header without a VR: a 32-bit length follows the tag (PS3.5 7.1.3). */
export const IMPLICIT: HeaderForm = { vr: undefined, size: 8, lengthAt: 4 };
const FORMS = new Map<ValueRepresentation, HeaderForm>();

/**
 * The form of an explicit VR header whose first eight bytes are `bytes[at..at + 8)` (PS3.5 7.1.2).
 *
 * @returns undefined when the standard does not define the VR
 */
export function explicitForm(bytes: Uint8Array, at: number): HeaderForm | undefined {
  const vr = vrOfCode(bytes[at + 4]!, bytes[at + 5]!);
  if (vr === undefined) return undefined;
  let form = FORMS.get(vr);
  if (form === undefined) {
    form = vr.long ? { vr, size: 12, lengthAt: 8 } : { vr, size: 8, lengthAt: 6 };
    FORMS.set(vr, form);
  }
  return form;
}

/** Whether the first eight bytes of a data set look explicit: they have a VR where implicit headers have the length. */
export function looksExplicit(bytes: Uint8Array, at: number): boolean {
  return vrOfCode(bytes[at + 4]!, bytes[at + 5]!) !== undefined;
}

/** The length field of the header of this form at `bytes[at]`. */
export function lengthOf(form: HeaderForm, bytes: Uint8Array, at: number, bigEndian: boolean): number {
  const read = form.lengthAt === 6 ? readUint16 : readUint32;
  return read(bytes, at + form.lengthAt, bigEndian);
}
