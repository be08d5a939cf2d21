import type { DicomJson } from '../json/json-model';
import { foldLetters } from '../values/fold-letters';
import { foldWord, spellings } from './spellings';

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

/** Words that apostrophes, hyphens or spaces join, and that may be one word in a name. */
const MOST_JOINED = 4;

/** A letter and its marks are one, so a word has them too. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const IDEOGRAPHS = /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]+$/u;

/** Two kana are the start of many words. So a name of two is found within words only as it is written, not in the other kana. */
const TWO_KANA = /^[\p{scx=Hiragana}\p{scx=Katakana}]{2}$/u;

/** What people write within a name or leave out: apostrophes, hyphens, middle dots, and characters that are not seen. */
const JOINT = /^[\p{Pd}\p{Cf}'‘’‛`´′＇−·・･]{1,2}$/u;

/** Patient ID, Other Patient IDs, Accession Number. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['00100020', '00101000', '00080050']);

/** The words by which the persons of a data set are named, and the identifiers of patient and order, in all their items. */
export class PersonalWords {
  readonly #words = new Set<string>();
  /** The first character of each of them, which is the same in all its spellings. */
  readonly #initials = new Set<string | undefined>();
  readonly #parts = new Set<string>();
  readonly #partsAsWritten = new Set<string>();
  readonly #identifiers = new Set<string>();

  constructor(dataSet: DicomJson) {
    this.#collect(dataSet);
  }

  /** Whether a word is a word of a name or of an identifier, of any length. */
  has(word: string): boolean {
    return this.#knows(spellings(word));
  }

  /**
   * Removes from a text the words that name a person, and leaves everything else.
   * @returns the same text when there are none; empty when no other word is left
   */
  removedFrom(text: string): string {
    const words = wordsOf(text);
    const named = new Set([...this.#wordsOfIdentifiers(words), ...this.#joinedNames(words)]);
    for (const [at, word] of words.entries()) if (this.#names(word)) named.add(at);
    if (named.size === 0) return text;
    if (named.size === words.length) return '';
    let left = '';
    let from = 0;
    for (const [at, { word, index, joins }] of words.entries()) {
      if (!named.has(at)) continue;
      if (!joins || !named.has(at - 1)) left += text.slice(from, index);
      from = index + word.length;
    }
    return (left + text.slice(from)).replace(/\s+/g, ' ').trim();
  }

  #names({ word, ways }: Word): boolean {
    return (
      (isLong(ways[0] ?? '') && this.#knows(ways)) ||
      ways.some((spelling) => hasPart(spelling, this.#parts)) ||
      (this.#partsAsWritten.size > 0 && hasPart(foldLetters(word), this.#partsAsWritten))
    );
  }

  #knows(ways: readonly string[]): boolean {
    return ways.some((spelling) => this.#words.has(spelling));
  }

  /** The places of words that are one word of a name: O'Neil for ONeil, Xiao Ming for Xiaoming. */
  #joinedNames(words: readonly Word[]): Set<number> {
    const places = new Set<number>();
    for (const [first, { word, ways }] of words.entries()) {
      if (!this.#initials.has(ways[0]?.[0])) continue;
      let joined = word;
      let spaced = false;
      for (let last = first + 1; last < first + MOST_JOINED && words[last]?.follows; last += 1) {
        joined += words[last]!.word;
        spaced ||= !words[last]!.joins;
        const waysOfAll = spellings(joined);
        const [plain = ''] = waysOfAll;
        if (!(spaced ? plain.length >= SHORTEST_PART : isLong(plain)) || !this.#knows(waysOfAll)) continue;
        for (let place = first; place <= last; place += 1) places.add(place);
      }
    }
    return places;
  }

  /** The places of the words in which an identifier is written, with any text between its groups. */
  #wordsOfIdentifiers(words: readonly Word[]): Set<number> {
    const places = new Set<number>();
    if (this.#identifiers.size === 0) return places;
    const ends: number[] = [];
    let joined = '';
    for (const { ways } of words) {
      joined += ways[0] ?? '';
      ends.push(joined.length);
    }
    for (const identifier of this.#identifiers) {
      let place = 0;
      for (let at = joined.indexOf(identifier); at >= 0; at = joined.indexOf(identifier, at + 1)) {
        while (ends[place]! <= at) place += 1;
        // Occurrences may overlap. The word in which one ends is the first that another may still need.
        for (places.add(place); ends[place]! < at + identifier.length; places.add(place)) place += 1;
      }
    }
    return places;
  }

  #collect(dataSet: DicomJson): void {
    for (const [tag, { vr, Value = [] }] of Object.entries(dataSet)) {
      for (const value of Value) {
        if (vr === 'SQ' && value !== null && typeof value === 'object') this.#collect(value as DicomJson);
        else if (vr === 'PN' && value !== null) {
          for (const group of typeof value === 'object' ? Object.values(value) : [value]) this.#addName(`${group}`);
        } else if (IDENTIFIERS.has(tag) && typeof value === 'string') this.#addIdentifier(value);
      }
    }
  }

  /** @param group a component group of a name */
  #addName(group: string): void {
    const words = wordsOf(group);
    for (const { word } of words) this.#addWord(word);
    for (const [at, { word, joins }] of words.entries()) {
      const before = words[at - 1]?.word;
      if (before === undefined) continue;
      if (joins) this.#addWord(before + word);
      // Without a space in either order, JaneDoe, but not within longer words: in many, van der or de la stand by chance.
      for (const joined of [before + word, word + before]) {
        if (foldWord(joined).length >= SHORTEST_PART) this.#addSpellings(joined);
      }
    }
  }

  /** A word of a name, which is also looked for inside longer words. */
  #addWord(word: string): void {
    for (const spelling of this.#addSpellings(word)) {
      const shortest = IDEOGRAPHS.test(spelling) ? SHORTEST_IDEOGRAPHS : SHORTEST_PART;
      if (spelling.length < shortest) continue;
      if (TWO_KANA.test(spelling)) addPart(this.#partsAsWritten, foldLetters(word));
      else addPart(this.#parts, spelling);
    }
  }

  #addSpellings(word: string): readonly string[] {
    const ways = spellings(word);
    for (const spelling of ways) this.#words.add(spelling);
    this.#initials.add(ways[0]?.[0]);
    return ways;
  }

  #addIdentifier(text: string): void {
    const words = text.match(WORD) ?? [];
    for (const word of words) this.#addSpellings(word);
    const joined = foldWord(words.join(''));
    if (joined.length >= SHORTEST_IDENTIFIER) addPart(this.#identifiers, joined);
  }
}

interface Word {
  readonly word: string;
  readonly ways: readonly string[];
  readonly index: number;
  /** Whether a joint is between the word and the one before. */
  readonly joins: boolean;
  /** Whether a joint or a space is between them. */
  readonly follows: boolean;
}

function wordsOf(text: string): readonly Word[] {
  let end = 0;
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => {
    const between = end > 0 && index - end <= 2 ? text.slice(end, index) : '';
    const joins = JOINT.test(between);
    end = index + word.length;
    return { word, ways: spellings(word), index, joins, follows: joins || /^\s$/.test(between) };
  });
}

function addPart(parts: Set<string>, part: string): void {
  if (parts.size < MOST_PARTS) parts.add(part);
}

function hasPart(word: string, parts: ReadonlySet<string>): boolean {
  for (const part of parts) if (word.includes(part)) return true;
  return false;
}

/** Whether a folded word is long enough to be a name. */
function isLong(folded: string): boolean {
  return folded.length >= (IDEOGRAPHS.test(folded) ? SHORTEST_IDEOGRAPHS : SHORTEST_WORD);
}
