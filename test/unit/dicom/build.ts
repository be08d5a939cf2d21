import { DicomError } from '../../../src/dicom/errors';
import { InstanceReader, type ParsedInstance, type ReaderLimits } from '../../../src/dicom/instance/instance-reader';

/** Fixtures of exact bytes: each function returns the bytes that its name describes. */

export const IMPLICIT = '1.2.840.10008.1.2';
export const EXPLICIT = '1.2.840.10008.1.2.1';
export const DEFLATED = '1.2.840.10008.1.2.1.99';
export const BIG_ENDIAN = '1.2.840.10008.1.2.2';
export const JPEG = '1.2.840.10008.1.2.4.50';
export const RLE = '1.2.840.10008.1.2.5';
export const UNDEFINED = 0xffffffff;

const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

export interface Form {
  readonly implicit?: boolean;
  readonly big?: boolean;
  /** Written to the length field instead of the value's length. */
  readonly length?: number;
}

export const implicitVR: Form = { implicit: true };
export const bigEndian: Form = { big: true };

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function u16(numbers: readonly number[], big = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 2));
  for (const [index, number] of numbers.entries()) view.setUint16(index * 2, number, !big);
  return new Uint8Array(view.buffer);
}

export function u32(numbers: readonly number[], big = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [index, number] of numbers.entries()) view.setUint32(index * 4, number, !big);
  return new Uint8Array(view.buffer);
}

function tagBytes(tag: number, big: boolean): Uint8Array {
  return u16([tag >>> 16, tag & 0xffff], big);
}

/** Pads text to even length as its VR requires. */
function encode(vr: string, value: string | Uint8Array): Uint8Array {
  if (typeof value !== 'string') return value;
  const bytes = latin1(value);
  return bytes.length % 2 === 0 ? bytes : concat(bytes, Uint8Array.of(vr === 'UI' ? 0 : 0x20));
}

export function element(tag: number, vr: string, value: string | Uint8Array, form: Form = {}): Uint8Array {
  const big = form.big ?? false;
  const bytes = encode(vr, value);
  const length = form.length ?? bytes.length;
  if (form.implicit) return concat(tagBytes(tag, big), u32([length], big), bytes);
  const head = concat(tagBytes(tag, big), latin1(vr));
  if (LONG.has(vr)) return concat(head, Uint8Array.of(0, 0), u32([length], big), bytes);
  return concat(head, u16([length], big), bytes);
}

/** An item of defined length, or of undefined length with its delimiter. */
export function item(content: Uint8Array, options: { undefined?: boolean; big?: boolean } = {}): Uint8Array {
  const big = options.big ?? false;
  const head = tagBytes(0xfffee000, big);
  if (!options.undefined) return concat(head, u32([content.length], big), content);
  return concat(head, u32([UNDEFINED], big), content, tagBytes(0xfffee00d, big), u32([0]));
}

export function sequenceEnd(big = false): Uint8Array {
  return concat(tagBytes(0xfffee0dd, big), u32([0]));
}

/** Encapsulated pixel data: the Basic Offset Table, then the fragments. */
export function encapsulated(offsets: readonly number[], fragments: readonly Uint8Array[]): Uint8Array {
  const value = concat(item(u32(offsets)), ...fragments.map((fragment) => item(fragment)), sequenceEnd());
  return element(0x7fe00010, 'OB', value, { length: UNDEFINED });
}

export function meta(transferSyntax: string, more: readonly Uint8Array[] = []): Uint8Array {
  const rest = concat(...more, element(0x00020010, 'UI', transferSyntax));
  return concat(element(0x00020000, 'UL', u32([rest.length])), rest);
}

export const UIDS = { sopClass: '1.2.840.10008.5.1.4.1.1.7', sop: '1.2.3.4', study: '1.2.3.5', series: '1.2.3.6' };

/** Elements in `rest` must have tags above (0020,000E); those in `before`, below (0008,0016). */
export function identified(
  rest: readonly Uint8Array[],
  form: Form = {},
  before: readonly Uint8Array[] = [],
): Uint8Array {
  return concat(
    ...before,
    element(0x00080016, 'UI', UIDS.sopClass, form),
    element(0x00080018, 'UI', UIDS.sop, form),
    element(0x0020000d, 'UI', UIDS.study, form),
    element(0x0020000e, 'UI', UIDS.series, form),
    ...rest,
  );
}

export function part10(transferSyntax: string, dataSet: Uint8Array): Uint8Array {
  return concat(new Uint8Array(128), latin1('DICM'), meta(transferSyntax), dataSet);
}

/** An explicit little-endian file with the identifying attributes and the given elements. */
export function file(...rest: readonly Uint8Array[]): Uint8Array {
  return part10(EXPLICIT, identified(rest));
}

export function implicitFile(...rest: Uint8Array[]): Uint8Array {
  return part10(IMPLICIT, identified(rest, implicitVR));
}

export function bigEndianFile(...rest: Uint8Array[]): Uint8Array {
  return part10(BIG_ENDIAN, identified(rest, bigEndian));
}

export function jpegFile(...rest: Uint8Array[]): Uint8Array {
  return part10(JPEG, identified(rest));
}

export function read(bytes: Uint8Array, limits: Partial<ReaderLimits> = {}, chunk = bytes.length): ParsedInstance {
  const reader = new InstanceReader(limits);
  for (let at = 0; at < bytes.length; at += Math.max(1, chunk)) reader.push(bytes.slice(at, at + Math.max(1, chunk)));
  return reader.end();
}

/** The error that the action throws. */
export function failure(action: () => unknown): { code: string; tag: string | undefined } {
  try {
    action();
  } catch (error) {
    if (error instanceof DicomError) return { code: error.code, tag: error.tag };
    throw error;
  }
  throw new Error('expected a DicomError');
}

/** An attribute of the parsed instance as JSON, with U+0001 replaced by "bulk:". */
export function attribute(parsed: ParsedInstance, tag: string): unknown {
  const text = parsed.elements.get(tag);
  return text === undefined ? undefined : JSON.parse(text.replaceAll('\u0001', 'bulk:'));
}

export function image(
  options: { frames?: string; bits?: number; samples?: number; photometric?: string; form?: Form } = {},
): Uint8Array[] {
  const form = options.form ?? {};
  const big = form.big ?? false;
  return [
    element(0x00280002, 'US', u16([options.samples ?? 1], big), form),
    element(0x00280004, 'CS', options.photometric ?? 'MONOCHROME2', form),
    ...(options.frames === undefined ? [] : [element(0x00280008, 'IS', options.frames, form)]),
    element(0x00280010, 'US', u16([2], big), form),
    element(0x00280011, 'US', u16([4], big), form),
    element(0x00280100, 'US', u16([options.bits ?? 8], big), form),
  ];
}
