import { ArchiveError } from '../archive/archive.mjs';
import { valuesOf } from '../query/identifier.mjs';
import { UNIQUE_KEYS } from '../query/query-classes.mjs';

/**
 * @typedef {object} Instance an instance that is to be sent
 * @property {string} studyInstanceUID
 * @property {string} seriesInstanceUID
 * @property {string} sopInstanceUID
 * @property {string} sopClassUID
 * @property {string | undefined} transferSyntaxUID in which the archive has it
 *
 * @typedef {object} Refusal of a request whose instances cannot be found
 * @property {number} status
 * @property {string} comment
 */

/** Instances of one request. */
const MOST_INSTANCES = 100_000;

/** Results of one search. Their identities are kept, the rest is dropped. */
const PAGE = 1000;

/** UIDs in the query of one search: URLs have a limited length. */
const LISTED = 100;

/** The identifier is not one of its level: PS3.4 C.4.2.1.4. */
export class BadIdentifier extends Error {}

/**
 * Finds the instances that an identifier of C-MOVE or C-GET names.
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {import('../query/query-classes.mjs').Level} level
 * @param {import('../query/identifier.mjs').Identifier} identifier
 * @param {AbortSignal} signal
 * @returns {Promise<Instance[]>}
 * @throws {BadIdentifier | ArchiveError}
 */
export async function instancesOf(archive, level, identifier, signal) {
  /** @type {Instance[]} */
  const instances = [];
  for (const path of await pathsOf(archive, level, identifier, signal)) {
    for (let offset = 0; !signal.aborted; offset += PAGE) {
      const page = new URLSearchParams({ includefield: '00083002', limit: String(PAGE), offset: String(offset) });
      const { value = [] } = await archive.json(`${path}${path.includes('?') ? '&' : '?'}${page}`, { signal });
      for (const found of value) instances.push(instanceOf(found));
      if (instances.length > MOST_INSTANCES) throw new ArchiveError(413, `more than ${MOST_INSTANCES} instances`);
      if (value.length < PAGE) break;
    }
  }
  return instances;
}

/**
 * The searches that find the instances. The unique keys of the levels above are optional (relational retrieval).
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {import('../query/query-classes.mjs').Level} level
 * @param {import('../query/identifier.mjs').Identifier} identifier
 * @param {AbortSignal} signal
 */
async function pathsOf(archive, level, { keys }, signal) {
  const values = (/** @type {number} */ tag) => valuesOf(keys.get(tag));
  const uids = (/** @type {number} */ tag) => {
    const found = values(tag);
    if (found.every((uid) => /^[\w.-]{1,128}$/.test(uid))) return found;
    throw new BadIdentifier('a UID of the identifier is not one');
  };
  const named = level === 'PATIENT' ? values(UNIQUE_KEYS.PATIENT) : uids(UNIQUE_KEYS[level]);
  if (named.length === 0) throw new BadIdentifier('the unique key of the level is missing');
  if (level === 'PATIENT') {
    if (named.length > 1) throw new BadIdentifier('there is more than one Patient ID');
    return (await studiesOf(archive, String(named[0]), signal)).map((study) => `/studies/${study}/instances`);
  }
  if (level === 'STUDY') return named.map((study) => `/studies/${study}/instances`);
  const [study, ...otherStudies] = uids(UNIQUE_KEYS.STUDY);
  if (otherStudies.length > 0) throw new BadIdentifier('there is more than one Study Instance UID');
  const within = study === undefined ? '' : `/studies/${study}`;
  if (level === 'SERIES') {
    return named.map((series) =>
      study === undefined ? `/instances?0020000E=${series}` : `${within}/series/${series}/instances`,
    );
  }
  const [series, ...otherSeries] = uids(UNIQUE_KEYS.SERIES);
  if (otherSeries.length > 0) throw new BadIdentifier('there is more than one Series Instance UID');
  const place = study !== undefined && series !== undefined ? `${within}/series/${series}` : within;
  const lists = [];
  for (let at = 0; at < named.length; at += LISTED) lists.push(named.slice(at, at + LISTED).join(','));
  return lists.map((list) => `${place}/instances?00080018=${list}`);
}

/**
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {string} patientID
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>} Study Instance UIDs
 */
async function studiesOf(archive, patientID, signal) {
  const studies = [];
  for (let offset = 0; !signal.aborted; offset += PAGE) {
    const query = new URLSearchParams({ '00100020': patientID, limit: String(PAGE), offset: String(offset) });
    const { value = [] } = await archive.json(`/studies?${query}`, { signal });
    for (const study of value) {
      // A search matches wildcards, and may ignore case; a retrieval is of one patient.
      if (String(study['00100020']?.Value?.[0] ?? '').trim() === patientID) studies.push(study['0020000D'].Value[0]);
    }
    if (value.length < PAGE) break;
  }
  return studies;
}

/** @param {Record<string, { Value?: any[] }>} found */
function instanceOf(found) {
  const value = (/** @type {string} */ tag) => found[tag]?.Value?.[0];
  return {
    studyInstanceUID: value('0020000D'),
    seriesInstanceUID: value('0020000E'),
    sopInstanceUID: value('00080018'),
    sopClassUID: value('00080016'),
    transferSyntaxUID: value('00083002'),
  };
}
