/**
 * Encodings of the defined terms of Specific Character Set (0008,0005): PS3.3 C.12.1.1.2. Where a term with code extensions
 * needs a decoder of its own, the decoder also knows ASCII.
 * @type {Record<string, string>}
 */
const ENCODINGS = {
  100: 'latin1',
  101: 'iso-8859-2',
  109: 'iso-8859-3',
  110: 'iso-8859-4',
  144: 'iso-8859-5',
  127: 'iso-8859-6',
  126: 'iso-8859-7',
  138: 'iso-8859-8',
  148: 'windows-1254',
  203: 'iso-8859-15',
  13: 'shift_jis',
  166: 'windows-874',
  192: 'utf-8',
  87: 'iso-2022-jp',
  159: 'iso-2022-jp',
  149: 'euc-kr',
  58: 'gb18030',
};

/** Escape sequences that shift into a set of bytes with the high bit, which its encoding knows without them. */
const SHIFTS = /\x1b[()$\-,.][()]?[A-Z0-9]/g;

/**
 * Decodes a text of a data set to show it. Bytes that do not fit are replaced, never refused.
 * @param {Uint8Array} bytes
 * @param {string} characterSet the value of (0008,0005), empty where there is none
 */
export function decodeText(bytes, characterSet) {
  const encoding = encodingOf(characterSet);
  const text = new TextDecoder(encoding).decode(bytes);
  return (encoding === 'iso-2022-jp' ? text : text.replace(SHIFTS, '')).replace(/[\0 ]+$/, '').trim();
}

/** @param {string} characterSet */
function encodingOf(characterSet) {
  if (/GB18030|GBK/.test(characterSet)) return 'gb18030';
  // The last set is the one that needs more than ASCII.
  const terms = characterSet.split('\\').reverse();
  const numbers = terms.map(
    (term) => /\b(?:IR )?(\d+)\s*$/.exec(term.replace('ISO_IR', 'IR').replace('ISO 2022', ''))?.[1],
  );
  const known = numbers.find((number) => number !== undefined && number in ENCODINGS);
  // Many files have Latin 1 or UTF-8 in them and do not say so.
  return (known !== undefined && ENCODINGS[known]) || 'utf-8';
}
