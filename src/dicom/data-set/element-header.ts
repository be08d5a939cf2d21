import { tagText, vrOfTag } from '../dictionary/dictionary';
import { PIXEL_DATA } from '../dictionary/tags';
import { DicomError } from '../errors';
import { SQ, UN, type ValueRepresentation, vrNamed } from '../values/value-representations';
import type { ByteWindow } from './byte-window';
import { explicitForm, IMPLICIT, lengthOf, readTag, UNDEFINED_LENGTH } from './header-form';
import { type Place, strangeForm } from './strange-header';

export { readTag, readUint16, readUint32, UNDEFINED_LENGTH } from './header-form';

/**
 * The VR of an element whose header has no VR, or UN (PS3.5 6.2.2 note 2, 7.8, annex A.1).
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

function isBytes(vr: ValueRepresentation): boolean {
  return vr.kind === 'bytes' && vr !== UN;
}

/** Where and how the next element is read: the properties of the data set that contains it. */
interface Surroundings extends Place {
  readonly implicit: boolean;
  readonly pixelRepresentation: number | undefined;
}

/** Tag, VR and length of a data element (PS3.5 7.1). One object serves for all elements of a data set. */
export class ElementHeader {
  tag = 0;
  vr: ValueRepresentation = UN;
  length = 0;
  size = 8;
  /**
   * The header says UN, so the value is implicit VR little endian, whatever the data set's encoding is (PS3.5 6.2.2
   * note 2).
   */
  unknown = false;
  /** Byte order of the value. */
  bigEndian = false;
  /** The header has no VR although the data set is explicit. */
  lacksVr = false;
  /** The header has a VR that the standard does not define. */
  strangeVr = false;
  /** The header has a meaning. Without one, only the tag and `lacksVr` can be used. */
  readable = true;
  /** What comes after the value must show whether the header was read as it was meant. */
  doubtful = false;
  /** The element has no VR and is not in its place: what comes after the value must show that it is an element. */
  displaced = false;
  /** The value consists of the items of encapsulated pixel data, also when it has a defined length. */
  encapsulated = false;

  /**
   * Reads tag, VR and length of the element at the start of the window, where at least eight bytes must be readable.
   * Consumes nothing.
   *
   * @returns false when more bytes are needed
   * @throws DicomError `malformed` when the element does not fit into the data set or item that contains it
   */
  read(window: ByteWindow, around: Surroundings): boolean {
    const { implicit, bigEndian } = around;
    const form = implicit ? IMPLICIT : (explicitForm(window.bytes, window.at) ?? strangeForm(window, around));
    if (form === undefined) return false;
    this.tag = readTag(window.bytes, window.at, bigEndian);
    this.readable = form !== 'none';
    this.displaced = false;
    if (form === 'none') {
      this.lacksVr = true;
      return true;
    }
    this.size = form.size;
    this.strangeVr = form.strange ?? false;
    this.lacksVr = form.vr === undefined && !implicit && !this.strangeVr;
    this.doubtful = form.doubtful ?? false;
    if (form.size === 12) {
      if (window.offset + 12 > around.limit) throw this.malformed();
      if (!window.peek(12)) return false;
    }
    this.length = lengthOf(form, window.bytes, window.at, bigEndian);
    this.encapsulated = false;
    this.unknown = form.vr === UN;
    this.bigEndian = bigEndian && !this.unknown;
    this.vr = form.vr === undefined || this.unknown ? impliedVr(this.tag, around.pixelRepresentation) : form.vr;
    // Undefined length without a VR can only be a sequence (PS3.5 6.2.2 note 2), or encapsulated pixel data.
    if (this.length === UNDEFINED_LENGTH && (form.vr === undefined || this.unknown) && !isBytes(this.vr)) this.vr = SQ;
    return true;
  }

  /**
   * Whether the value may still consist of items: in implicit VR, nothing gives the VR of a private attribute, and some
   * writers give encapsulated pixel data a defined length, against PS3.5 A.4.
   * @param encapsulates whether pixel data may be encapsulated here
   */
  mayBeItems(encapsulates: boolean): boolean {
    if (this.length < 8 || this.length === UNDEFINED_LENGTH) return false;
    return (encapsulates && this.tag === PIXEL_DATA) || (this.vr === UN && !this.unknown && !this.strangeVr);
  }

  /** Treats the element as a sequence, or as encapsulated pixel data. */
  beItems(): void {
    if (this.tag === PIXEL_DATA) this.encapsulated = true;
    else this.vr = SQ;
    this.unknown ||= !this.encapsulated;
  }

  /** The offset after the value; the offset after the header when the value ends at a delimiter. */
  end(window: ByteWindow): number {
    return window.offset + this.size + (this.length === UNDEFINED_LENGTH ? 0 : this.length);
  }

  /** The error for an element that cannot be read. */
  malformed(): DicomError {
    return new DicomError('malformed', 'the data set cannot be read', tagText(this.tag));
  }
}
