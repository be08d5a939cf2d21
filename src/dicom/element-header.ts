import type { ByteWindow } from './byte-window';
import { tagText, vrOfTag } from './dictionary';
import { DicomError } from './errors';
import { SQ, UN, type ValueRepresentation, vrNamed, vrOfCode } from './value-representations';

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

/** What the bytes after a tag say; `undefined` VR: the header is an implicit one. */
export interface HeaderForm {
  readonly vr: ValueRepresentation | undefined;
  /** Bytes of the header, 8 or 12. */
  readonly size: 8 | 12;
  /** Where in the header the length is, and whether it has 16 or 32 bits. */
  readonly lengthAt: 4 | 6 | 8;
}

const IMPLICIT: HeaderForm = { vr: undefined, size: 8, lengthAt: 4 };
const SHORT_UNKNOWN: HeaderForm = { vr: UN, size: 8, lengthAt: 6 };
const LONG_UNKNOWN: HeaderForm = { vr: UN, size: 12, lengthAt: 8 };
const FORMS = new Map<ValueRepresentation, HeaderForm>();

/**
 * Form of an explicit VR header whose first eight bytes are `bytes[at..at + 8)` (PS3.5 7.1.2). A VR of two letters that
 * the standard does not know has a 32-bit length, as all new VRs do (PS3.5 6.2), unless the bytes reserved then are not
 * zero. No letters at all: writers exist that fall back to implicit VR within an explicit data set; others put "??"
 * or blanks before a 16-bit length.
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

/** Whether they look implicit: no letters where explicit headers have the VR. */
export function looksImplicit(bytes: Uint8Array, at: number): boolean {
  return explicitForm(bytes, at) === IMPLICIT;
}

/**
 * VR of an element that carries none, or UN (PS3.5 6.2.2 note 2, 7.8, annex A.1).
 *
 * @param pixelRepresentation of the nearest data set that has one: decides between US and SS
 */
function impliedVr(tag: number, pixelRepresentation: number | undefined): ValueRepresentation {
  const group = tag >>> 16;
  const element = tag & 0xffff;
  if (element === 0) return vrNamed('UL');
  if ((group & 1) === 1) return element >= 0x10 && element <= 0xff ? vrNamed('LO') : UN;
  const name = vrOfTag(tag);
  switch (name) {
    case undefined:
      return UN;
    case 'US or SS':
      return vrNamed(pixelRepresentation === 1 ? 'SS' : 'US');
    case 'OB or OW':
    case 'US or OW':
    case 'US or SS or OW':
      return vrNamed('OW');
    default:
      return vrNamed(name);
  }
}

/** Where and how the next element is read: the data set that it belongs to. */
interface Surroundings {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  /** Offset that the element must not pass. */
  readonly limit: number;
  readonly pixelRepresentation: number | undefined;
}

/** Tag, VR and length of a data element (PS3.5 7.1). One object serves for all elements of a data set. */
export class ElementHeader {
  tag = 0;
  vr: ValueRepresentation = UN;
  length = 0;
  size = 8;
  /** It came as UN, so its value is implicit VR little endian whatever surrounds it (PS3.5 6.2.2 note 2). */
  unknown = false;
  /** Byte order of the value. */
  bigEndian = false;
  /** It has no VR although the data set is explicit. */
  lacksVr = false;
  /** It has a VR that the standard does not know. */
  strangeVr = false;

  /**
   * Reads tag, VR and length of the element that the window begins with, eight bytes of which can be seen. Consumes
   * nothing.
   *
   * @returns false when more bytes are needed
   * @throws DicomError `malformed` when the element does not fit into what it lies in
   */
  read(window: ByteWindow, around: Surroundings): boolean {
    const { bigEndian } = around;
    const form = around.implicit ? IMPLICIT : explicitForm(window.bytes, window.at);
    this.tag = readTag(window.bytes, window.at, bigEndian);
    this.size = form.size;
    this.lacksVr = form.vr === undefined && !around.implicit;
    this.strangeVr = form === LONG_UNKNOWN || form === SHORT_UNKNOWN;
    if (form.size === 12) {
      if (window.offset + 12 > around.limit) throw this.malformed();
      if (!window.peek(12)) return false;
    }
    const lengthAt = window.at + form.lengthAt;
    this.length =
      form.lengthAt === 6
        ? readUint16(window.bytes, lengthAt, bigEndian)
        : readUint32(window.bytes, lengthAt, bigEndian);
    this.unknown = form.vr === UN;
    this.bigEndian = bigEndian && !this.unknown;
    this.vr = form.vr === undefined || this.unknown ? impliedVr(this.tag, around.pixelRepresentation) : form.vr;
    // Nothing but a sequence may be of undefined length and of a VR that is not known (PS3.5 6.2.2 note 2).
    if (this.vr === UN && this.length === UNDEFINED_LENGTH) this.vr = SQ;
    return true;
  }

  /** Whether the value may be items all the same: nothing tells the VR of a private attribute in implicit VR. */
  get mayBeSequence(): boolean {
    return this.vr === UN && !this.unknown && this.length >= 8;
  }

  /** Takes it for a sequence. */
  beSequence(): void {
    this.vr = SQ;
    this.unknown = true;
  }

  /** One past the value; past the header when only a delimiter tells its end. */
  end(window: ByteWindow): number {
    return window.offset + this.size + (this.length === UNDEFINED_LENGTH ? 0 : this.length);
  }

  malformed(): DicomError {
    return new DicomError('malformed', 'the data set cannot be read', tagText(this.tag));
  }
}
