/**
 * Decodes text of the VRs to which Specific Character Set (0008,0005) applies: PS3.3 C.12.1.1.2, PS3.5 6.1.2.
 *
 * TextDecoder knows all repertoires but not the switching between them (ISO/IEC 2022 code extensions, PS3.5 6.1.2.5),
 * and it decodes Latin-1 as windows-1252. This module does both.
 */
export interface CharacterSet {
  /** Whether only the default repertoire is declared, so that text should be ASCII. */
  readonly undeclared: boolean;
  /**
   * Decodes `bytes[start..end)`. Never throws: invalid bytes become U+FFFD.
   *
   * @param name whether the value is a PN, in which `^` and `=` also reset the code elements
   * @param multiple whether a backslash separates values and therefore resets the code elements
   */
  decode(bytes: Uint8Array, start: number, end: number, name: boolean, multiple: boolean): string;
}

type Decode = (bytes: Uint8Array) => string;

const decoders = new Map<string, Decode>();
function labelled(label: string): Decode {
  let decode = decoders.get(label);
  if (decode === undefined) {
    const decoder = new TextDecoder(label, { fatal: false, ignoreBOM: true });
    decode = (bytes) => decoder.decode(bytes);
    decoders.set(label, decode);
  }
  return decode;
}

/** ISO 8859-1: each byte is the code point. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192) as unknown as number[]);
  }
  return text;
}

/**
 * Decodes text for which no repertoire is declared. It should be ASCII; some files have UTF-8, which can be recognised,
 * or Latin-1.
 */
function decodeUndeclared(bytes: Uint8Array): string {
  try {
    strictUtf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return strictUtf8.decode(bytes);
  } catch {
    return decodeLatin1(bytes);
  }
}
let strictUtf8: TextDecoder | undefined;

/** A code element of PS3.3 tables C.12-3 and C.12-4: a repertoire that G0 or G1 can hold. */
interface CodeElement {
  readonly half: 'G0' | 'G1';
  readonly width: 1 | 2;
  readonly decode: Decode;
}

const ASCII: CodeElement = { half: 'G0', width: 1, decode: decodeLatin1 };
const ROMAJI: CodeElement = { half: 'G0', width: 1, decode: decodeLatin1 };
const KATAKANA: CodeElement = { half: 'G1', width: 1, decode: (bytes) => labelled('shift_jis')(bytes) };
const KANJI: CodeElement = {
  half: 'G0',
  width: 2,
  decode: (bytes) => labelled('euc-jp')(bytes.map((byte) => byte | 0x80)),
};
const SUPPLEMENTARY_KANJI: CodeElement = {
  half: 'G0',
  width: 2,
  decode: (bytes) => {
    // EUC-JP marks each character of JIS X 0212 with a byte 8F.
    const marked = new Uint8Array(Math.ceil(bytes.length / 2) * 3);
    for (let from = 0, to = 0; from < bytes.length; from += 2) {
      marked[to++] = 0x8f;
      marked[to++] = bytes[from]! | 0x80;
      marked[to++] = (bytes[from + 1] ?? 0) | 0x80;
    }
    return labelled('euc-jp')(marked);
  },
};
const HANGUL: CodeElement = { half: 'G1', width: 2, decode: (bytes) => labelled('euc-kr')(bytes) };
const HANZI: CodeElement = { half: 'G1', width: 2, decode: (bytes) => labelled('gb18030')(bytes) };
function right(label: string): CodeElement {
  return { half: 'G1', width: 1, decode: (bytes) => labelled(label)(bytes) };
}
const LATIN1: CodeElement = { half: 'G1', width: 1, decode: decodeLatin1 };

/** Escape sequences without the escape character, PS3.3 tables C.12-3 and C.12-4. */
const ESCAPES: readonly (readonly [sequence: string, element: CodeElement])[] = [
  ['(B', ASCII],
  ['(J', ROMAJI],
  [')I', KATAKANA],
  ['$B', KANJI],
  // JIS C 6226-1978, the predecessor of JIS X 0208: not in the standard, but some writers use it.
  ['$@', KANJI],
  ['$(D', SUPPLEMENTARY_KANJI],
  ['$)C', HANGUL],
  ['$)A', HANZI],
  ['-A', LATIN1],
  ['-B', right('iso-8859-2')],
  ['-C', right('iso-8859-3')],
  ['-D', right('iso-8859-4')],
  ['-F', right('iso-8859-7')],
  ['-G', right('iso-8859-6')],
  ['-H', right('iso-8859-8')],
  ['-L', right('iso-8859-5')],
  ['-M', right('iso-8859-9')],
  ['-T', right('windows-874')],
  ['-b', right('iso-8859-15')],
];

