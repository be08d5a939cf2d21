import { ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER } from '../dictionary/tags';
import type { ByteWindow } from './byte-window';
import { looksExplicit, readTag, readUint32, UNDEFINED_LENGTH } from './header-form';
import type { Encoding } from './scope';

/** The header of an item, or the element found in its place (PS3.5 7.5). */
export interface ItemHeader {
  readonly kind: 'item' | 'item-delimiter' | 'sequence-delimiter' | 'other';
  readonly length: number;
  /** The encoding of the elements in the item. */
  readonly encoding: Encoding;
}

const SWAPPED_ITEM = 0xfeff00e0;
const SWAPPED_SEQUENCE_DELIMITER = 0xfeffdde0;

/**
 * Reads the item header at the start of the window, where at least eight bytes must be readable. Consumes nothing.
 *
 * @param guessed the sequence was marked UN: by PS3.5 6.2.2 note 2 it is implicit VR little endian, but some writers
 * keep its contents explicit, or big-endian like the rest
 * @returns undefined when more bytes are needed
 */
export function readItemHeader(window: ByteWindow, encoding: Encoding, guessed: boolean): ItemHeader | undefined {
  let { implicit, bigEndian } = encoding;
  let tag = readTag(window.bytes, window.at, bigEndian);
  if (guessed && (tag === SWAPPED_ITEM || tag === SWAPPED_SEQUENCE_DELIMITER)) {
    bigEndian = !bigEndian;
    tag = readTag(window.bytes, window.at, bigEndian);
  }
  const length = readUint32(window.bytes, window.at + 4, bigEndian);
  if (guessed && tag === ITEM && length >= 8) {
    if (!window.peek(16)) return undefined;
    if (looksExplicit(window.bytes, window.at + 8)) implicit = false;
  }
  return { kind: kindOf(tag), length, encoding: { implicit, bigEndian } };
}

/** Whether an item that fits into `length` bytes begins at `bytes[at]`. */
export function beginsItem(bytes: Uint8Array, at: number, length: number, bigEndian: boolean): boolean {
  if (readTag(bytes, at, bigEndian) !== ITEM) return false;
  const item = readUint32(bytes, at + 4, bigEndian);
  return item === UNDEFINED_LENGTH || item <= length - 8;
}

function kindOf(tag: number): ItemHeader['kind'] {
  if (tag === ITEM) return 'item';
  if (tag === ITEM_DELIMITER) return 'item-delimiter';
  return tag === SEQUENCE_DELIMITER ? 'sequence-delimiter' : 'other';
}
