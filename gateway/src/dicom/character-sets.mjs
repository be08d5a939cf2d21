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
  // With code extensions: the escape sequences of Japanese are those of the encoding; those of Korean and Chinese select
  // what these decode anyway.
  ['ISO 2022 IR 87', 'iso-2022-jp'],
  ['ISO 2022 IR 159', 'iso-2022-jp'],
  ['ISO 2022 IR 13', 'iso-2022-jp'],
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
  const encoding = names.findLast((name) => name !== undefined);
  return (bytes) => {
    // Escape sequences of Korean and Chinese: PS3.5 6.1.2.5.
    const plain = encoding === 'euc-kr' || encoding === 'gb18030' ? withoutEscapes(bytes) : bytes;
    if (encoding !== undefined) return new TextDecoder(encoding).decode(plain);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(plain);
    } catch {
      return new TextDecoder('windows-1252').decode(plain);
    }
  };
}

/** @param {Buffer} bytes */
function withoutEscapes(bytes) {
  return Buffer.from(bytes.toString('latin1').replace(/\x1b\$?[()][A-Z]/g, ''), 'latin1');
}
