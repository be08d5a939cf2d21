import { tagText } from '../dictionary/dictionary';
import type { WarningReason } from '../warnings';
import { type CharacterSet, decodeLatin1 } from './character-sets';
import { parsePersonName } from './person-name';
import { numberOf } from './value-checks';
import type { ValueRepresentation } from './value-representations';

/** Called with what is wrong with a value. */
export type OnFlaw = (reason: WarningReason) => void;

/**
 * Writes one attribute as DICOM JSON text (PS3.18 F.2.2, F.2.3).
 *
 * @param value the encoded value is `value[start..end)`
 * @param flawed called when a value is not valid for its VR; the value is kept as it is
 * @returns `{"vr":..}`, with Value or InlineBinary unless the value is empty
 */
export function attributeJson(
  vr: ValueRepresentation,
  value: Uint8Array,
  start: number,
  end: number,
  characterSet: CharacterSet,
  bigEndian: boolean,
  flawed: OnFlaw,
): string {
  const head = `{"vr":"${vr.name}"`;
  switch (vr.kind) {
    case 'bytes':
      return start === end
        ? `${head}}`
        : `${head},"InlineBinary":"${base64(littleEndian(value, start, end, bigEndian ? vr.word : 1))}"}`;
    case 'number': {
      const values = numbersJson(vr, value, start, end, bigEndian, flawed);
      return values === '' ? `${head}}` : `${head},"Value":[${values}]}`;
    }
    case 'sequence':
      return `${head}}`;
    default: {
      const values = textJson(vr, value, start, end, characterSet, flawed);
      return values === '' ? `${head}}` : `${head},"Value":[${values}]}`;
    }
  }
}

/**
 * Decodes the text of a value without its trailing padding (PS3.5 6.2: spaces, and NUL for UI; some writers pad all VRs
 * with NUL).
 */
export function decodeText(
  value: Uint8Array,
  start: number,
  end: number,
  characterSet: CharacterSet | undefined,
  name: boolean,
  multiple: boolean,
): string {
  let last = end;
  while (last > start && (value[last - 1] === 0x20 || value[last - 1] === 0)) last--;
  let ascii = '';
  for (let at = start; at < last; at++) {
    const byte = value[at]!;
    if (byte >= 0x80 || byte === 0x1b || at - start >= 64) {
      return characterSet === undefined
        ? decodeLatin1(value.subarray(start, last))
        : characterSet.decode(value, start, last, name, multiple);
    }
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

function textJson(
  vr: ValueRepresentation,
  value: Uint8Array,
  start: number,
  end: number,
  characterSet: CharacterSet,
  flawed: OnFlaw,
): string {
  const text = decodeText(value, start, end, vr.charset ? characterSet : undefined, vr.kind === 'name', vr.multiple);
  if (text === '') return '';
  const ascii = !vr.charset || characterSet.undeclared;
  if (!vr.multiple) {
    check(vr, text, ascii, flawed);
    return JSON.stringify(text);
  }
  if (!text.includes('\\')) return oneText(vr, text, ascii, flawed);
  return text
    .split('\\')
    .map((each) => oneText(vr, each, ascii, flawed))
    .join(',');
}

function check(vr: ValueRepresentation, text: string, ascii: boolean, flawed: OnFlaw): void {
  const flaw = vr.check?.(text, ascii);
  if (flaw !== undefined) flawed(flaw);
}

/** A single value as JSON text; null when it is empty (PS3.18 F.2.5). */
function oneText(vr: ValueRepresentation, padded: string, ascii: boolean, flawed: OnFlaw): string {
  const text = trim(padded, vr.trimStart);
  if (text === '') return 'null';
  check(vr, text, ascii, flawed);
  if (vr.kind === 'text') return JSON.stringify(text);
  if (vr.kind === 'name') {
    const name = JSON.stringify(parsePersonName(text));
    return name === '{}' ? 'null' : name;
  }
  const number = numberOf(text);
  // An integer that a JSON number cannot represent exactly is written as text and so keeps its digits.
  if (number === undefined || (vr.name === 'IS' && Math.abs(number) > Number.MAX_SAFE_INTEGER)) {
    return JSON.stringify(text);
  }
  return numberText(number);
}

function trim(text: string, both: boolean): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0)) end--;
  let start = 0;
  if (both) while (start < end && text.charCodeAt(start) === 0x20) start++;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function numberText(number: number): string {
  return Object.is(number, -0) ? '-0' : String(number);
}

/** A float as JSON text. JSON has no numbers for NaN and the infinities, so their names are written as text. */
function floatText(number: number, flawed: OnFlaw): string {
  if (Number.isFinite(number)) return numberText(number);
  flawed('not-finite');
  return `"${number}"`;
}

function numbersJson(
  vr: ValueRepresentation,
  value: Uint8Array,
  start: number,
  end: number,
  bigEndian: boolean,
  flawed: OnFlaw,
): string {
  const size = vr.name === 'AT' ? 4 : vr.word;
  const count = Math.floor((end - start) / size);
  if (count * size !== end - start) flawed('invalid-value');
  if (count === 0) return '';
  const view = new DataView(value.buffer, value.byteOffset + start, count * size);
  const little = !bigEndian;
  let text = '';
  for (let at = 0; at < count * size; at += size) {
    if (at > 0) text += ',';
    switch (vr.name) {
      case 'US':
        text += view.getUint16(at, little);
        break;
      case 'SS':
        text += view.getInt16(at, little);
        break;
      case 'UL':
        text += view.getUint32(at, little);
        break;
      case 'SL':
        text += view.getInt32(at, little);
        break;
      case 'FL':
        text += floatText(view.getFloat32(at, little), flawed);
        break;
      case 'FD':
        text += floatText(view.getFloat64(at, little), flawed);
        break;
      case 'AT':
        text += `"${tagText(view.getUint16(at, little) * 0x10000 + view.getUint16(at + 2, little))}"`;
        break;
      default: {
        const wide = vr.name === 'SV' ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
        // A JSON number above 2^53 would lose digits (PS3.18 F.2.3.1).
        text += wide > MAX_SAFE || wide < -MAX_SAFE ? `"${wide}"` : String(wide);
      }
    }
  }
  return text;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The bytes of a value in little-endian order (PS3.18 F.2.7, 8.7.1): the words of a big-endian value are reversed. */
function littleEndian(value: Uint8Array, start: number, end: number, word: number): Uint8Array {
  if (word === 1) return value.subarray(start, end);
  const swapped = value.slice(start, end);
  for (let at = 0; at + word <= swapped.length; at += word) swapped.subarray(at, at + word).reverse();
  return swapped;
}

function base64(bytes: Uint8Array): string {
  return btoa(decodeLatin1(bytes));
}
