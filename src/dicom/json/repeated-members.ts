const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** An object or an array that is open. */
interface Open {
  /** The names of the members so far; absent in an array. */
  readonly names?: Set<string>;
  /** The member that is being read. */
  name?: string;
  /** Whether the next text is the name of a member. */
  expectsName: boolean;
}

/**
 * Finds the data sets in which an object names a member twice. JSON.parse silently keeps the last of them, other parsers
 * the first (RFC 8259 4), so such a data set means one thing here and another thing elsewhere.
 * @param json text that JSON.parse has accepted: one data set, or an array of data sets
 * @returns for each such data set, by its place in the array, the attribute that occurs twice or that contains the object;
 * undefined when there is no such attribute
 */
export function repeatedMembers(json: string): Map<number, string | undefined> {
  const found = new Map<number, string | undefined>();
  const open: Open[] = [];
  let place = 0;
  let listed = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    const here = open.at(-1);
    if (code === QUOTE) {
      const end = endOfText(json, at);
      if (here?.names !== undefined && here.expectsName) {
        const name = textOf(json, at, end);
        here.name = name;
        if (here.names.has(name) && !found.has(place)) found.set(place, attributeAround(open));
        here.names.add(name);
      }
      at = end;
    } else if (code === OPENING_BRACE) open.push({ names: new Set(), expectsName: true });
    else if (code === OPENING_BRACKET) {
      listed ||= open.length === 0;
      open.push({ expectsName: false });
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) open.pop();
    else if (code === COLON) here!.expectsName = false;
    else if (code === COMMA) {
      here!.expectsName = true;
      if (listed && open.length === 1) place += 1;
    }
  }
  return found;
}

/** The quotation mark that ends the text whose first quotation mark is at `at`. */
function endOfText(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

function textOf(json: string, at: number, end: number): string {
  const written = json.slice(at + 1, end);
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
}

function attributeAround(open: readonly Open[]): string | undefined {
  return open.findLast(({ name }) => name !== undefined && /^[0-9A-Fa-f]{8}$/.test(name))?.name?.toUpperCase();
}
