import { readFileSync } from 'node:fs';
import dcmjs from 'dcmjs';
import { framesOf } from './frames.mjs';
import { describe } from './http.mjs';

dcmjs.log.setLevel?.('silent');

/** VRs whose values are bytes. */
const BYTES = /^(OB|OD|OF|OL|OV|OW|UN)$/;

/**
 * A file as dcmjs and dicom-parser read it.
 * @param {string | Buffer} file its path or its bytes
 * @returns {Promise<import('./reader.mjs').Reading>}
 */
export async function readWithDcmjs(file) {
  try {
    const bytes = typeof file === 'string' ? readFileSync(file) : file;
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { meta, dict } = dcmjs.data.DicomMessage.readFile(buffer);
    const transferSyntax = meta['00020010']?.Value?.[0];
    return { transferSyntax, json: dataSet(dict), frames: framesOf(bytes) };
  } catch (error) {
    return { error: String(/** @type {Error} */ (error)?.message ?? error) };
  }
}

/** @param {Record<string, { vr: string, Value?: unknown[] }>} dict @returns {import('./reader.mjs').DataSet} */
function dataSet(dict) {
  /** @type {import('./reader.mjs').DataSet} */
  const found = {};
  for (const [tag, { vr, Value = [] }] of Object.entries(dict)) {
    if (tag.endsWith('0000')) continue;
    if (vr === 'SQ') found[tag] = { vr, Value: Value.map((item) => dataSet(/** @type {never} */ (item))) };
    else if (BYTES.test(vr)) found[tag] = bulk(vr, Value);
    else found[tag] = { vr, Value: Value.some((value) => value instanceof ArrayBuffer) ? [] : Value };
  }
  return found;
}

/** @param {string} vr @param {unknown[]} values */
function bulk(vr, values) {
  const [value] = values;
  if (values.length > 1) return { vr, error: 'several values' };
  return { vr, Bytes: describe(value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(0)) };
}
