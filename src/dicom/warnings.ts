/**
 * Why an instance is stored with a warning. The tag names the attribute; values are never kept.
 *
 * - `invalid-value`: the value does not have the form that the VR requires (PS3.5 6.2), or its length is not that of
 * whole values.
 * - `too-long`: more characters than the VR allows.
 * - `invalid-characters`: characters that the VR does not allow, or bytes that are invalid in Specific Character Set.
 * - `not-finite`: a float that is NaN or infinite, which JSON can only write as text.
 * - `odd-length`: the value's length is odd (PS3.5 7.1.1).
 * - `invalid-uid`: the UID is usable, but not valid by PS3.5 9.1.
 * - `unknown-vr`: a VR that PS3.5 6.2 does not define; the value is taken as UN.
 * - `unknown-character-set`: Specific Character Set has a value that is not a term of PS3.3 C.12.1.1.2.
 * - `identity-from-meta`: the UID is absent from the data set and was taken from the file meta information.
 * - `missing-meta`: preamble and prefix, the file meta information, or all the attributes of it that are needed are
 * missing.
 * - `wrong-meta`: the file meta information contradicts the file.
 * - `out-of-order`: the attribute follows one with a higher tag (PS3.5 7.1).
 * - `duplicate`: the attribute occurs again; the first one counts.
 * - `unreadable`: a sequence that cannot be parsed and is kept as bulk data, or an element after which nothing can be
 * read.
 * - `missing-delimiter`: an item, sequence or encapsulated value ends without its delimiter.
 * - `unexpected-delimiter`: a delimiter where nothing is open.
 * - `unexpected-item`: an item outside a sequence, or a command element (PS3.7 E) before the data set; it is left out.
 * - `wrong-encoding`: implicit where the transfer syntax says explicit, or the reverse; or encapsulated pixel data of a
 * defined length (PS3.5 A.4).
 * - `short-pixel-data`: there are fewer bytes or frames than the image attributes say.
 * - `image-attributes`: rows, columns and bits do not describe the pixel data.
 * - `truncated`: the file ends inside the attribute; the part that is present is kept, unless it is a part of a UID.
 * - `trailing-data`: bytes after the data set.
 * - `other-patient`: the archive describes the study by another Patient ID.
 */
export type WarningReason =
  | 'invalid-value'
  | 'too-long'
  | 'invalid-characters'
  | 'not-finite'
  | 'odd-length'
  | 'invalid-uid'
  | 'unknown-vr'
  | 'unknown-character-set'
  | 'identity-from-meta'
  | 'missing-meta'
  | 'wrong-meta'
  | 'out-of-order'
  | 'duplicate'
  | 'unreadable'
  | 'missing-delimiter'
  | 'unexpected-delimiter'
  | 'unexpected-item'
  | 'wrong-encoding'
  | 'short-pixel-data'
  | 'image-attributes'
  | 'truncated'
  | 'trailing-data'
  | 'other-patient';

/** A warning about one attribute. */
export interface DicomWarning {
  /** The tag as eight hexadecimal digits. */
  readonly tag: string;
  readonly reason: WarningReason;
}

/** Further warnings add no information. */
const MAX_WARNINGS = 100;

/** Warnings in the order in which they occurred, each once. */
export class WarningList {
  readonly list: DicomWarning[] = [];
  readonly #seen = new Set<string>();

  /** Adds a warning, unless it is in the list already or the list is full. */
  add(tag: string, reason: WarningReason): void {
    const key = `${tag}${reason}`;
    if (this.list.length >= MAX_WARNINGS || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.list.push({ tag, reason });
  }
}
