import { vrOfTag } from '../dictionary/dictionary';
import { ITEM, ITEM_DELIMITER, PIXEL_DATA, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { vrNamed, vrOfCode } from '../values/value-representations';
import type { ByteWindow } from './byte-window';
import { explicitForm, type HeaderForm, IMPLICIT, lengthOf, readTag, UNDEFINED_LENGTH } from './header-form';

/** Where an element is read: the properties of the data set that contains it. */
export interface Place {
  readonly bigEndian: boolean;
  /** The offset that the element must not exceed. */
  readonly limit: number;
}

/** How well bytes fit as what comes after a value; 0: not at all. */
export type Fit = 0 | 1 | 2 | 3;

/** Judges the eight bytes that are `distance` bytes after the start of an element with this tag. */
export type Judge = (window: ByteWindow, distance: number, tag: number, place: Place) => Fit;

/** A header of strange VR with a 16-bit length. */
const SHORT: HeaderForm = { vr: undefined, size: 8, lengthAt: 6, strange: true };
/** A header of strange VR with a 32-bit length, after two reserved bytes of zero. */
const LONG: HeaderForm = { vr: undefined, size: 12, lengthAt: 8, strange: true };
const DOUBTFUL_LONG: HeaderForm = { ...LONG, doubtful: true };
const DOUBTFUL_IMPLICIT: HeaderForm = { ...IMPLICIT, doubtful: true };

/** The longest value behind which the reader looks, in bytes: it must hold them all at once. */
export const LOOK_AHEAD = 65_536;

/**
 * The form of a header whose VR the standard does not define ("--", "0W", NUL, "ZZ"). Such a header has a 16-bit
 * length, a 32-bit length after two reserved bytes (PS3.5 7.1.2), or no VR at all. What comes after the value decides;
 * where several forms fit equally well, the VR that the attribute has in PS3.6 decides.
 *
 * @returns undefined when more bytes are needed; 'none' when no form fits
 */
export function strangeForm(
  window: ByteWindow,
  place: Place,
  judge: Judge = fitOfNext,
): HeaderForm | 'none' | undefined {
  const tag = readTag(window.bytes, window.at, place.bigEndian);
  const known = isLong(tag);
  let best: HeaderForm | undefined;
  let fit: Fit = 0;
  let waits = false;
  for (const form of formsInOrder(window, known)) {
    const found = fitOf(form, window, place, tag, judge);
    if (found === undefined) waits = true;
    else if (found > fit) [best, fit] = [form, found];
    // No form that comes later can fit better, so more bytes would not change the choice.
    if (fit === 3 && !waits) return form;
  }
  if (waits) return undefined;
  return best ?? doubtfulForm(window, place, known) ?? 'none';
}

/** Whether headers of the attribute have the long form; undefined when PS3.6 and the rules for groups do not tell. */
function isLong(tag: number): boolean | undefined {
  const element = tag & 0xffff;
  if (element === 0) return false;
  if (((tag >>> 16) & 1) === 1) return element >= 0x10 && element <= 0xff ? false : undefined;
  const name = vrOfTag(tag);
  if (name === undefined) return undefined;
  // "US or OW" and the like: of several VRs, the long one is that of a table that fills the value.
  return name.endsWith('OW') || (!name.includes(' or ') && vrNamed(name).long);
}

function formsInOrder(window: ByteWindow, known: boolean | undefined): HeaderForm[] {
  const { bytes, at } = window;
  const reserved = bytes[at + 6] === 0 && bytes[at + 7] === 0;
  // A short VR with an empty value and an empty implicit value are the same bytes.
  if (reserved && bytes[at + 4] === 0 && bytes[at + 5] === 0) {
    return known === true ? [LONG, IMPLICIT] : [IMPLICIT, LONG];
  }
  if (!reserved) return [SHORT, IMPLICIT];
  const long = known ?? inCapitals(bytes[at + 4]!, bytes[at + 5]!)?.long ?? true;
  return long ? [LONG, SHORT, IMPLICIT] : [SHORT, LONG, IMPLICIT];
}

function inCapitals(first: number, second: number) {
  return vrOfCode(first & 0xdf, second & 0xdf);
}

/** @returns undefined when more bytes are needed */
function fitOf(form: HeaderForm, window: ByteWindow, place: Place, tag: number, judge: Judge): Fit | undefined {
  const left = place.limit - window.offset;
  if (form.size > left) return 0;
  if (!window.peek(form.size)) return window.ended ? 0 : undefined;
  const length = lengthOf(form, window.bytes, window.at, place.bigEndian);
  if (length === UNDEFINED_LENGTH) return fitOfItems(form, window, place);
  const end = form.size + length;
  if (end > left || length > LOOK_AHEAD) return 0;
  if (length >= 8 && vrOfTag(tag) === 'SQ') return fitOfItems(form, window, place);
  if (end === left) return 3;
  if (window.peek(end + 8)) return judge(window, end, tag, place);
  if (!window.ended) return undefined;
  return window.available === end ? 3 : 0;
}

/** How well the value fits as a sequence or as encapsulated pixel data. */
function fitOfItems(form: HeaderForm, window: ByteWindow, { bigEndian }: Place): Fit | undefined {
  if (!window.peek(form.size + 8)) return window.ended ? 0 : undefined;
  const first = readTag(window.bytes, window.at + form.size, bigEndian);
  return first === ITEM || first === SEQUENCE_DELIMITER ? 3 : 0;
}

/** The form of a value that is too long to look behind it. */
function doubtfulForm(window: ByteWindow, place: Place, known: boolean | undefined): HeaderForm | undefined {
  if (known === false) return undefined;
  const { bytes, at } = window;
  const form = bytes[at + 6] === 0 && bytes[at + 7] === 0 ? DOUBTFUL_LONG : DOUBTFUL_IMPLICIT;
  if (!window.peek(form.size)) return undefined;
  const length = lengthOf(form, window.bytes, window.at, place.bigEndian);
  const fits = length > LOOK_AHEAD && length !== UNDEFINED_LENGTH;
  return fits && form.size + length <= place.limit - window.offset ? form : undefined;
}

/**
 * How well the eight bytes fit as the next element: 3 with a VR of the standard, 2 for a standard attribute with
 * another header, 1 for an attribute of the same private group or with the same strange VR. Elements ascend (PS3.5 7.1).
 */
export function fitOfNext({ bytes, at }: ByteWindow, distance: number, tag: number, place: Place): Fit {
  const here = at + distance;
  const next = readTag(bytes, here, place.bigEndian);
  if (next >= ITEM && next <= SEQUENCE_DELIMITER) {
    return next === ITEM_DELIMITER && bytes.subarray(here + 4, here + 8).every((byte) => byte === 0) ? 3 : 0;
  }
  const name = vrOfTag(next);
  const isPrivate = ((next >>> 16) & 1) === 1;
  const form = explicitForm(bytes, here);
  if (form !== undefined && hasHeader(form, bytes, here)) {
    if (name?.includes(form.vr!.name)) return 3;
    if (next <= tag) return 0;
    // Samples may look like an element by chance, so few elements are believed after them.
    return isPrivate || name !== undefined || tag < PIXEL_DATA ? 3 : 0;
  }
  if (next <= tag) return 0;
  if (name !== undefined) return 2;
  if (tag >= PIXEL_DATA) return 0;
  const alike = bytes[here + 4] === bytes[at + 4] && bytes[here + 5] === bytes[at + 5];
  return alike || (isPrivate && next >>> 16 === tag >>> 16) ? 1 : 0;
}

function hasHeader(form: HeaderForm, bytes: Uint8Array, at: number): boolean {
  return form.size === 8 || (bytes[at + 6] === 0 && bytes[at + 7] === 0);
}
