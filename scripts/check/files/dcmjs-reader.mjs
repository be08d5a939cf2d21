import { readFileSync } from 'node:fs';
// @ts-expect-error: dcmjs declares no types.
import dcmjs from 'dcmjs';
import { describe } from '../../support/dicomweb-client.mjs';
import { framesOf } from './frames.mjs';

dcmjs.log.getLogger('validation.dcmjs').setLevel('silent');

/** VRs whose values are bytes. */
const BYTES = /^(OB|OD|OF|OL|OV|OW|UN)$/;
const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';

/** Pixel values, whose sign depends on Pixel Representation (PS3.3 C.7.6.3.1.3). */
const SIGNED_OR_NOT = new Set([
  '00280106',
  '00280107',
  '00280120',
  '00280121',
  '00281101',
  '00281102',
  '00281103',
  '00283002',
]);

/**
 * Reads a file with dcmjs and dicom-parser.
 * @param {string | Buffer} file its path or its bytes
 * @returns {Promise<import('./reader.mjs').Reading>}
 */
export async function readWithDcmjs(file) {
  try {
    const bytes = typeof file === 'string' ? readFileSync(file) : file;
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { meta, dict } = dcmjs.data.DicomMessage.readFile(buffer);
    const transferSyntax = meta['00020010']?.Value?.[0];
    return { transferSyntax, json: dataSet(dict, transferSyntax), frames: framesOf(bytes) };
  } catch (error) {
    return { error: String(/** @type {Error} */ (error)?.message ?? error) };
  }
}

/**
 * Marks what dcmjs gets wrong as unread: it replaces the character set by UTF-8, leaves UN unchanged, reads every `US
 * or SS` of an implicit data set as US, and does not swap the words of big-endian files.
 * @param {Record<string, { vr: string, Value?: unknown[] }>} dict
 * @param {string} transferSyntax
 * @returns {import('./reader.mjs').DataSet}
 */
function dataSet(dict, transferSyntax) {
  /** @type {import('./reader.mjs').DataSet} */
  const found = {};
  for (const [tag, { vr, Value = [] }] of Object.entries(dict)) {
    if (tag.endsWith('0000')) continue;
    const guessed = transferSyntax === IMPLICIT && SIGNED_OR_NOT.has(tag);
    if (tag === '00080005' || guessed || !/^[A-Z]{2}$/.test(vr) || vr === 'UN') found[tag] = { error: 'not read' };
    else if (vr === 'SQ')
      found[tag] = { vr, Value: Value.map((item) => dataSet(/** @type {never} */ (item), transferSyntax)) };
    else if (BYTES.test(vr)) found[tag] = bulk(vr, Value, transferSyntax);
    else if (vr === 'AT') found[tag] = { vr, Value: Value.map(tagText) };
    else found[tag] = { vr, Value };
  }
  return found;
}

/** @param {unknown} tag @returns {unknown} */
function tagText(tag) {
  return typeof tag === 'number' || /^\d+$/.test(String(tag))
    ? Number(tag).toString(16).toUpperCase().padStart(8, '0')
    : tag;
}

/** @param {string} vr @param {unknown[]} values @param {string} transferSyntax */
function bulk(vr, values, transferSyntax) {
  const [value] = values;
  if (values.length > 1 || (transferSyntax === BIG_ENDIAN && vr !== 'OB')) return { vr, error: 'not read' };
  return { vr, Bytes: describe(value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(0)) };
}
