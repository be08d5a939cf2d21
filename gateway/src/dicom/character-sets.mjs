/** Defined Terms of Specific Character Set (0008,0005): PS3.3 C.12.1.1.2, with the encodings that decode them. */
const ENCODINGS = new Map([
  ['ISO_IR 100', 'windows-1252'],
  ['ISO_IR 101', 'iso-8859-2'],
  ['ISO_IR 109', 'iso-8859-3'],
  ['ISO_IR 110', 'iso-8859-4'],
  ['ISO_IR 144', 'iso-8859-5'],
  ['ISO_IR 127', 'iso-8859-6'],
  ['ISO_IR 126', 'iso-8859-7'],
  ['ISO_IR 138', 'iso-8859-8'],
  ['ISO_IR 148', 'windows-1254'],
  ['ISO_IR 203', 'iso-8859-15'],
  ['ISO_IR 13', 'shift_jis'],
  ['ISO_IR 166', 'windows-874'],
  ['ISO_IR 192', 'utf-8'],
  ['GB18030', 'gb18030'],
  ['GBK', 'gbk'],
  // With code extensions only: decodeExtended.
  ['ISO 2022 IR 149', 'euc-kr'],
  ['ISO 2022 IR 58', 'gb18030'],
]);

/**
 * A decoder of the texts of an identifier. Without a known character set the texts are read as UTF-8 if they can be, and
 * as Latin alphabet No. 1 otherwise.
 * @param {readonly string[]} terms values of Specific Character Set
 * @returns {(bytes: Buffer) => string}
 */
export function textDecoder(terms) {
  // The single-byte character sets have the same numbers with and without code extensions.
  const names = terms.map((term) => ENCODINGS.get(term) ?? ENCODINGS.get(term.replace('ISO 2022 IR', 'ISO_IR')));
  // Bytes above 127 may also come without an escape sequence, though the first value is ASCII.
  const initial = names[0] ?? names.find((name) => name !== undefined);
  return (bytes) => {
    if (bytes.includes(ESCAPE)) return decodeExtended(bytes, initial);
    return decodeAs(initial, bytes);
  };
}

/** @param {string | undefined} encoding @param {Buffer} bytes */
function decodeAs(encoding, bytes) {
  if (encoding !== undefined) return new TextDecoder(encoding).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const ESCAPE = 0x1b;

/** What follows ESC to put a set into G1, the bytes above 127: PS3.3 tables C.12-3 and C.12-4. */
const INTO_G1 = new Map([
  [')I', 'shift_jis'],
  ['$)C', 'euc-kr'],
  ['$)A', 'gb18030'],
  ['-A', 'windows-1252'],
  ['-B', 'iso-8859-2'],
  ['-C', 'iso-8859-3'],
  ['-D', 'iso-8859-4'],
  ['-F', 'iso-8859-7'],
  ['-G', 'iso-8859-6'],
  ['-H', 'iso-8859-8'],
  ['-L', 'iso-8859-5'],
  ['-M', 'windows-1254'],
  ['-T', 'windows-874'],
  ['-b', 'iso-8859-15'],
]);

/** The same for G0, the others: two bytes are a Kanji of JIS X 0208 or X 0212, or one byte is as in ASCII. */
const INTO_G0 = new Map([
  ['(B', 'ascii'],
  ['(J', 'ascii'],
  ['$B', 'kanji'],
  ['$@', 'kanji'],
  ['$(D', 'supplementary'],
]);

/**
 * A text whose escape sequences select character sets (PS3.5 6.1.2.5). No encoding of TextDecoder knows all of them, or two
 * of them in one text.
 * @param {Buffer} bytes
 * @param {string | undefined} initial the encoding of bytes above 127 at the beginning, and again after each delimiter
 */
function decodeExtended(bytes, initial) {
  let g0 = 'ascii';
  let g1 = initial;
  let text = '';
  for (const [, sequence = '', run = ''] of bytes.toString('latin1').matchAll(RUNS)) {
    g0 = INTO_G0.get(sequence) ?? g0;
    g1 = INTO_G1.get(sequence) ?? g1;
    if (g0 !== 'ascii') {
      text += kanji(Buffer.from(run, 'latin1'), g0 === 'supplementary');
      continue;
    }
    // The delimiters of names count in all texts: implicit VR does not say which are names.
    const [first = '', ...others] = run.split(/(?<=[\\^=\t\n\f\r])/);
    text += decodeAs(g1, Buffer.from(first, 'latin1'));
    if (others.length === 0) continue;
    g1 = initial;
    text += decodeAs(g1, Buffer.from(others.join(''), 'latin1'));
  }
  return text;
}

/**
 * An escape sequence, or none at the beginning, and the bytes up to the next one. The sequence is looked for first: an empty
 * match at the beginning would hide it.
 */
const RUNS = /(?:\x1b(\$?[()-]?[A-Za-z@])?|^)([^\x1b]*)/g;

/** @param {Buffer} bytes @param {boolean} isSupplementary */
function kanji(bytes, isSupplementary) {
  const pairs = [];
  for (let at = 0; at < bytes.length; at += 2) {
    // EUC-JP marks each character of JIS X 0212 with a byte 8F.
    if (isSupplementary) pairs.push(0x8f);
    pairs.push((bytes[at] ?? 0) | 0x80, (bytes[at + 1] ?? 0) | 0x80);
  }
  return new TextDecoder('euc-jp').decode(Buffer.from(pairs));
}
