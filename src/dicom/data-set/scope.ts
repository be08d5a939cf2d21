import { tagText } from '../dictionary/dictionary';
import type { CharacterSet } from '../values/character-sets';
import type { FragmentReader } from './fragment-reader';

/** How the elements of a data set are encoded (PS3.5 7.1, 7.3). */
export interface Encoding {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
}

/** The end of a value that ends at a delimiter or at the end of the file. */
export const UNLIMITED = Number.POSITIVE_INFINITY;

interface Extent {
  /** The offset after the last byte; UNLIMITED when a delimiter ends the value. */
  readonly end: number;
  /** The nearest end among those of this scope and all scopes around it. */
  readonly limit: number;
}

/** The top-level data set or an item of a sequence, while its elements are read. */
export class DataSetScope implements Extent {
  readonly kind = 'data-set';
  /** Pixel Representation (0028,0103) of this data set or of the nearest one around it. */
  pixelRepresentation: number | undefined;
  characterSet: CharacterSet;
  implicit: boolean;
  bigEndian: boolean;
  /** The encoding has been checked against the first element. */
  detected = false;
  readonly tags: number[] = [];
  /** JSON text of each attribute, in the order of `tags`. */
  readonly texts: string[] = [];
  #lastTag = -1;
  #seen: Set<number> | undefined;

  constructor(
    readonly end: number,
    readonly limit: number,
    encoding: Encoding,
    characterSet: CharacterSet,
    pixelRepresentation: number | undefined,
  ) {
    this.implicit = encoding.implicit;
    this.bigEndian = encoding.bigEndian;
    this.characterSet = characterSet;
    this.pixelRepresentation = pixelRepresentation;
  }

  /** The highest tag that was added; -1 when there is none. */
  get lastTag(): number {
    return this.#lastTag;
  }

  /**
   * Whether the attribute has been read already. Elements ascend (PS3.5 7.1), so a set is built only when they do not.
   */
  has(tag: number): boolean {
    if (this.#seen === undefined) {
      if (tag > this.#lastTag) return false;
      this.#seen = new Set(this.tags);
    }
    return this.#seen.has(tag);
  }

  /** Adds an attribute, given as JSON text. */
  add(tag: number, text: string): void {
    this.tags.push(tag);
    this.texts.push(text);
    this.#seen?.add(tag);
    if (tag > this.#lastTag) this.#lastTag = tag;
  }

  /** Removes the attribute that was added last. */
  removeLast(): void {
    const tag = this.tags.pop();
    this.texts.pop();
    if (tag !== undefined) this.#seen?.delete(tag);
  }

  /** The attributes in ascending order of tags. */
  entries(): [tag: string, text: string][] {
    const entries = this.tags.map((tag, index): [number, string] => [tag, this.texts[index]!]);
    if (this.#seen !== undefined) entries.sort(([a], [b]) => a - b);
    return entries.map(([tag, text]) => [tagText(tag), text]);
  }

  /** The data set as a JSON object (PS3.18 F.2.2). */
  json(): string {
    return dataSetJson(this.entries());
  }
}

/** Longer text is concatenated rather than joined: joining would copy deeply nested text once for each level. */
const MAX_COPIED = 32_768;

/** Writes attributes as a JSON object. */
export function dataSetJson(entries: Iterable<readonly [tag: string, text: string]>): string {
  const parts: string[] = [];
  let length = 0;
  for (const [tag, attribute] of entries) {
    parts.push(`"${tag}":${attribute}`);
    length += attribute.length;
  }
  // JavaScript engines keep concatenated text as a tree of pieces, which takes far more memory when the pieces are
  // small. `join` makes one flat text.
  if (length <= MAX_COPIED) return `{${parts.join(',')}}`;
  let text = '';
  for (const part of parts) text += text === '' ? part : `,${part}`;
  return `{${text}}`;
}

/** A sequence, while its items are read. */
export class SequenceScope implements Extent {
  readonly kind = 'sequence';
  /** The number of items so far, which is also the number of the open item. */
  count = 0;
  #text = '';
  /** The last items, which are not part of the text yet, and their length. */
  #items: string[] = [];
  #itemsLength = 0;

  constructor(
    readonly tag: number,
    readonly start: number,
    readonly end: number,
    readonly limit: number,
    readonly encoding: Encoding,
    /** The sequence was marked UN: its encoding is a guess until the first item. */
    readonly guessed: boolean,
    /** The attribute is a duplicate: it is parsed but not kept. */
    readonly unwanted: boolean,
    /** The number of bulk ranges before this sequence. */
    readonly bulkCount: number,
  ) {}

  /** Adds an item, given as JSON text. */
  add(item: string): void {
    this.count++;
    this.#items.push(item);
    this.#itemsLength += item.length;
    if (this.#itemsLength > MAX_COPIED) this.#gather();
  }

  /** Adds the last items to the text: many small pieces are joined, as in dataSetJson, and long ones are not copied. */
  #gather(): void {
    const joined = this.#items.length === 1 ? this.#items[0]! : this.#items.join(',');
    this.#text += this.#text === '' ? joined : `,${joined}`;
    this.#items = [];
    this.#itemsLength = 0;
  }

  /** The sequence as the JSON text of an attribute (PS3.18 F.2.2). */
  json(): string {
    if (this.#items.length > 0) this.#gather();
    return this.count === 0 ? '{"vr":"SQ"}' : `{"vr":"SQ","Value":[${this.#text}]}`;
  }
}

/** A part of a data set that is being read. */
export type Scope = DataSetScope | SequenceScope | FragmentReader;
