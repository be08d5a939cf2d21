import { DicomError } from '../errors';
import type { Steps } from '../steps';

/** UTF-16 code units that are parsed between two pauses: some milliseconds of work. */
const PIECE = 128 * 1024;

/**
 * Maximum number of objects and arrays in one JSON text. Each needs memory in addition to its text, and real metadata
 * has fewer.
 */
const MAX_CONTAINERS = 500_000;

/** Engines keep a longer slice as a reference to the whole text, which would then stay in memory. */
const LONGEST_COPY = 12;

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const LITERALS = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const WHOLE = /^-?\d+$/;
const SPECIAL = /[\\\x00-\x1f]/;

/** The result of parsing JSON. */
export interface ParsedJson {
  readonly value: unknown;
  /**
   * The data sets in which an object names a member twice, by their places in the outermost array, each with the attribute
   * that occurs twice or that contains the object; undefined when there is no such attribute. Other parsers keep the first
   * of the two members, JSON.parse the last (RFC 8259 4), so such a data set means one thing here and another elsewhere.
   */
  readonly repeated: ReadonlyMap<number, string | undefined>;
}

/**
 * Parses one data set or an array of data sets, of any length, piece by piece. It accepts what JSON.parse accepts, and gives
 * the same value, except that a whole number of 64 bits (VR SV or UV) keeps its digits: beyond 2^53 it becomes text.
 * @throws DicomError `malformed` when the text is not JSON, `too-large` when it has too many objects and arrays
 */
export function* parseJson(json: string): Steps<ParsedJson> {
  const parser = new JsonParser(json);
  while (parser.step(PIECE)) yield;
  return parser;
}

type Members = Record<string, unknown>;

/** An object or an array that is open. */
interface Open {
  readonly members?: Members;
  readonly elements?: unknown[];
  /** The member that is being read. */
  name?: string;
}

type Expected = 'value' | 'value-or-end' | 'name' | 'name-or-end' | 'comma-or-end' | 'end';

class JsonParser implements ParsedJson {
  value: unknown;
  readonly repeated = new Map<number, string | undefined>();
  readonly #json: string;
  readonly #open: Open[] = [];
  #containers = 0;
  #expected: Expected = 'value';
  #at = 0;

  constructor(json: string) {
    this.#json = json;
  }

  /** Parses about as many code units. @returns false when the text was parsed to its end */
  step(units: number): boolean {
    const end = this.#at + units;
    while (this.#at < end) {
      this.#skipSpace();
      if (this.#at === this.#json.length) {
        if (this.#expected !== 'end') throw notJson();
        return false;
      }
      this.#token(this.#json[this.#at]!);
    }
    return true;
  }

  #token(first: string): void {
    const isValue = this.#expected === 'value' || this.#expected === 'value-or-end';
    if (first === '"') {
      if (isValue) this.#put(this.#text());
      else this.#name();
    } else if (first === '{' || first === '[') {
      if (!isValue) throw notJson();
      this.#begin(first);
    } else if (first === '}' || first === ']') this.#end(first);
    else if (first === ',') {
      if (this.#expected !== 'comma-or-end') throw notJson();
      this.#at += 1;
      this.#expected = this.#open.at(-1)!.members === undefined ? 'value' : 'name';
    } else {
      if (!isValue) throw notJson();
      this.#put(this.#scalar());
    }
  }

  #begin(bracket: '{' | '['): void {
    this.#containers += 1;
    if (this.#containers > MAX_CONTAINERS) throw new DicomError('too-large', 'the metadata has too many values');
    const open: Open = bracket === '{' ? { members: {} } : { elements: [] };
    this.#put(open.members ?? open.elements);
    this.#open.push(open);
    this.#expected = bracket === '{' ? 'name-or-end' : 'value-or-end';
    this.#at += 1;
  }

  #end(bracket: '}' | ']'): void {
    const expected =
      this.#expected === 'comma-or-end' || this.#expected === (bracket === '}' ? 'name-or-end' : 'value-or-end');
    if (!expected || (this.#open.at(-1)!.members === undefined) !== (bracket === ']')) throw notJson();
    this.#open.pop();
    this.#at += 1;
    this.#expected = this.#open.length === 0 ? 'end' : 'comma-or-end';
  }

  #name(): void {
    if (this.#expected !== 'name' && this.#expected !== 'name-or-end') throw notJson();
    const open = this.#open.at(-1)!;
    open.name = this.#text();
    if (Object.hasOwn(open.members!, open.name)) {
      const place = this.#open[0]!.elements === undefined ? 0 : this.#open[0]!.elements.length - 1;
      if (!this.repeated.has(place)) this.repeated.set(place, this.#attributeAround());
    }
    this.#skipSpace();
    if (this.#json[this.#at] !== ':') throw notJson();
    this.#at += 1;
    this.#expected = 'value';
  }

  /** Adds a value to what is open. */
  #put(value: unknown): void {
    const open = this.#open.at(-1);
    if (open === undefined) this.value = value;
    else if (open.elements !== undefined) open.elements.push(value);
    // An assignment would set the prototype.
    else if (open.name === '__proto__') {
      Object.defineProperty(open.members, open.name, { value, enumerable: true, configurable: true, writable: true });
    } else open.members![open.name!] = value;
    this.#expected = open === undefined ? 'end' : 'comma-or-end';
  }

  #text(): string {
    const json = this.#json;
    const from = this.#at;
    let end = json.indexOf('"', from + 1);
    while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
    if (end < 0) throw notJson();
    this.#at = end + 1;
    const written = json.slice(from + 1, end);
    if (written.length <= LONGEST_COPY && !SPECIAL.test(written)) return written;
    try {
      return JSON.parse(json.slice(from, end + 1)) as string;
    } catch {
      throw notJson();
    }
  }

  #scalar(): number | string | boolean | null {
    SCALAR.lastIndex = this.#at;
    const written = SCALAR.exec(this.#json)?.[0];
    if (written === undefined) throw notJson();
    this.#at += written.length;
    if (LITERALS.has(written)) return LITERALS.get(written) as boolean | null;
    const number = Number(written);
    return WHOLE.test(written) && !Number.isSafeInteger(number) ? written : number;
  }

  #skipSpace(): void {
    for (; this.#at < this.#json.length; this.#at += 1) {
      const code = this.#json.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #attributeAround(): string | undefined {
    return this.#open.findLast(({ name }) => name !== undefined && /^[0-9A-Fa-f]{8}$/.test(name))?.name?.toUpperCase();
  }
}

/** Whether the quotation mark at `at` is part of a text. */
function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function notJson(): DicomError {
  return new DicomError('malformed', 'the metadata is not JSON');
}
