import { tagText } from '../dictionary/dictionary';
import type { CharacterSet } from '../values/character-sets';
import type { FragmentReader } from './fragment-reader';

/** How the elements of a data set are encoded (PS3.5 7.1, 7.3). */
export interface Encoding {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
}

/** The end of what only a delimiter or the file ends. */
export const UNLIMITED = Number.POSITIVE_INFINITY;

interface Extent {
  /** One past its last byte; UNLIMITED when a delimiter ends it. */
  readonly end: number;
  /** The nearest end of it and all that it lies in. */
  readonly limit: number;
}

/** The data set itself, or an item of a sequence, while its elements come in. */
export class DataSetScope implements Extent {
  readonly kind = 'data-set';
  /** Pixel Representation (0028,0103): of this data set or the nearest around it. */
  pixelRepresentation: number | undefined;
  characterSet: CharacterSet;
  implicit: boolean;
  bigEndian: boolean;
  /** The encoding was checked against the first element. */
  detected = false;
  readonly tags: number[] = [];
  /** JSON text of the attributes, as `tags` names them. */
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

  get lastTag(): number {
    return this.#lastTag;
  }

  /** Whether the attribute is here already. Elements ascend (PS3.5 7.1), so a set is built only when they do not. */
  has(tag: number): boolean {
    if (this.#seen === undefined) {
      if (tag > this.#lastTag) return false;
      this.#seen = new Set(this.tags);
    }
    return this.#seen.has(tag);
  }

  add(tag: number, text: string): void {
    this.tags.push(tag);
    this.texts.push(text);
    this.#seen?.add(tag);
    if (tag > this.#lastTag) this.#lastTag = tag;
  }

  /** The attributes by tag, ascending. */
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

/** Beyond this, text is linked rather than copied: what lies deep inside would be copied at every level. */
const MAX_COPIED = 32_768;

/** Attributes as a JSON object. */
export function dataSetJson(entries: Iterable<readonly [tag: string, text: string]>): string {
  const parts: string[] = [];
  let length = 0;
  for (const [tag, attribute] of entries) {
    parts.push(`"${tag}":${attribute}`);
    length += attribute.length;
  }
  // Engines keep concatenated text as a tree of its pieces, many times its size when they are small; join makes it flat.
  if (length <= MAX_COPIED) return `{${parts.join(',')}}`;
  let text = '';
  for (const part of parts) text += text === '' ? part : `,${part}`;
  return `{${text}}`;
}

/** A sequence while its items come in. */
export class SequenceScope implements Extent {
  readonly kind = 'sequence';
  /** Items so far: the number of the one that is open. */
  count = 0;
  // One text that grows: joining an array would copy what is deep inside at every level.
  #text = '';

  constructor(
    readonly tag: number,
    readonly start: number,
    readonly end: number,
    readonly limit: number,
    readonly encoding: Encoding,
    /** Came as UN: the encoding is a guess until the first item. */
    readonly guessed: boolean,
    /** A duplicate: parsed, not kept. */
    readonly unwanted: boolean,
    /** Bulk ranges there were before it. */
    readonly bulkCount: number,
  ) {}

  add(item: string): void {
    this.#text += this.count === 0 ? item : `,${item}`;
    this.count++;
  }

  json(): string {
    return this.count === 0 ? '{"vr":"SQ"}' : `{"vr":"SQ","Value":[${this.#text}]}`;
  }
}

export type Scope = DataSetScope | SequenceScope | FragmentReader;
