/**
 * Why an instance is stored although something in it is odd. The tag names the attribute; values are never kept.
 *
 * - `invalid-value`: not what the VR allows.
 * - `invalid-uid`: usable, but no UID of PS3.5 9.1.
 * - `unknown-character-set`: Specific Character Set names a set that PS3.3 C.12.1.1.2 does not.
 * - `identity-from-meta`: absent from the data set, taken from the file meta information.
 * - `duplicate`: the attribute occurs again; the first counts.
 * - `unreadable`: a sequence that cannot be parsed; kept as bulk data.
 * - `missing-delimiter`: an item, sequence or encapsulated value ends without its delimiter.
 * - `unexpected-delimiter`: a delimiter where nothing is open.
 * - `wrong-encoding`: implicit where the transfer syntax says explicit, or the other way round.
 * - `short-pixel-data`: fewer bytes or frames than the image attributes say.
 * - `image-attributes`: pixel data that rows, columns and bits do not describe.
 * - `truncated`: the file ends inside the attribute; what is there of it is kept.
 * - `trailing-data`: bytes after the data set.
 */
export type WarningReason =
  | 'invalid-value'
  | 'invalid-uid'
  | 'unknown-character-set'
  | 'identity-from-meta'
  | 'duplicate'
  | 'unreadable'
  | 'missing-delimiter'
  | 'unexpected-delimiter'
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
