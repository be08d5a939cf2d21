import { vrOfTag } from '../dictionary/dictionary';
import { ITEM, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { SQ, UN } from '../values/value-representations';
import type { ByteWindow } from './byte-window';
import { type ElementHeader, readTag, UNDEFINED_LENGTH } from './element-header';
import type { DataSetScope } from './scope';
import { LOOK_AHEAD } from './strange-header';

/*
 * An element without a VR that is not in its place (PS3.5 7.1) looks like any eight bytes: the samples of a dark image have
 * the tags of many attributes. So its value, and what comes after the value, must show that it is an element.
 */

/** Text of this many bytes is not found in samples by chance: each second byte of dark samples of 16 bits is zero. */
const SHORTEST_TEXT = 4;

/**
 * Whether an attribute has a name without a VR: it is in the dictionary, it is a group length, it reserves a block of
 * private attributes, or it is in a block that has been reserved (PS3.5 7.8.1).
 */
export function isNamed(root: DataSetScope, tag: number): boolean {
  const group = tag >>> 16;
  const element = tag & 0xffff;
  if (element === 0) return true;
  if ((group & 1) === 0) return vrOfTag(tag) !== undefined;
  return element >= 0x10 && (element <= 0xff || root.has(group * 0x10000 + (element >>> 8)));
}

/**
 * Whether the bytes whose header was read are an element. If the value is too long to look behind it, they are taken for
 * one, and `header.displaced` says that the end of the value has to show whether this is right.
 *
 * @returns undefined when more bytes are needed
 */
export function isBelieved(root: DataSetScope, header: ElementHeader, window: ByteWindow): boolean | undefined {
  const { tag, vr, length, size } = header;
  if ((tag & 0xffff) === 0 && length !== 4) return false;
  if (length === UNDEFINED_LENGTH || (vr === SQ && length >= 8)) return beginsItems(header, window);
  if (vr.kind === 'number' && length % vr.word !== 0) return false;
  if (length > LOOK_AHEAD) {
    header.displaced = true;
    return true;
  }
  const end = size + length;
  const enough = window.peek(end + 8);
  if (!enough && !window.ended) return undefined;
  const { bytes, at } = window;
  const present = Math.min(length, window.available - size);
  if (vr.kind === 'text' || vr.kind === 'name' || vr.kind === 'number-text') {
    if (!isText(bytes, at + size, present)) return false;
    if (present >= SHORTEST_TEXT) return true;
  }
  // Private bytes may be a sequence.
  if (vr === UN && length >= 8 && present >= 8 && readTag(bytes, at + size, header.bigEndian) === ITEM) return true;
  if (present < length) return false;
  return enough ? mayFollow(root, bytes, at + end) : isZero(bytes, at + end, at + window.available);
}

function beginsItems({ size, length, bigEndian }: ElementHeader, window: ByteWindow): boolean | undefined {
  if (!window.peek(size + 8)) return window.ended ? false : undefined;
  const first = readTag(window.bytes, window.at + size, bigEndian);
  return first === ITEM || (length === UNDEFINED_LENGTH && first === SEQUENCE_DELIMITER);
}

/** Whether the eight bytes may come after an element: an element with a name, a delimiter, or zeros after the data set. */
export function mayFollow(root: DataSetScope, bytes: Uint8Array, at: number): boolean {
  const tag = readTag(bytes, at, root.bigEndian);
  if (tag >= ITEM && tag <= SEQUENCE_DELIMITER) return true;
  return tag >>> 16 === 0 ? isZero(bytes, at, at + 8) : isNamed(root, tag);
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  return bytes.subarray(from, to).every((byte) => byte === 0);
}

/** Whether the bytes have only control characters that text may have (PS3.5 6.1.3), and NUL only at the end. */
function isText(bytes: Uint8Array, from: number, length: number): boolean {
  let end = from + length;
  while (end > from && bytes[end - 1] === 0) end--;
  return bytes.subarray(from, end).every((byte) => byte >= 0x20 || CONTROLS.includes(byte));
}

/** TAB, LF, FF, CR and ESC. */
const CONTROLS = [0x09, 0x0a, 0x0c, 0x0d, 0x1b];
