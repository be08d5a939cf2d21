import dicomParser from 'dicom-parser';

/** Larger files would make a case slow. */
const MOST_BYTES = 600_000;

/**
 * Makes a sample for the generator from a real file, with the UIDs that copies of it change; the study's UID comes
 * first.
 * @param {Buffer} file
 * @returns {import('../../test/support/fuzz/fuzz-file').Sample[]} empty when the file is not a Part 10 file
 */
export function sampleOf(file) {
  if (file.length > MOST_BYTES || file.toString('latin1', 128, 132) !== 'DICM') return [];
  try {
    const dataSet = dicomParser.parseDicom(file, { untilTag: 'x0020000e' });
    const uids = ['x0020000d', 'x00080018', 'x0020000e'].map((tag) => dataSet.string(tag) ?? '');
    return uids.includes('') ? [] : [{ bytes: new Uint8Array(file), uids }];
  } catch {
    // In a deflated file the UIDs cannot be changed in place.
    return [];
  }
}
