import { vrOfTag } from '../dictionary/dictionary';
import { ITEM, PIXEL_DATA, TRAILING_PADDING } from '../dictionary/tags';
import type { ByteWindow } from './byte-window';
import type { ElementHeader } from './element-header';
import { looksExplicit, looksImplicit, readTag } from './header-form';
import type { DataSetScope } from './scope';

/**
 * Corrects by its first element how a data set is said to be encoded: files exist whose transfer syntax is wrong, and
 * writers that put implicit items into explicit sequences.
 *
 * @param root whether it is the file's data set: only there implicit may turn out explicit (PS3.5 A.1), and the byte order
 *   another
 * @returns whether it was corrected
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

/** Whether all elements that a data set must have before its end have passed. */
function isPastPixels(root: DataSetScope): boolean {
  return root.lastTag >= PIXEL_DATA;
}

/** Whether what stands where an element of the file's data set should is none, but junk after its end. */
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

/** Whether what the file ends in, too short for an element after the last of its data set, is none. */
export function isTrailingRest(root: DataSetScope, window: ByteWindow): boolean {
  window.peek(8);
  const { bytes, at, available } = window;
  return isPastPixels(root) || bytes.subarray(at, at + available).every((byte) => byte === 0);
}
