import { counted } from '../../support/counted.mjs';
import { describe } from '../../support/dicomweb-client.mjs';

/**
 * @typedef {import('./reader.mjs').DataSet} DataSet
 * @typedef {import('./reader.mjs').Attribute} Attribute
 * @typedef {{ vr: string, Value?: unknown[], InlineBinary?: string, BulkDataURI?: string }} ServedAttribute
 * @typedef {{ [tag: string]: ServedAttribute }} ServedDataSet
 * @typedef {{ where: string, expected: string, got: string }} Difference
 * @typedef {{ differences: Difference[], compared: number, unread: number }} Comparison
 */

/** Attributes that an archive adds (PS3.18 10.7.1.2, table 10.6.3-3). */
const ADDED = new Set(['00080056', '00081190', '00083002']);

/** Data Set Trailing Padding, which has no meaning (PS3.10 7.2). */
const TRAILING_PADDING = 'FFFCFFFC';

/**
 * Specific Character Set: JSON is UTF-8 whatever this attribute says (F.2.1), so both the stored value and ISO_IR 192
 * are right.
 */
const CHARACTER_SET = '00080005';

/** Value representations in which leading spaces have no meaning (PS3.5 table 6.2-1). */
const TRIMMED = new Set(['AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'LO', 'SH', 'TM', 'UI', 'PN']);
const NUMERIC = new Set(['DS', 'IS', 'FL', 'FD', 'SS', 'US', 'SL', 'UL', 'SV', 'UV']);

/**
 * Compares metadata with the view of a reader, attribute by attribute. Only the choices that PS3.18 annex F leaves open
 * may differ: numbers or text for DS and IS, the notation of a float, padding, inline or bulk.
 * @param {DataSet} expected
 * @param {ServedDataSet} served
 * @param {(uri: string) => Promise<Buffer>} bulkData fetches the value that a BulkDataURI names
 * @param {(tag: string) => boolean} [wanted] absent: every attribute
 * @returns {Promise<Comparison>}
 */
export async function compare(expected, served, bulkData, wanted = () => true) {
  /** @type {Comparison} */
  const comparison = { differences: [], compared: 0, unread: 0 };
  await compareDataSets(comparison, '', expected, served, bulkData, wanted);
  return comparison;
}

/**
 * @param {Comparison} comparison @param {string} path @param {DataSet} expected @param {ServedDataSet} served
 * @param {(uri: string) => Promise<Buffer>} bulkData @param {(tag: string) => boolean} wanted
 */
async function compareDataSets(comparison, path, expected, served, bulkData, wanted) {
  const differ = (/** @type {string} */ tag, /** @type {unknown} */ one, /** @type {unknown} */ other) =>
    comparison.differences.push({ where: path + tag, expected: brief(one), got: brief(other) });
  for (const tag of new Set([...Object.keys(expected), ...Object.keys(served)])) {
    if (!wanted(tag)) continue;
    const [one, other] = [expected[tag], served[tag]];
    if ((ADDED.has(tag) && one === undefined) || tag === TRAILING_PADDING) continue;
    if (tag === CHARACTER_SET && (other === undefined || other.Value?.[0] === 'ISO_IR 192')) continue;
    if (one?.error !== undefined) {
      comparison.unread += 1;
      continue;
    }
    comparison.compared += 1;
    if (one === undefined || other === undefined) differ(tag, one ?? 'nothing', other ?? 'nothing');
    else if (one.vr !== other.vr) differ(tag, one, other);
    else if (one.vr === 'SQ') {
      const [items, servedItems] = [one.Value ?? [], other.Value ?? []];
      if (items.length !== servedItems.length)
        differ(tag, counted(items.length, 'item'), counted(servedItems.length, 'item'));
      for (let at = 0; at < Math.min(items.length, servedItems.length); at += 1) {
        const [item, servedItem] = [/** @type {DataSet} */ (items[at]), /** @type {ServedDataSet} */ (servedItems[at])];
        await compareDataSets(comparison, `${path}${tag}[${at}].`, item, servedItem, bulkData, wanted);
      }
    } else if (one.Encapsulated) {
      if (other.BulkDataURI === undefined) differ(tag, 'BulkDataURI', other);
    } else {
      const [values, servedValues] = [await comparable(one), await comparable(other, bulkData)];
      if (JSON.stringify(values) !== JSON.stringify(servedValues)) differ(tag, values, servedValues);
    }
  }
}

/**
 * @param {Attribute | ServedAttribute} attribute
 * @param {(uri: string) => Promise<Buffer>} [bulkData]
 * @returns {Promise<unknown>} the same for values that mean the same
 */
async function comparable(attribute, bulkData) {
  const vr = attribute.vr ?? '';
  if ('Bytes' in attribute) return attribute.Bytes?.length === 0 ? [] : attribute.Bytes;
  const { InlineBinary, BulkDataURI, Value } = /** @type {ServedAttribute} */ (attribute);
  if (InlineBinary !== undefined) return described(Buffer.from(InlineBinary, 'base64'));
  if (BulkDataURI !== undefined) {
    const bytes = bulkData === undefined ? Buffer.alloc(0) : await bulkData(BulkDataURI);
    return /^(O.|UN)$/.test(vr) ? described(bytes) : fromBytes(vr, bytes);
  }
  const values = (Value ?? []).map((value) => oneValue(vr, value));
  return values.every((value) => value === null) && values.length < 2 ? [] : values;
}

/** @param {Buffer} bytes */
function described(bytes) {
  return bytes.length === 0 ? [] : describe(bytes);
}

/** Values that are too long for JSON and are text or two-byte numbers. @param {string} vr @param {Buffer} bytes */
function fromBytes(vr, bytes) {
  if (vr === 'US') return Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readUInt16LE(at * 2));
  if (vr === 'SS') return Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readInt16LE(at * 2));
  const text = bytes.toString('utf8');
  return (/^(LT|ST|UT|UR)$/.test(vr) ? [text] : text.split('\\')).map((value) => oneValue(vr, value));
}

/** @param {string} vr @param {unknown} value @returns {unknown} */
function oneValue(vr, value) {
  if (value === null || value === undefined || value === '') return null;
  if (vr === 'PN') return personName(value);
  if (NUMERIC.has(vr)) {
    const number =
      typeof value === 'number'
        ? value
        : Number(
            String(value)
              .trim()
              .replace(/^([+-]?)inf$/i, '$1Infinity'),
          );
    if (Number.isNaN(number)) return String(value).trim();
    return Number.isFinite(number) ? (vr === 'FL' ? Math.fround(number) : number) + 0 : String(number);
  }
  const text = String(value).replace(/[ \0]+$/, '');
  return (TRIMMED.has(vr) ? text.replace(/^ +/, '') : text) || null;
}

/** @param {unknown} value */
function personName(value) {
  const groups = typeof value === 'object' ? /** @type {Record<string, string>} */ (value) : byGroup(String(value));
  const kept = ['Alphabetic', 'Ideographic', 'Phonetic'].map((group) =>
    (groups?.[group] ?? '').trim().replace(/[\^ \0]+$/, ''),
  );
  return kept.every((group) => group === '') ? null : kept;
}

/** @param {string} text @returns {Record<string, string>} */
function byGroup(text) {
  const [Alphabetic = '', Ideographic = '', Phonetic = ''] = text.split('=');
  return { Alphabetic, Ideographic, Phonetic };
}

/** @param {unknown} value */
function brief(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
