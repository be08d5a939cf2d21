import { vrOfTag } from '../dictionary/dictionary';
import { ITEM, PIXEL_DATA, TRAILING_PADDING } from '../dictionary/tags';
import type { ByteWindow } from './byte-window';
import type { ElementHeader } from './element-header';
import { looksExplicit, looksImplicit, readTag } from './header-form';
import type { DataSetScope } from './scope';

/**
 * Corrects the declared encoding of a data set by its first element. Some files name a wrong transfer syntax, and some
 * writers put implicit items into explicit sequences.
 *
 * @param root whether this is the data set of the file. Only there a declared implicit encoding may turn out explicit
 * (PS3.5 A.1), or the byte order may be another
 * @returns whether the encoding was corrected
 */
export function correctEncoding(scope: DataSetScope, window: ByteWindow, root: boolean): boolean {
  const { bytes, at } = window;
  scope.detected = true;
  const tag = readTag(bytes, at, scope.bigEndian);
  if (tag >= ITEM) return false;
  const turned = root && vrOfTag(tag) === undefined && vrOfTag(readTag(bytes, at, !scope.bigEndian)) !== undefined;
  if (turned) scope.bigEndian = !scope.bigEndian;
  const explicit = scope.implicit ? root && looksExplicit(bytes, at) : !looksImplicit(bytes, at);
  const corrected = explicit === scope.implicit;
  if (corrected) scope.implicit = !scope.implicit;
  return corrected || turned;
}

/** Whether all elements that a data set must have before its end have been read. */
function isPastPixels(root: DataSetScope): boolean {
  return root.lastTag >= PIXEL_DATA;
}

/**
 * Whether the bytes in place of the next top-level element are not an element, but junk after the end of the data set.
 */
export function isTrailing(root: DataSetScope, header: ElementHeader): boolean {
  const { tag, lacksVr } = header;
  const group = tag >>> 16;
  // A command set (PS3.7 E) is never part of a file.
  if (group === 0) return true;
  if (!lacksVr && !root.implicit) return false;
  const ascending = tag > root.lastTag;
  const known = (group & 1) === 1 || tag === TRAILING_PADDING || vrOfTag(tag) !== undefined;
  return isPastPixels(root) ? !(known && ascending) : !(known || ascending);
}

/** Whether the last bytes of the file, too short for an element, come after the end of the data set. */
export function isTrailingRest(root: DataSetScope, window: ByteWindow): boolean {
  window.peek(8);
  const { bytes, at, available } = window;
  return isPastPixels(root) || bytes.subarray(at, at + available).every((byte) => byte === 0);
}
