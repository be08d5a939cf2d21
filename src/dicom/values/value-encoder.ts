import { DicomError } from '../errors';
import type { DicomJsonValue } from '../json/json-model';
import type { Progress, Steps } from '../steps';
import { decimalString } from './decimal-string';
import { writePersonName } from './person-name';
import type { ValueRepresentation } from './value-representations';

type Values = readonly (DicomJsonValue | null)[];

/**
 * Encodes the Value array of a DICOM JSON attribute, piece by piece, as a value field, little-endian and not padded
 * (PS3.18 F.2.4, PS3.5 6.2). Text of the VRs to which Specific Character Set applies becomes UTF-8.
 *
 * @param vr of any kind but a sequence
 * @throws DicomError `malformed` when a value is not valid for the VR
 */
export function* encodeValues(
  vr: ValueRepresentation,
  values: Values,
  tag: string,
  progress: Progress,
): Steps<Uint8Array> {
  if (values.every((value) => value === null)) {
    // Backslashes separate empty values, so their number is kept.
    return vr.kind === 'number' || vr.kind === 'bytes' ? EMPTY : encodeText(vr, '\\'.repeat(emptyCount(values)));
  }
  switch (vr.kind) {
    case 'number':
      return yield* encodeNumbers(vr, values, tag, progress);
    case 'bytes':
      throw malformed('a binary value is not given as InlineBinary or BulkDataURI', tag);
    default:
      return yield* encodeTexts(vr, values, tag, progress);
  }
}

function* encodeTexts(vr: ValueRepresentation, values: Values, tag: string, progress: Progress): Steps<Uint8Array> {
  const texts: string[] = [];
  let group: string[] = [];
  for (const value of values) {
    group.push(textOf(vr, value, tag));
    if (!progress.due()) continue;
    texts.push(group.join('\\'));
    group = [];
    yield;
  }
  if (group.length > 0) texts.push(group.join('\\'));
  if (texts.length === 1) return encodeText(vr, texts[0]!);
  return yield* encodeLongText(vr, texts);
}

/** @param texts parts of the value, between which there is a backslash */
function* encodeLongText(vr: ValueRepresentation, texts: readonly string[]): Steps<Uint8Array> {
  let wide = false;
  for (const text of texts) wide ||= WIDE.test(text);
  const parts: Uint8Array[] = [];
  for (const text of texts) {
    parts.push(wide ? encoder.encode(text) : encodeText(vr, text));
    yield;
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, parts.length - 1));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (index > 0) bytes[at++] = BACKSLASH;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Whether a value is not text, or is text that ASCII without escape sequences can write. */
export function isPlain(value: DicomJsonValue | null): boolean {
  if (typeof value === 'string') return PLAIN.test(value);
  if (value === null || typeof value !== 'object') return true;
  return Object.values(value).every((group) => typeof group !== 'string' || PLAIN.test(group));
}

const PLAIN = /^[\x00-\x1a\x1c-\x7f]*$/;
const WIDE = /[^\x00-\xff]/;
const BACKSLASH = 0x5c;
const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

function emptyCount(values: Values): number {
  return Math.max(0, values.length - 1);
}

function textOf(vr: ValueRepresentation, value: DicomJsonValue | null, tag: string): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) {
    return vr.name === 'DS' ? decimalString(value) : String(value);
  }
  if (vr.kind === 'name' && typeof value === 'object') {
    const name = writePersonName(value);
    if (name !== undefined) return name;
  }
  throw malformed('a value is not of the type that its VR requires', tag);
}

function encodeText(vr: ValueRepresentation, text: string): Uint8Array {
  if (vr.charset) return encoder.encode(text);
  // These VRs hold ASCII. Other characters are written as the byte from which they were read, or as UTF-8.
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) return encoder.encode(text);
    bytes[at] = code;
  }
  return bytes;
}

/** Minimum and maximum of each VR of whole numbers. */
const RANGES: Record<string, readonly [minimum: bigint, maximum: bigint]> = {
  US: [0n, 0xffffn],
  SS: [-0x8000n, 0x7fffn],
  UL: [0n, 0xffff_ffffn],
  SL: [-0x8000_0000n, 0x7fff_ffffn],
  UV: [0n, 0xffff_ffff_ffff_ffffn],
  SV: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
};

function* encodeNumbers(vr: ValueRepresentation, values: Values, tag: string, progress: Progress): Steps<Uint8Array> {
  const size = vr.name === 'AT' ? 4 : vr.word;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    setNumber(view, index * size, vr.name, value, tag);
    if (progress.due()) yield;
  }
  return bytes;
}

function setNumber(view: DataView, at: number, name: string, value: DicomJsonValue | null, tag: string): void {
  if (name === 'FL') view.setFloat32(at, floatOf(value, tag), true);
  else if (name === 'FD') view.setFloat64(at, floatOf(value, tag), true);
  else if (name === 'AT') {
    const attribute = attributeTagOf(value, tag);
    view.setUint16(at, attribute >>> 16, true);
    view.setUint16(at + 2, attribute & 0xffff, true);
  } else {
    const whole = wholeOf(value, RANGES[name]!, tag);
    // The low bits of a negative number are its two's complement.
    if (name.endsWith('S')) view.setUint16(at, Number(BigInt.asUintN(16, whole)), true);
    else if (name.endsWith('L')) view.setUint32(at, Number(BigInt.asUintN(32, whole)), true);
    else view.setBigUint64(at, BigInt.asUintN(64, whole), true);
  }
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** PS3.18 F.2.3 has no JSON number for these values; writers spell them differently. */
const NOT_FINITE: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

function floatOf(value: DicomJsonValue | null, tag: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const text = value.trim().toLowerCase();
    if (DECIMAL.test(text)) return Number(text);
    if (Object.hasOwn(NOT_FINITE, text)) return NOT_FINITE[text]!;
  }
  throw malformed('a value is not a number', tag);
}

function wholeOf(value: DicomJsonValue | null, [minimum, maximum]: readonly [bigint, bigint], tag: string): bigint {
  let whole: bigint | undefined;
  if (typeof value === 'number' && Number.isInteger(value)) whole = BigInt(value);
  else if (typeof value === 'string' && /^\s*[+-]?\d{1,20}\s*$/.test(value))
    whole = BigInt(value.trim().replace(/^\+/, ''));
  if (whole === undefined) throw malformed('a value is not a whole number', tag);
  if (whole < minimum || whole > maximum) throw malformed('a number is out of the range of its VR', tag);
  return whole;
}

function attributeTagOf(value: DicomJsonValue | null, tag: string): number {
  if (typeof value === 'string' && /^[0-9A-Fa-f]{8}$/.test(value)) return Number.parseInt(value, 16);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw malformed('a value is not a tag', tag);
}

function malformed(message: string, tag: string): DicomError {
  return new DicomError('malformed', message, tag);
}