/** How text without escape sequences is decoded, and the initial contents of G1, by ISO registration number. */
const REPERTOIRES: Record<string, { readonly plain: Decode; readonly g1?: string }> = {
  6: { plain: decodeUndeclared },
  100: { plain: decodeLatin1, g1: '-A' },
  101: { plain: (bytes) => labelled('iso-8859-2')(bytes), g1: '-B' },
  109: { plain: (bytes) => labelled('iso-8859-3')(bytes), g1: '-C' },
  110: { plain: (bytes) => labelled('iso-8859-4')(bytes), g1: '-D' },
  126: { plain: (bytes) => labelled('iso-8859-7')(bytes), g1: '-F' },
  127: { plain: (bytes) => labelled('iso-8859-6')(bytes), g1: '-G' },
  138: { plain: (bytes) => labelled('iso-8859-8')(bytes), g1: '-H' },
  144: { plain: (bytes) => labelled('iso-8859-5')(bytes), g1: '-L' },
  148: { plain: (bytes) => labelled('iso-8859-9')(bytes), g1: '-M' },
  166: { plain: (bytes) => labelled('windows-874')(bytes), g1: '-T' },
  203: { plain: (bytes) => labelled('iso-8859-15')(bytes), g1: '-b' },
  13: { plain: (bytes) => labelled('shift_jis')(bytes), g1: ')I' },
  87: { plain: decodeUndeclared },
  159: { plain: decodeUndeclared },
  149: { plain: (bytes) => labelled('euc-kr')(bytes), g1: '$)C' },
  58: { plain: (bytes) => labelled('gb18030')(bytes), g1: '$)A' },
};

/** Sets that allow no code extensions (PS3.3 table C.12-5). */
const STAND_ALONE: Record<string, string> = { 192: 'utf-8', GB18030: 'gb18030', GBK: 'gbk' };

/** Spellings seen in files, after case, spaces, underscores and hyphens are normalised. */
const ALIASES: Record<string, string> = {
  UTF8: '192',
  'UTF 8': '192',
  'ISO 2022 58': '58',
  'ISO 2022 GBK': 'GBK',
  GB2312: '58',
  ASCII: '6',
  LATIN1: '100',
  'ISO 8859 1': '100',
  'ISO 8859 2': '101',
  'ISO 8859 5': '144',
  'ISO 8859 9': '148',
  'ISO 8859 15': '203',
  'SHIFT JIS': '13',
  SHIFT_JIS: '13',
};

/** Registration number or name for one value of Specific Character Set; undefined when it is not known. */
function repertoireOf(value: string): string | undefined {
  const spelled = value
    .trim()
    .toUpperCase()
    .replace(/[\s_-]+/g, ' ');
  if (spelled === '') return '6';
  const number = /^ISO ?(?:2022 )?IR ?(\d+)$/.exec(spelled)?.[1] ?? ALIASES[spelled] ?? spelled;
  return number in REPERTOIRES || number in STAND_ALONE ? number : undefined;
}

/** PS3.3 tables C.12-2 and C.12-5: the allowed terms of a single value. */
const SINGLE_TERM = /^(?:ISO_IR (?:100|101|109|110|126|127|138|144|148|203|13|166|192)|GB18030|GBK)?$/;

/** PS3.3 tables C.12-3 and C.12-4: the allowed terms with code extensions. */
const EXTENSION_TERM = /^ISO 2022 IR (?:6|100|101|109|110|126|127|138|144|148|203|13|166|87|159|149|58)$/;

/** Whether a value is spelled as PS3.3 C.12.1.1.2 requires. */
function isDefinedTerm(value: string, index: number, count: number): boolean {
  const term = value.trim();
  return EXTENSION_TERM.test(term) || (count === 1 && SINGLE_TERM.test(term)) || (index === 0 && term === '');
}

