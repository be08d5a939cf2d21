import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';

/** Files of each transfer syntax at most. */
const MOST = 12;

/** A DICOMDIR is no instance. */
const DIRECTORY = '1.2.840.10008.1.3.10';

/** The data set is deflated: its UIDs are not looked at. */
const DEFLATED = '1.2.840.10008.1.2.1.99';

/** @typedef {{ path: string, sopClassUID: string, sopInstanceUID: string, transferSyntaxUID: string, data: Buffer }} Sample */

/**
 * Part 10 files of a folder by their transfer syntaxes. Files without the UIDs that the gateway needs are left out.
 * @param {string} folder
 * @returns {Map<string, Sample[]>}
 */
export function samplesIn(folder) {
  /** @type {Map<string, Sample[]>} */
  const found = new Map();
  const seen = new Set();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const sample = sampleOf(path);
    if (sample === undefined || seen.has(sample.sopInstanceUID)) continue;
    const list = found.get(sample.transferSyntaxUID) ?? [];
    if (list.length >= MOST) continue;
    seen.add(sample.sopInstanceUID);
    found.set(sample.transferSyntaxUID, [...list, sample]);
  }
  return found;
}

/** @param {string} path @returns {Sample | undefined} */
function sampleOf(path) {
  const bytes = readFileSync(path);
  try {
    const meta = dicomParser.parseDicom(bytes, {
      untilTag: 'x00020010',
      inflater: (/** @type {any} */ array) => array,
    });
    const { sopClassUID, sopInstanceUID, transferSyntaxUID } = {
      sopClassUID: meta.string('x00020002') ?? '',
      sopInstanceUID: meta.string('x00020003') ?? '',
      transferSyntaxUID: meta.string('x00020010') ?? '',
    };
    if (!sopClassUID || !sopInstanceUID || !transferSyntaxUID || sopClassUID === DIRECTORY) return undefined;
    const length = meta.uint32('x00020000');
    if (length === undefined) return undefined;
    if (transferSyntaxUID !== DEFLATED) {
      const dataSet = dicomParser.parseDicom(bytes, { untilTag: 'x0020000e' });
      const [own, ...others] = ['x00080018', 'x0020000d', 'x0020000e'].map((tag) => dataSet.string(tag));
      if (own !== sopInstanceUID || others.some((uid) => !uid)) return undefined;
    }
    return { path, sopClassUID, sopInstanceUID, transferSyntaxUID, data: bytes.subarray(144 + length) };
  } catch {
    return undefined;
  }
}
