import { DICTIONARY, PATTERNS } from './dictionary-data';

/** VRs of PS3.6 that depend on other attributes. */
const AMBIGUOUS: Record<string, string> = {
  XS: 'US or SS',
  OX: 'OB or OW',
  LX: 'US or OW',
  ZX: 'US or SS or OW',
};

interface Pattern {
  readonly mask: number;
  readonly bits: number;
  readonly vr: string;
}

// Filled on first use, since a Worker may spend little CPU time on start-up.
let vrs: Map<number, string> | undefined;
let patterns: Pattern[] = [];
let keywordByTag: Map<number, string> | undefined;
let tagByKeyword: Map<string, number> | undefined;
let tagByLowerCase: Map<string, string> | undefined;

function* entries(): Generator<[tag: number, vr: string, keyword: string]> {
  for (const line of DICTIONARY.trim().split('\n')) {
    const [group, ...elements] = line.split(' ');
    const high = Number.parseInt(group!, 16) * 0x10000;
    for (const element of elements) {
      yield [high + Number.parseInt(element.slice(0, 4), 16), element.slice(4, 6), element.slice(6)];
    }
  }
}

function load(): Map<number, string> {
  const byTag = new Map<number, string>();
  for (const [tag, code] of entries()) byTag.set(tag, AMBIGUOUS[code] ?? code);
  patterns = PATTERNS.split(' ').map((text) => {
    const digits = text.slice(0, 8);
    return {
      mask: Number.parseInt(digits.replace(/[^X]/g, 'F').replace(/X/g, '0'), 16) >>> 0,
      bits: Number.parseInt(digits.replace(/X/g, '0'), 16),
      vr: text.slice(8, 10),
    };
  });
  for (const pattern of patterns) {
    // The mask was built from the fixed digits, which became F; the free digits became 0.
    byTag.set(pattern.bits, byTag.get(pattern.bits) ?? pattern.vr);
  }
  return byTag;
}

/** The tag under which the dictionary has an attribute of a repeating group (PS3.5 7.6): 60xx is 6000, 50xx is 5000. */
function baseTag(tag: number): number {
  const high = tag >>> 24;
  if ((high === 0x60 || high === 0x50) && (tag & 0x10000) === 0) return (tag & 0xff00ffff) >>> 0;
  return tag;
}

/**
 * The VR of a standard attribute (PS3.6), for its tag as a number.
 *
 * @returns undefined for private and unknown attributes; "US or SS" and similar where the VR depends on other
 * attributes
 */
export function vrOfTag(tag: number): string | undefined {
  vrs ??= load();
  const found = vrs.get(baseTag(tag));
  if (found !== undefined) return found;
  const group = tag >>> 16;
  // Only these groups have patterns. This skips the search for most unknown tags.
  if (group !== 0x0020 && group !== 0x0028 && group !== 0x1000 && group !== 0x1010) return undefined;
  return patterns.find((pattern) => (tag & pattern.mask) >>> 0 === pattern.bits)?.vr;
}

/**
 * The VR of a standard attribute (PS3.6).
 *
 * @param tag eight hexadecimal digits, any case
 * @returns undefined for private and unknown attributes; "US or SS" and similar where the VR depends on other
 * attributes
 */
export function vrOf(tag: string): string | undefined {
  return /^[0-9A-Fa-f]{8}$/.test(tag) ? vrOfTag(Number.parseInt(tag, 16)) : undefined;
}

/**
 * The tag of a standard attribute (eight upper-case hexadecimal digits) for its keyword in PS3.6, spelled exactly so.
 */
export function tagOfKeyword(keyword: string): string | undefined {
  if (tagByKeyword === undefined) {
    tagByKeyword = new Map();
    for (const [tag, , word] of entries()) if (word !== '' && !tagByKeyword.has(word)) tagByKeyword.set(word, tag);
  }
  const tag = tagByKeyword.get(keyword);
  return tag === undefined ? undefined : tagText(tag);
}

/** Like tagOfKeyword, but ignores case: no two keywords of PS3.6 differ by case alone. */
export function tagOfKeywordInAnyCase(keyword: string): string | undefined {
  const exact = tagOfKeyword(keyword);
  if (exact !== undefined) return exact;
  tagByLowerCase ??= new Map([...(tagByKeyword ?? [])].map(([word, tag]) => [word.toLowerCase(), tagText(tag)]));
  return tagByLowerCase.get(keyword.toLowerCase());
}

/** The keyword of a standard attribute (PS3.6) for its tag, eight hexadecimal digits. */
export function keywordOfTag(tag: string): string | undefined {
  if (!/^[0-9A-Fa-f]{8}$/.test(tag)) return undefined;
  if (keywordByTag === undefined) {
    keywordByTag = new Map();
    for (const [number, , word] of entries()) if (word !== '') keywordByTag.set(number, word);
  }
  return keywordByTag.get(baseTag(Number.parseInt(tag, 16)));
}

/** All bytes as two hexadecimal digits. */
const HEXADECIMAL = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** A tag as DICOM JSON writes it (PS3.18 F.2.2): eight upper-case hexadecimal digits. */
export function tagText(tag: number): string {
  // Number's toString is slow for numbers that the engine keeps as floating point, which includes large tags.
  return `${HEXADECIMAL[tag >>> 24]}${HEXADECIMAL[(tag >>> 16) & 0xff]}${HEXADECIMAL[(tag >>> 8) & 0xff]}${HEXADECIMAL[tag & 0xff]}`;
}
