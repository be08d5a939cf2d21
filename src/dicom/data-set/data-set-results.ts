import { tagText } from '../dictionary/dictionary';
import { DicomError } from '../errors';
import type { BulkRange } from '../pixels/pixel-layout';
import type { WarningList, WarningReason } from '../warnings';
import type { FragmentTable } from './fragment-table';
import type { ReaderLimits } from './reader-limits';

/**
 * Marks the start of a BulkDataURI's value, before the path. This raw character occurs nowhere else in the JSON text.
 */
export const BULK_MARK = '\u0001';

/** Characters of a bulk range besides its path: numbers, brackets and commas. */
const RANGE_CHARACTERS = 40;

/** Characters of the target of a BulkDataURI: study, series and instance with their UIDs. */
const URI_CHARACTERS = 240;

/** The top-level pixel data: the place of its value as stored, or its fragments. */
export interface PixelValue {
  readonly tag: number;
  readonly vr: string;
  readonly offset: number;
  /** The number of bytes that are present. */
  length: number;
  readonly fragments?: FragmentTable;
}

/** The results of reading a data set besides its attributes, and how much of the limits has been used. */
export class DataSetResults {
  readonly bulk: BulkRange[] = [];
  /** Float, double float and integer pixel data of the top level, the first of each kind. */
  readonly pixels: PixelValue[] = [];
  readonly #limits: ReaderLimits;
  readonly #warnings: WarningList;
  #characters = 0;
  #layoutCharacters = 0;

  constructor(limits: ReaderLimits, warnings: WarningList) {
    this.#limits = limits;
    this.#warnings = warnings;
  }

  /** Adds a warning about an attribute. */
  warn(tag: number, reason: WarningReason): void {
    this.#warnings.add(tagText(tag), reason);
  }

  /** Counts `text`, the JSON of an attribute, against the limit. @returns `text` */
  counted(tag: number, text: string): string {
    this.count(tag, text.length + 12);
    return text;
  }

  /** Characters of JSON so far. */
  get characters(): number {
    return this.#characters;
  }

  /** Counts text of `tag`, in UTF-16 code units. @throws DicomError `too-large` beyond the limit of the metadata */
  count(tag: number, characters: number): void {
    this.#characters += characters;
    if (this.#characters > this.#limits.maxMetadataCharacters) {
      throw new DicomError('too-large', 'the metadata is too long', tagText(tag));
    }
  }

  /** Keeps a value outside the metadata. @returns the JSON text that refers to it */
  addBulk(tag: number, vr: string, path: string, offset: number, length: number, word: number): string {
    this.#layoutCharacters += path.length + RANGE_CHARACTERS;
    if (this.#layoutCharacters > this.#limits.maxLayoutCharacters) {
      throw new DicomError('too-large', 'too many values of bulk data', tagText(tag));
    }
    this.bulk.push([path, offset, length, word]);
    return this.bulkText(tag, vr, path);
  }

  /** The data ends here: shortens values that extend past `end`. */
  clip(end: number): void {
    for (const [at, [path, offset, length, word]] of this.bulk.entries()) {
      if (offset + length > end) this.bulk[at] = [path, offset, Math.max(0, end - offset), word];
    }
  }

  /** The data ends within the native pixel data that was added last: `missing` bytes of it are absent. */
  cutPixels(missing: number): void {
    const pixel = this.pixels.at(-1)!;
    pixel.length -= missing;
    const [path, offset, , word] = this.bulk.pop()!;
    this.bulk.push([path, offset, pixel.length, word]);
    this.warn(pixel.tag, 'short-pixel-data');
  }

  /** Removes the bulk ranges after the first `ranges`, and the pixel data that was added last if it has this tag. */
  removeLast(ranges: number, tag: number | undefined): void {
    this.bulk.length = ranges;
    if (this.pixels.at(-1)?.tag === tag) this.pixels.pop();
  }

  /**
   * JSON of an attribute whose value is kept elsewhere. The URI is completed at the end, since its UIDs may come later.
   */
  bulkText(tag: number, vr: string, path: string): string {
    this.count(tag, URI_CHARACTERS);
    return this.counted(tag, `{"vr":"${vr}","BulkDataURI":"${BULK_MARK}${path}"}`);
  }
}
