import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { counted } from '../../support/counted.mjs';
import { parts, request, stow } from '../../support/dicomweb-client.mjs';
import { compareFrames } from './check-frames.mjs';
import { compare } from './compare.mjs';
import { readWithDcmjs } from './dcmjs-reader.mjs';
import { renumbered } from './renumber.mjs';

/**
 * @typedef {import('./compare.mjs').Difference} Difference
 * @typedef {object} Outcome
 * @property {'stored' | 'refused' | 'failed'} result
 * @property {Difference[]} differences
 * @property {string[]} notes
 * @property {number} compared attributes
 * @property {number} frames
 * @property {boolean} renumbered checked as a copy with another SOP Instance UID
 * @property {boolean} warned stored with a warning
 */

const DUPLICATE = 0x0111;
const ATTEMPTS = 5;
const UIDS = ['00080016', '00080018', '0020000D', '0020000E'];

/**
 * Stores a file and compares everything that the archive says about it with the file and with the view of an
 * independent reader.
 * @param {string} path
 * @param {string} base the DICOMweb root
 * @param {import('./reader.mjs').Reader} reader
 * @param {(tag: string) => boolean} [wanted] the attributes to compare; absent: all
 * @returns {Promise<Outcome>}
 */
export async function checkFile(path, base, reader, wanted) {
  /** @type {Outcome} */
  const outcome = {
    result: 'failed',
    differences: [],
    notes: [],
    compared: 0,
    frames: 0,
    renumbered: false,
    warned: false,
  };
  const differ = (/** @type {string} */ where, /** @type {unknown} */ expected, /** @type {unknown} */ got) =>
    outcome.differences.push({ where, expected: String(expected), got: String(got) });
  try {
    const { file, status, dataSet, copied } = await store(base, readFileSync(path));
    outcome.renumbered = copied;
    const reading = await readCopy(reader, path, copied ? file : undefined);
    const stored = dataSet?.['00081199']?.Value?.[0];
    if (stored === undefined) {
      const failure = (dataSet?.['00081198'] ?? dataSet?.['0008119A'])?.Value?.[0];
      const reason = failure?.['00081197']?.Value?.[0];
      if (status < 400 || status >= 500) differ('STOW status', 'stored, or 4xx', status);
      else if (reason === undefined) differ('STOW', 'a FailureReason', `${status} ${JSON.stringify(dataSet)}`);
      else if (!(await excused(reading, file)))
        differ('STOW', 'stored', `${status} FailureReason ${reason.toString(16)}H ${JSON.stringify(failure)}`);
      else outcome.result = 'refused';
      outcome.notes.push(
        `${status}, FailureReason ${reason?.toString(16)}H${reading.error ? ` (${reading.error})` : ''}`,
      );
      return outcome;
    }
    outcome.result = 'stored';
    if (status !== 200 && status !== 202) differ('STOW status', '200 or 202', status);
    const warning = stored['00081196']?.Value?.[0];
    outcome.warned = warning !== undefined;
    const warnedOf = attributesOf(stored);
    if (warning !== undefined) outcome.notes.push(`warning ${warning.toString(16)}H ${warnedOf.join(' ')}`);
    const url = base + stored['00081190'].Value[0].slice(stored['00081190'].Value[0].indexOf('/studies/'));
    await checkBytes(url, file, reading, differ);
    await checkMetadata(url, base, reading, outcome, differ, wanted);
    // A file with a warning can be read in more than one way.
    outcome.differences = outcome.differences.filter(
      ({ where }) => !warnedOf.some((tag) => where.startsWith(`metadata ${tag}`)),
    );
    const unsure = warnedOf.includes('7FE00010') && reading.frames?.length === 0;
    if (!unsure) outcome.frames = await compareFrames(url, reading, differ);
  } catch (error) {
    const { message, cause } = /** @type {Error} */ (error);
    differ('exchange', 'an answer', `${message}${cause ? ` (${cause})` : ''}`);
  }
  return outcome;
}

/**
 * Stores the file; if another file has its UID, stores a copy with another UID.
 * @param {string} base @param {Buffer} original
 */
