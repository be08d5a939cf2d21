/**
 * Why an instance is stored although something in it is odd. The tag names the attribute; values are never kept.
 *
 * - `invalid-value`: not of the form that the VR asks for (PS3.5 6.2), or not as many bytes as whole values have.
 * - `too-long`: more characters than the VR allows.
 * - `invalid-characters`: characters that the VR does not allow, or bytes that are none in Specific Character Set.
 * - `not-finite`: a float that is no number or infinite, which JSON can only tell as text.
 * - `odd-length`: the value's length is odd (PS3.5 7.1.1).
 * - `invalid-uid`: usable, but no UID of PS3.5 9.1.
 * - `unknown-vr`: a VR that PS3.5 6.2 does not know; the value is taken for UN.
 * - `unknown-character-set`: Specific Character Set names a set otherwise than PS3.3 C.12.1.1.2 does.
 * - `identity-from-meta`: absent from the data set, taken from the file meta information.
 * - `missing-meta`: no preamble and prefix, no file meta information, or none of its attributes that is needed.
 * - `wrong-meta`: the file meta information says otherwise than the file is.
 * - `out-of-order`: after an attribute of a higher tag (PS3.5 7.1).
 * - `duplicate`: the attribute occurs again; the first counts.
 * - `unreadable`: a sequence that cannot be parsed, kept as bulk data; or what ends the part that can be read.
 * - `missing-delimiter`: an item, sequence or encapsulated value ends without its delimiter.
 * - `unexpected-delimiter`: a delimiter where nothing is open.
 * - `unexpected-item`: an item outside a sequence; it is left out.
 * - `wrong-encoding`: implicit where the transfer syntax says explicit, or the other way round.
 * - `short-pixel-data`: fewer bytes or frames than the image attributes say.
 * - `image-attributes`: pixel data that rows, columns and bits do not describe.
 * - `truncated`: the file ends inside the attribute; what is there of it is kept.
 * - `trailing-data`: bytes after the data set.
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
  | 'trailing-data';

export interface DicomWarning {
  /** Eight hexadecimal digits. */
  readonly tag: string;
  readonly reason: WarningReason;
}

/** More than this tell nothing new. */
const MAX_WARNINGS = 100;

/** Warnings in the order they arose, each once. */
export class WarningList {
  readonly list: DicomWarning[] = [];
  readonly #seen = new Set<string>();

  add(tag: string, reason: WarningReason): void {
    const key = `${tag}${reason}`;
    if (this.list.length >= MAX_WARNINGS || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.list.push({ tag, reason });
  }
}
