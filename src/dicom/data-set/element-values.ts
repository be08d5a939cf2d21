import {
  DOUBLE_FLOAT_PIXEL_DATA,
  FLOAT_PIXEL_DATA,
  ICC_PROFILE,
  PIXEL_DATA,
  PIXEL_REPRESENTATION,
  SPECIFIC_CHARACTER_SET,
  TRAILING_PADDING,
} from '../dictionary/tags';
import { characterSetOf } from '../values/character-sets';
import { attributeJson, decodeText } from '../values/value-json';
import type { WarningReason } from '../warnings';
import type { DataSetResults } from './data-set-results';
import { type ElementHeader, readUint16 } from './element-header';
import type { ReaderLimits } from './reader-limits';
import type { DataSetScope } from './scope';

/**
 * Memory for a top-level attribute besides its text, in characters: these attributes are kept separately until the end.
 */
const ROOT_ELEMENT_CHARACTERS = 60;

/** The maximum length of LT, 10240 characters (PS3.5 table 6.2-1), in the widest character set. */
const LONGEST_TEXT_BYTES = 4 * 10_240;

/**
 * Decides which values become part of the metadata, and how. All methods refer to the element whose header was read
 * last.
 */
export class ElementValues {
  readonly #header: ElementHeader;
  readonly #root: DataSetScope;
  readonly #limits: ReaderLimits;
  readonly #results: DataSetResults;
  readonly #onRootElement: (tag: number, text: string) => void;

  /** @param onRootElement called with the JSON text of each value that is kept in `root` */
  constructor(
    header: ElementHeader,
    root: DataSetScope,
    limits: ReaderLimits,
    results: DataSetResults,
    onRootElement: (tag: number, text: string) => void,
  ) {
    this.#header = header;
    this.#root = root;
    this.#limits = limits;
    this.#results = results;
    this.#onRootElement = onRootElement;
  }

  /** Whether the value is skipped: it is not part of the metadata, or it is a duplicate. */
  isUnwanted(scope: DataSetScope): boolean {
    const { tag } = this.#header;
    if (isLeftOut(tag)) return true;
    if (tag > scope.lastTag) return false;
    if (!scope.has(tag)) {
      this.#results.warn(tag, 'out-of-order');
      return false;
    }
    this.#results.warn(tag, 'duplicate');
    this.#results.count(tag, 12);
    return true;
  }

  /** Whether the value is too long for the metadata and becomes bulk data. */
  isLong(): boolean {
    const { tag, vr, length } = this.#header;
    const { maxInlineBytes, maxValueBytes } = this.#limits;
    // An ICC profile is bulk data even when it is short: viewers of slides follow its URI, and many versions ignore an
    // inline profile.
    if (vr.kind === 'bytes' && tag === ICC_PROFILE && length > 0) return true;
    if (vr.kind === 'bytes') return length > maxInlineBytes || length > maxValueBytes;
    if (length <= maxValueBytes) return false;
    // A value of this many bytes exceeds the VR's limit of characters in every character set.
    if ((vr.name === 'LT' || vr.name === 'ST') && length > LONGEST_TEXT_BYTES) this.#results.warn(tag, 'too-long');
    return true;
  }

  /** Adds the value `bytes[at..at + length)` to `scope` as an attribute. */
  keep(scope: DataSetScope, bytes: Uint8Array, at: number, length: number): void {
    const { tag, vr, bigEndian } = this.#header;
    const text = attributeJson(vr, bytes, at, at + length, scope.characterSet, bigEndian, this.#flawed);
    if (tag === SPECIFIC_CHARACTER_SET) {
      const value = decodeText(bytes, at, at + length, undefined, false, true);
      scope.characterSet = characterSetOf(value, () => this.#results.warn(tag, 'unknown-character-set'));
    } else if (tag === PIXEL_REPRESENTATION && length >= 2) {
      scope.pixelRepresentation = readUint16(bytes, at, bigEndian);
    }
    scope.add(tag, this.#results.counted(tag, text));
    if (scope === this.#root) {
      this.#results.count(tag, ROOT_ELEMENT_CHARACTERS);
      this.#onRootElement(tag, text);
    }
  }

  readonly #flawed = (reason: WarningReason): void => this.#results.warn(this.#header.tag, reason);
}

/** Group lengths, padding and a second File Meta Information are not part of the JSON model (PS3.18 F.2.2). */
function isLeftOut(tag: number): boolean {
  return (tag & 0xffff) === 0 || tag >>> 16 === 0x0002 || tag === TRAILING_PADDING;
}

/** Pixel Data, Float Pixel Data and Double Float Pixel Data (PS3.5 8.1.1). */
export function isPixelData(tag: number): boolean {
  return tag === PIXEL_DATA || tag === FLOAT_PIXEL_DATA || tag === DOUBLE_FLOAT_PIXEL_DATA;
}
