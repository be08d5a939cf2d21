import { collect } from '../association/incoming-data.mjs';
import { textDecoder } from '../dicom/character-sets.mjs';
import { readDataSet } from '../dicom/data-set-reader.mjs';

/** An identifier has keys, and lists of UIDs at most. */
const MOST_IDENTIFIER_BYTES = 1024 * 1024;

const SPECIFIC_CHARACTER_SET = 0x00080005;
const QUERY_RETRIEVE_LEVEL = 0x00080052;

/** Attributes of binary VRs that are keys, where the identifier does not say the VR: PS3.6. */
const BINARY = new Map([
  [0x00280002, 'US'],
  [0x00280010, 'US'],
  [0x00280011, 'US'],
  [0x00280100, 'US'],
]);

/**
 * @typedef {object} Key an attribute of an identifier
 * @property {number} tag
 * @property {string | undefined} vr undefined in implicit VR
 * @property {string} text its values with backslashes between them; empty for a sequence and for universal matching
 * @property {Key[]} keys of the first item of a sequence
 *
 * @typedef {object} Identifier PS3.4 C.4.1.1.3, C.4.2.1.4
 * @property {string} level Query/Retrieve Level (0008,0052)
 * @property {Map<number, Key>} keys without the level and the character set
 */

/**
 * Reads the identifier of a request.
 * @param {import('../association/exchange.mjs').Request} request
 * @returns {Promise<Identifier>}
 * @throws {import('../dicom/data-set-reader.mjs').UnreadableDataSet}
 */
export async function readIdentifier({ data, context }) {
  const bytes = data ? await collect(data, MOST_IDENTIFIER_BYTES) : Buffer.alloc(0);
  const dataSet = readDataSet(bytes, context.transferSyntax);
  const terms = (dataSet.get(SPECIFIC_CHARACTER_SET)?.value ?? Buffer.alloc(0)).toString('latin1').split('\\');
  const decode = textDecoder(terms.map((term) => term.trim()));
  const keys = new Map(keysOf(dataSet, decode).map((key) => [key.tag, key]));
  const level = keys.get(QUERY_RETRIEVE_LEVEL)?.text ?? '';
  keys.delete(QUERY_RETRIEVE_LEVEL);
  keys.delete(SPECIFIC_CHARACTER_SET);
  return { level, keys };
}

/** The values of a key. @param {Key | undefined} key */
export function valuesOf(key) {
  return (key?.text ?? '').split('\\').filter((value) => value !== '');
}

/**
 * @param {import('../dicom/data-set-reader.mjs').DataSet} dataSet
 * @param {(bytes: Buffer) => string} decode
 * @returns {Key[]}
 */
function keysOf(dataSet, decode) {
  return [...dataSet]
    .filter(([tag]) => (tag & 0xffff) !== 0)
    .map(([tag, { vr, value, items }]) => ({
      tag,
      vr,
      text: items ? '' : textOf(vr ?? BINARY.get(tag), value, decode),
      keys: items?.[0] ? keysOf(items[0], decode) : [],
    }));
}

/**
 * @param {string | undefined} vr
 * @param {Buffer} value
 * @param {(bytes: Buffer) => string} decode
 */
function textOf(vr, value, decode) {
  if (vr === 'US' || vr === 'SS' || vr === 'UL' || vr === 'SL') {
    const size = vr.startsWith('U') && vr.endsWith('S') ? 2 : vr === 'SS' ? 2 : 4;
    const numbers = [];
    for (let at = 0; at + size <= value.length; at += size) {
      numbers.push(vr.startsWith('U') ? value.readUIntLE(at, size) : value.readIntLE(at, size));
    }
    return numbers.join('\\');
  }
  if (vr?.startsWith('O') || vr === 'UN' || vr === 'FL' || vr === 'FD') return '';
  // PS3.5 6.2: spaces around values do not count, and UIDs are padded with a null.
  return decode(value)
    .replace(/[\0 ]+$/, '')
    .split('\\')
    .map((each) => each.trim())
    .join('\\');
}
