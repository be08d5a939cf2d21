import dicomParser from 'dicom-parser';
import { Inflate } from 'fflate';
import { isDirectory } from '../../../src/dicom/part10/media-file.ts';
import { decodeText } from './character-sets.mjs';
import { fileStart } from './file-start.mjs';

/**
 * What the start of a Part 10 file says about it. Texts are empty where the file has none.
 * @typedef {object} Head
 * @property {boolean} isDirectory a DICOMDIR
 * @property {string} patientName to be shown: "Family, Given"
 * @property {string} patientID
 * @property {string} issuerOfPatientID
 * @property {string} studyInstanceUID
 * @property {string} studyDate YYYY-MM-DD
 * @property {string} studyDescription
 * @property {string} seriesInstanceUID
 * @property {string} seriesNumber
 * @property {string} seriesDescription
 * @property {string} modality
 * @property {string} sopInstanceUID
 */

/** Bytes that are read first, then more for files with long private elements before the UIDs. */
const LENGTHS = [64 * 1024, 1024 * 1024, 8 * 1024 * 1024];

/** Media Storage Directory Storage (PS3.4 B.5). */
const DIRECTORY = '1.2.840.10008.1.3.10';

const PATIENT_NAME = 'x00100010';

/** Elements are in the order of their tags (PS3.5 7.1): behind this one, (0020,0011) Series Number, nothing is needed. */
const LAST = 'x00200011';

/**
 * Reads the attributes by which people recognise an instance.
 * @param {(length: number) => Promise<Uint8Array>} start reads as many of the first bytes, or all if there are fewer
 * @returns {Promise<Head | undefined>} nothing for a file that is not DICOM. A file that is cut short or malformed has a head, of
 * what could be read
 */
export async function readHead(start) {
  let head;
  for (const length of LENGTHS) {
    const bytes = await start(length);
    const begins = fileStart(bytes);
    if (begins === undefined) return undefined;
    const { dataSet, isWhole } = parse(bytes, begins);
    head = headOf(dataSet);
    head.isDirectory ||= isDirectory(bytes);
    if (isWhole || bytes.length < length) break;
  }
  return head;
}

/**
 * @param {Uint8Array} bytes
 * @param {import('./file-start.mjs').FileStart} begins
 * @returns {{ dataSet: dicomParser.DataSet | undefined, isWhole: boolean }}
 */
function parse(bytes, { missing, transferSyntaxUID }) {
  const file = missing.length === 0 ? bytes : joined([missing, bytes]);
  const options = {
    untilTag: 'x7fe00010',
    inflater,
    ...(transferSyntaxUID && { TransferSyntaxUID: transferSyntaxUID }),
  };
  try {
    return { dataSet: dicomParser.parseDicom(file, options), isWhole: true };
  } catch (error) {
    // The parser throws what it has read so far when the bytes end. Its error for other faults is a text.
    const { dataSet } = /** @type {{ dataSet?: dicomParser.DataSet }} */ (Object(error));
    return { dataSet, isWhole: Object.keys(dataSet?.elements ?? {}).some((tag) => tag > LAST) };
  }
}

/**
 * The start of a data set of the Deflated Explicit VR Little Endian transfer syntax (PS3.5 A.5).
 * @param {Uint8Array} bytes
 * @param {number} position where the data set begins
 */
function inflater(bytes, position) {
  /** @type {Uint8Array[]} */
  const chunks = [bytes.subarray(0, position)];
  const inflate = new Inflate((chunk) => chunks.push(chunk));
  try {
    inflate.push(bytes.subarray(position));
  } catch {
    // What comes before the fault is enough, or the archive says what is wrong.
  }
  return joined(chunks);
}

/** @param {readonly Uint8Array[]} chunks */
export function joined(chunks) {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** @param {dicomParser.DataSet | undefined} dataSet @returns {Head} */
function headOf(dataSet) {
  const plain = (/** @type {string} */ tag) => textOf(dataSet, tag, '');
  const characterSet = plain('x00080005');
  const text = (/** @type {string} */ tag) => textOf(dataSet, tag, characterSet);
  return {
    isDirectory: plain('x00020002') === DIRECTORY,
    patientName: nameOf(text(PATIENT_NAME)),
    patientID: text('x00100020'),
    issuerOfPatientID: text('x00100021'),
    studyInstanceUID: plain('x0020000d'),
    studyDate: plain('x00080020').replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
    studyDescription: text('x00081030'),
    seriesInstanceUID: plain('x0020000e'),
    seriesNumber: plain('x00200011'),
    seriesDescription: text('x0008103e'),
    modality: plain('x00080060'),
    sopInstanceUID: plain('x00080018'),
  };
}

/** @param {dicomParser.DataSet | undefined} dataSet @param {string} tag @param {string} characterSet */
function textOf(dataSet, tag, characterSet) {
  const element = dataSet?.elements[tag];
  if (dataSet === undefined || element === undefined) return '';
  const { dataOffset, length } = element;
  const end = dataOffset + length;
  // The value of the last element may be cut off.
  if (length === 0 || end > dataSet.byteArray.length) return '';
  const bytes = /** @type {Uint8Array} */ (dataSet.byteArray).subarray(dataOffset, end);
  return decodeText(bytes, characterSet, tag === PATIENT_NAME);
}

/** The first group of a name that is not empty (PS3.5 6.2.1): alphabetic, ideographic, phonetic. @param {string} value */
function nameOf(value) {
  const group = value.split('=').find((each) => each.replaceAll('^', '').trim() !== '') ?? '';
  const [family = '', ...others] = group.split('^').map((each) => each.trim());
  return [family, others.filter(Boolean).join(' ')].filter(Boolean).join(', ');
}
