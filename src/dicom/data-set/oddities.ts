import { vrOfTag } from '../dictionary/dictionary';
import { DOUBLE_FLOAT_PIXEL_DATA, FLOAT_PIXEL_DATA, ITEM, PIXEL_DATA, TRAILING_PADDING } from '../dictionary/tags';
import type { ByteWindow } from './byte-window';
import type { DataSetResults } from './data-set-results';
import { isBelieved, isNamed } from './displaced-element';
import type { ElementHeader } from './element-header';
import { looksExplicit, readTag, UNDEFINED_LENGTH } from './header-form';
import type { DataSetScope } from './scope';
import { strangeForm } from './strange-header';

/**
 * Corrects the declared encoding of a data set by its first element. Some files name a wrong transfer syntax, and some
 * writers put implicit items into explicit sequences.
 *
 * @param root whether this is the data set of the file. Only there a declared implicit encoding may turn out explicit
 * (PS3.5 A.1), or the byte order may be another
 * @returns whether the encoding was corrected; undefined when more bytes are needed
 */
export function correctEncoding(scope: DataSetScope, window: ByteWindow, root: boolean): boolean | undefined {
  const { bytes, at } = window;
  const tag = readTag(bytes, at, scope.bigEndian);
  const isElement = tag < ITEM;
  const turned =
    isElement && root && vrOfTag(tag) === undefined && vrOfTag(readTag(bytes, at, !scope.bigEndian)) !== undefined;
  const bigEndian = turned ? !scope.bigEndian : scope.bigEndian;
  const implicit = isElement ? isImplicit(scope, window, root, bigEndian) : scope.implicit;
  if (implicit === undefined) return undefined;
  const corrected = implicit !== scope.implicit;
  scope.detected = true;
  scope.bigEndian = bigEndian;
  scope.implicit = implicit;
  return corrected || turned;
}

/** Whether the first element has no VR. @returns undefined when more bytes are needed */
function isImplicit(scope: DataSetScope, window: ByteWindow, root: boolean, bigEndian: boolean): boolean | undefined {
  const { bytes, at } = window;
  if (looksExplicit(bytes, at)) return scope.implicit && !root;
  if (scope.implicit) return true;
  const form = strangeForm(window, { bigEndian, limit: scope.limit });
  if (form === undefined) return undefined;
  if (form === 'none') return looksImplicit(window.bytes, window.at);
  if (form.strange) return false;
  const empty = window.bytes.subarray(window.at + 4, window.at + 8).every((byte) => byte === 0);
  // An empty first element says nothing about the others.
  return !(empty && window.peek(16) && looksExplicit(window.bytes, window.at + 8));
}

/** Whether the bytes where explicit headers have the VR cannot be a VR, not even an unusual one. */
function looksImplicit(bytes: Uint8Array, at: number): boolean {
  const named = isPrintable(bytes[at + 4]!) && isPrintable(bytes[at + 5]!);
  // As a 32-bit length, these bytes would mean 64 KB or more. The first value of a data set is shorter.
  return !(named && (bytes[at + 6] !== 0 || bytes[at + 7] !== 0));
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

/** Whether the pixel data has been read. In a data set that is in order, few attributes follow it. */
function isPastPixels(root: DataSetScope): boolean {
  return root.has(PIXEL_DATA) || root.has(FLOAT_PIXEL_DATA) || root.has(DOUBLE_FLOAT_PIXEL_DATA);
}

/**
 * Whether the bytes in place of the next top-level element are not an element, but junk after the end of the data set.
 * A VR shows that they are an element. Without a VR, an element that is not in its place needs other evidence.
 *
 * @returns undefined when more bytes are needed
 */
export function isTrailing(root: DataSetScope, header: ElementHeader, window: ByteWindow): boolean | undefined {
  const { tag, lacksVr } = header;
  const group = tag >>> 16;
  // No command element (PS3.7 E) is part of a data set.
  if (group === 0) return true;
  if (!lacksVr && !root.implicit) return false;
  const ascending = tag > root.lastTag;
  const known = (group & 1) === 1 || tag === TRAILING_PADDING || vrOfTag(tag) !== undefined;
  const past = isPastPixels(root);
  if (past ? known && ascending : known || ascending) return false;
  if (!header.readable || (past && !isNamed(root, tag))) return true;
  const believed = isBelieved(root, header, window);
  return believed === undefined ? undefined : !believed;
}

/** Warns of what is odd about an element's header. */
export function warnOfHeader({ tag, vr, length, lacksVr, strangeVr }: ElementHeader, results: DataSetResults): void {
  if (strangeVr) results.warn(tag, 'unknown-vr');
  if (lacksVr) results.warn(tag, 'wrong-encoding');
  // For numbers, the check of the values reports an odd length.
  if ((length & 1) === 1 && length !== UNDEFINED_LENGTH && vr.kind !== 'number') results.warn(tag, 'odd-length');
}

/** Whether the last bytes of the file, too short for an element, come after the end of the data set. */
export function isTrailingRest(root: DataSetScope, window: ByteWindow): boolean {
  window.peek(8);
  const { bytes, at, available } = window;
  return isPastPixels(root) || bytes.subarray(at, at + available).every((byte) => byte === 0);
}