async function store(base, original) {
  let file = original;
  for (let attempt = 1; ; attempt += 1) {
    const { status, headers, body } = await stow(base, file);
    const type = headers.get('Content-Type');
    if (status < 500 && type !== 'application/dicom+json')
      return { file, status, dataSet: undefined, copied: file !== original };
    const dataSet = status < 500 ? JSON.parse(body.toString()) : undefined;
    const failed = dataSet?.['00081198']?.Value?.[0];
    const copy =
      failed?.['00081197'].Value[0] === DUPLICATE && attempt <= ATTEMPTS
        ? renumbered(original, failed['00081155'].Value[0], attempt)
        : undefined;
    if (copy === undefined) return { file, status, dataSet, copied: file !== original };
    file = copy;
  }
}

/** @param {import('./reader.mjs').Reader} reader @param {string} path @param {Buffer | undefined} copy */
async function readCopy(reader, path, copy) {
  if (copy === undefined) return await reader.read(path);
  const folder = mkdtempSync(join(tmpdir(), 'check-files-'));
  try {
    writeFileSync(join(folder, 'copy.dcm'), copy);
    return await reader.read(join(folder, 'copy.dcm'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Whether the archive need not store the file: it has no meta information, has no usable UIDs, or cannot be read to its
 * end by every reader.
 * @param {import('./reader.mjs').Reading} reading @param {Buffer} file
 */
async function excused({ error, json }, file) {
  if (error !== undefined || UIDS.some((tag) => !json?.[tag]?.Value?.[0])) return true;
  return (await readWithDcmjs(file)).error !== undefined;
}

/** @param {Record<string, { Value: Record<string, { Value: string[] }>[] }>} stored */
function attributesOf(stored) {
  return (stored['00741048']?.Value ?? []).map((item) => item['00720026']?.Value[0] ?? '');
}

/**
 * @param {string} url @param {Buffer} file @param {import('./reader.mjs').Reading} reading
 * @param {(where: string, expected: unknown, got: unknown) => void} differ
 */
async function checkBytes(url, file, reading, differ) {
  const type = `application/dicom; transfer-syntax=${reading.transferSyntax}`;
  const whole = await request(url, {
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  });
  if (whole.status !== 200) return differ('instance', 200, whole.status);
  const found = parts(whole);
  if (found.length !== 1) differ('instance', '1 part', counted(found.length, 'part'));
  if (!found[0]?.body.equals(file))
    differ('instance', `the ${file.length} bytes sent`, `${found[0]?.body.length} bytes`);
  const partType = found[0]?.headers.get('Content-Type');
  if (reading.transferSyntax && partType !== type) differ('instance Content-Type', type, partType);
  const single = await request(url, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
  if (!single.body.equals(file))
    differ('instance by itself', `the ${file.length} bytes sent`, `${single.status}, ${single.body.length} bytes`);
}

/**
 * @param {string} url @param {string} base @param {import('./reader.mjs').Reading} reading @param {Outcome} outcome
 * @param {(where: string, expected: unknown, got: unknown) => void} differ @param {((tag: string) => boolean) | undefined} wanted
 */
async function checkMetadata(url, base, reading, outcome, differ, wanted) {
  const { status, body } = await request(`${url}/metadata`, { headers: { Accept: 'application/dicom+json' } });
  if (status !== 200) return differ('metadata', 200, status);
  const [served, ...others] = JSON.parse(body.toString());
  if (others.length > 0) differ('metadata', '1 instance', `${others.length + 1} instances`);
  if (reading.json === undefined) {
    outcome.notes.push(`metadata not compared: ${reading.error}`);
    return;
  }
  const bulkData = async (/** @type {string} */ uri) => {
    const absolute = new URL(uri, `${url}/`);
    if (!uri.includes('/studies/')) throw new Error(`BulkDataURI ${uri}`);
    const answer = await request(base + absolute.pathname.slice(absolute.pathname.indexOf('/studies/')), {
      headers: { Accept: 'application/octet-stream; transfer-syntax=*' },
    });
    if (answer.status !== 200) throw new Error(`BulkDataURI answers ${answer.status}: ${uri}`);
    return answer.body;
  };
  const { differences, compared, unread } = await compare(reading.json, served, bulkData, wanted);
  outcome.differences.push(
    ...differences.map((difference) => ({ ...difference, where: `metadata ${difference.where}` })),
  );
  outcome.compared = compared;
  if (unread > 0) outcome.notes.push(`${counted(unread, 'attribute')} that the reader cannot read`);
}
