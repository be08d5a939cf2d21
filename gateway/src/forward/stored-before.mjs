import { createHash } from 'node:crypto';
import { ArchiveError } from '../archive/archive.mjs';
import { openPart10 } from '../retrieve/part10-stream.mjs';
import { entryBytes } from './entry-file.mjs';
import { NoAnswer } from './http-client.mjs';

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 * @typedef {import('../archive/archive.mjs').Archive} Archive
 */

/**
 * Looks whether the archive has an entry's data set already, in a file with other file meta information: the same image
 * comes from a scanner, and again from a workstation with another AE title.
 * @param {Entry} entry
 * @param {string} path of its file
 * @param {Archive} archive
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} the SHA-256 of the archive's file; undefined, if its data set differs, or if the
 *   gateway may not read it
 * @throws {NoAnswer}
 */
export async function storedBefore(entry, path, archive, signal) {
  if (entry.studyInstanceUID === '') return undefined;
  try {
    const own = await digests(entryBytes(entry, path));
    for (const uri of await instancePaths(entry, archive, signal)) {
      const { status, body } = await archive.open(uri, {
        headers: { Accept: 'application/dicom; transfer-syntax=*' },
        signal,
      });
      if (status !== 200) {
        body.resume();
        throw new ArchiveError(status);
      }
      const held = await digests(body);
      if (held.dataSet === own.dataSet) return held.file;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    if (error.status === 0 || error.status >= 500 || error.status === 429) throw new NoAnswer(`status ${error.status}`);
    return undefined;
  }
}

/**
 * @param {Entry} entry
 * @param {Archive} archive
 * @param {AbortSignal} signal
 */
async function instancePaths({ studyInstanceUID: study, sopInstanceUID }, archive, signal) {
  const search = `/studies/${study}/instances?SOPInstanceUID=${encodeURIComponent(sopInstanceUID)}`;
  const { value } = await archive.json(search, { signal });
  /** @type {any[]} */
  const found = Array.isArray(value) ? value : [];
  return found.map((item) => `/studies/${study}/series/${item?.['0020000E']?.Value?.[0]}/instances/${sopInstanceUID}`);
}

/**
 * @param {AsyncIterable<Buffer>} file Part 10
 * @returns {Promise<{ file: string, dataSet: string }>} dataSet: of the transfer syntax and the data set
 */
async function digests(file) {
  const whole = createHash('sha256');
  const passing = (async function* () {
    for await (const piece of file) {
      whole.update(piece);
      yield piece;
    }
  })();
  const { transferSyntaxUID, dataSet } = await openPart10(passing);
  const part = createHash('sha256').update(`${transferSyntaxUID}\n`);
  for await (const piece of dataSet) part.update(piece);
  return { file: whole.digest('hex'), dataSet: part.digest('hex') };
}
