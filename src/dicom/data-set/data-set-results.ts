import { tagText } from '../dictionary/dictionary';
import { DicomError } from '../errors';
import type { BulkRange } from '../pixels/pixel-layout';
import type { WarningList, WarningReason } from '../warnings';
import type { FragmentTable } from './fragment-table';
import type { ReaderLimits } from './reader-limits';

/** Starts the value of a BulkDataURI, before the path; no other text in the JSON holds the raw character. */
export const BULK_MARK = '\u0001';

/** Numbers, brackets and commas of a bulk range, beside its path. */
const RANGE_CHARACTERS = 40;

/** Where a BulkDataURI leads: studies, series and instance with their UIDs. */
const URI_CHARACTERS = 240;

/** The top-level pixel data: its value as stored, or its fragments. */
export interface PixelValue {
  readonly tag: number;
  readonly vr: string;
  readonly offset: number;
  /** Bytes that are there. */
  length: number;
  readonly fragments?: FragmentTable;
}

/** What reading a data set yields beside its attributes, and what of it is used up of the limits. */
export class DataSetResults {
  readonly bulk: BulkRange[] = [];
  /** Float, double float and integer pixel data of the data set itself, the first of each. */
  readonly pixels: PixelValue[] = [];
  readonly #limits: ReaderLimits;
  readonly #warnings: WarningList;
  #characters = 0;
  #layoutCharacters = 0;

  constructor(limits: ReaderLimits, warnings: WarningList) {
    this.#limits = limits;
    this.#warnings = warnings;
  }

  warn(tag: number, reason: WarningReason): void {
    this.#warnings.add(tagText(tag), reason);
  }

  /** Takes `text` into account, the JSON of an attribute. @returns it */
  counted(tag: number, text: string): string {
    this.count(tag, text.length + 12);
    return text;
  }

  /** Characters of JSON so far. */
  get characters(): number {
    return this.#characters;
  }

  count(tag: number, characters: number): void {
    this.#characters += characters;
    if (this.#characters > this.#limits.maxMetadataCharacters) {
      throw new DicomError('too-large', 'the metadata is too long', tagText(tag));
    }
  }

  /** Keeps a value outside the metadata. @returns the JSON text that leads to it */
  addBulk(tag: number, vr: string, path: string, offset: number, length: number, word: number): string {
    this.#layoutCharacters += path.length + RANGE_CHARACTERS;
    if (this.#layoutCharacters > this.#limits.maxLayoutCharacters) {
      throw new DicomError('too-large', 'too many values of bulk data', tagText(tag));
    }
    this.bulk.push([path, offset, length, word]);
    return this.bulkText(tag, vr, path);
  }

  /** The data ends here: values that should go on are that much shorter. */
  clip(end: number): void {
    for (const [at, [path, offset, length, word]] of this.bulk.entries()) {
      if (offset + length > end) this.bulk[at] = [path, offset, Math.max(0, end - offset), word];
    }
  }

  /** The data ends within the native pixel data that was added last: `missing` bytes of it are not there. */
  cutPixels(missing: number): void {
    const pixel = this.pixels.at(-1)!;
    pixel.length -= missing;
    const [path, offset, , word] = this.bulk.pop()!;
    this.bulk.push([path, offset, pixel.length, word]);
    this.warn(pixel.tag, 'short-pixel-data');
  }

  /** JSON of an attribute whose value is elsewhere. The URI is put together in the end: its UIDs may come later. */
  bulkText(tag: number, vr: string, path: string): string {
    this.count(tag, URI_CHARACTERS);
    return this.counted(tag, `{"vr":"${vr}","BulkDataURI":"${BULK_MARK}${path}"}`);
  }
}
