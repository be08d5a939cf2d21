import { tagText, vrOfTag } from '../dictionary/dictionary';
import { DicomError } from '../errors';
import { SQ, UN, type ValueRepresentation, vrNamed } from '../values/value-representations';
import type { ByteWindow } from './byte-window';
import {
  headerForm,
  LONG_UNKNOWN,
  readTag,
  readUint16,
  readUint32,
  SHORT_UNKNOWN,
  type Surroundings,
  UNDEFINED_LENGTH,
} from './header-form';

export { readTag, readUint16, readUint32, UNDEFINED_LENGTH } from './header-form';

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
    const form = headerForm(window, around);
    if (form === undefined) return false;
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