/** A limit above the number of sets that exist. */
const MAX_SETS = 32;

/**
 * The character set that a value of Specific Character Set (0008,0005) names. Common spellings that differ from the
 * standard's are accepted.
 *
 * @param value the attribute's text, its values separated by backslashes
 * @param unknown called when a value is not a defined term; a value that names no character set is ignored
 */
export function characterSetOf(value: string, unknown?: () => void): CharacterSet {
  const names: string[] = [];
  const values = value.split('\\', MAX_SETS);
  if (!values.every((each, index) => isDefinedTerm(each, index, values.length))) unknown?.();
  for (const each of values) {
    const name = repertoireOf(each);
    if (name !== undefined) names.push(name);
  }
  const first = names[0] ?? '6';
  if (first in STAND_ALONE) {
    const decode = labelled(STAND_ALONE[first]!);
    return { undeclared: false, decode: (bytes, start, end) => decode(bytes.subarray(start, end)) };
  }
  const { plain, g1 } = REPERTOIRES[first]!;
  const initial = elementOf(g1);
  // High bytes although no set was designated: use the first declared set that has high bytes.
  const fallback = names.map((name) => elementOf(REPERTOIRES[name]?.g1)).find((element) => element !== undefined);
  return {
    undeclared: names.every((name) => name === '6'),
    decode(bytes, start, end, name, multiple) {
      const value = bytes.subarray(start, end);
      if (value.indexOf(ESCAPE) < 0 && (names.length === 1 || initial !== undefined || fallback === undefined)) {
        return plain(value);
      }
      return decodeExtended(value, initial ?? fallback ?? LATIN1, name, multiple);
    },
  };
}

function elementOf(sequence: string | undefined): CodeElement | undefined {
  return sequence === undefined ? undefined : ESCAPES.find(([each]) => each === sequence)?.[1];
}

/** The character set of a data set that declares none: the default repertoire. */
export const DEFAULT_CHARACTER_SET: CharacterSet = characterSetOf('');

const ESCAPE = 0x1b;

/** PS3.5 6.1.2.5.3: after these characters, the code elements are again those that value 1 designates. */
function resets(byte: number, name: boolean, multiple: boolean): boolean {
  if (byte < 0x20) return byte === 0x09 || byte === 0x0a || byte === 0x0c || byte === 0x0d;
  return (multiple && byte === 0x5c) || (name && (byte === 0x5e || byte === 0x3d));
}

function decodeExtended(bytes: Uint8Array, initialG1: CodeElement, name: boolean, multiple: boolean): string {
  let g0 = ASCII;
  let g1 = initialG1;
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === ESCAPE) {
      const designated = ESCAPES.find(([sequence]) => startsWith(bytes, at + 1, sequence));
      if (designated !== undefined) {
        if (designated[1].half === 'G0') g0 = designated[1];
        else g1 = designated[1];
        at += 1 + designated[0].length;
        continue;
      }
    }
    // A run of bytes of the same code element is decoded at once.
    const from = at;
    const high = byte >= 0x80;
    const element = high ? g1 : g0;
    if (!high && (element.width === 1 || byte < 0x21)) {
      let reset = resets(byte, name, multiple);
      at++;
      while (!reset && at < bytes.length && bytes[at]! < 0x80 && bytes[at] !== ESCAPE && element.width === 1) {
        reset = resets(bytes[at++]!, name, multiple);
      }
      text += decodeLatin1(bytes.subarray(from, at));
      if (reset) {
        g0 = ASCII;
        g1 = initialG1;
      }
      continue;
    }
    if (high) while (at < bytes.length && bytes[at]! >= 0x80) at++;
    else while (at < bytes.length && bytes[at]! >= 0x21 && bytes[at]! < 0x80) at += 2;
    at = Math.min(at, bytes.length);
    text += element.decode(bytes.subarray(from, at));
  }
  return text;
}

function startsWith(bytes: Uint8Array, at: number, sequence: string): boolean {
  for (let index = 0; index < sequence.length; index++) {
    if (bytes[at + index] !== sequence.charCodeAt(index)) return false;
  }
  return true;
}
