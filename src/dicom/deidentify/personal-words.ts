import type { DicomJson } from '../json/json-model';

/** Shorter words of a name are initials, or parts of codes. A word of a script without an alphabet says more. */
const SHORTEST_WORD = 3;
const SHORTEST_IDEOGRAPHS = 2;

/**
 * A name with at least this number of letters is also found inside longer words, and an identifier also across spaces and
 * hyphens.
 */
const SHORTEST_PART = 5;
const SHORTEST_IDENTIFIER = 4;

/** Names and identifiers that are looked for inside other words. No real data set has more. */
const MOST_PARTS = 256;

const WORD = /[\p{L}\p{N}]+/gu;
const IDEOGRAPHS = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;

/** Patient ID, Other Patient IDs, Accession Number. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['00100020', '00101000', '00080050']);

/** The words by which the persons of a data set are named, and the identifiers of patient and order, in all their items. */
export class PersonalWords {
  readonly #words = new Set<string>();
  readonly #parts = new Set<string>();
  readonly #identifiers = new Set<string>();

  constructor(dataSet: DicomJson) {
    this.#collect(dataSet);
  }

  /** Whether a word is a word of a name or of an identifier, of any length. */
  has(word: string): boolean {
    return spellings(word).some((spelling) => this.#words.has(spelling));
  }

  /**
   * Removes from a text the words that name a person, and leaves everything else.
   * @returns the same text when there are none; empty when no other word is left
   */
  removedFrom(text: string): string {
    const words = [...text.matchAll(WORD)];
    const inIdentifier = this.#wordsOfIdentifiers(words.map(([word]) => word));
    const named = words.filter(([word], at) => inIdentifier.has(at) || this.#names(word));
    if (named.length === 0) return text;
    if (named.length === words.length) return '';
    let left = '';
    let from = 0;
    for (const { 0: word, index } of named) {
      left += text.slice(from, index);
      from = index + word.length;
    }
    return (left + text.slice(from)).replace(/\s+/g, ' ').trim();
  }

  #names(word: string): boolean {
    const long = word.length >= (IDEOGRAPHS.test(word) ? SHORTEST_IDEOGRAPHS : SHORTEST_WORD);
    return (long && this.has(word)) || spellings(word).some((spelling) => this.#hasPart(spelling));
  }

  #hasPart(spelling: string): boolean {
    for (const part of this.#parts) if (spelling.includes(part)) return true;
    return false;
  }

  /** The places of the words in which an identifier is written, with whatever stands between its groups. */
  #wordsOfIdentifiers(words: readonly string[]): Set<number> {
    const places = new Set<number>();
    const ends: number[] = [];
    let joined = '';
    for (const word of words) {
      joined += fold(word);
      ends.push(joined.length);
    }
    for (const identifier of this.#identifiers) {
      for (let at = joined.indexOf(identifier); at >= 0; at = joined.indexOf(identifier, at + 1)) {
        for (let place = 0; place < ends.length; place += 1) {
          const start = ends[place - 1] ?? 0;
          if (start < at + identifier.length && ends[place]! > at) places.add(place);
        }
      }
    }
    return places;
  }

  #collect(dataSet: DicomJson): void {
    for (const [tag, { vr, Value = [] }] of Object.entries(dataSet)) {
      for (const value of Value) {
        if (vr === 'SQ' && value !== null && typeof value === 'object') this.#collect(value as DicomJson);
        else if (vr === 'PN' && value !== null) {
          const text = typeof value === 'object' ? Object.values(value).join(' ') : `${value}`;
          for (const word of text.match(WORD) ?? []) this.#addName(word);
        } else if (IDENTIFIERS.has(tag) && typeof value === 'string') this.#addIdentifier(value);
      }
    }
  }

  #addName(word: string): void {
    const shortest = IDEOGRAPHS.test(word) ? SHORTEST_IDEOGRAPHS : SHORTEST_PART;
    for (const spelling of spellings(word)) {
      this.#words.add(spelling);
      if (spelling.length >= shortest && this.#parts.size < MOST_PARTS) this.#parts.add(spelling);
    }
  }

  #addIdentifier(text: string): void {
    const words = text.match(WORD) ?? [];
    for (const word of words) for (const spelling of spellings(word)) this.#words.add(spelling);
    const joined = fold(words.join(''));
    if (joined.length >= SHORTEST_IDENTIFIER && this.#identifiers.size < MOST_PARTS) this.#identifiers.add(joined);
  }
}

/** How a word is written with and without the marks of its letters: Müller, Muller, Mueller. */
function spellings(word: string): string[] {
  const lower = word.toLowerCase();
  return [...new Set([fold(word), fold(lower.replace(/[äöüøåæœ]/g, (letter) => DIGRAPHS[letter]!))])];
}

const DIGRAPHS: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa', æ: 'ae', œ: 'oe' };

/** In lower case and without the marks of its letters. Kana keep theirs, which are other sounds. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ß', 'ss');
}
