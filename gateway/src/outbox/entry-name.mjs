/**
 * @typedef {object} Entry an instance in the outbox: a Part 10 file whose name says all of this but the size
 * @property {string} aeTitle that sent it
 * @property {number} receivedAt milliseconds since 1970
 * @property {number} serial of those that were received in the same millisecond
 * @property {string} studyInstanceUID empty, if it is not known
 * @property {string} sopInstanceUID
 * @property {string} sha256 of the file, in hexadecimal digits
 * @property {number} bytes of the file
 */

/** A name may have 255 bytes. Two UIDs of the usual 64 characters have room in it, or a longer one alone. */
const BOTH_UIDS = 128;

/**
 * @param {Entry} entry
 * @returns {string} the file's name; the order of names is the order of arrival
 */
export function entryName({ receivedAt, serial, studyInstanceUID, sopInstanceUID, sha256 }) {
  const time = String(receivedAt).padStart(13, '0');
  const study = studyInstanceUID.length + sopInstanceUID.length > BOTH_UIDS ? '' : studyInstanceUID;
  return `${time}-${String(serial).padStart(6, '0')}~${study}~${sopInstanceUID}~${sha256}.dcm`;
}

/**
 * @param {string} name
 * @returns {Omit<Entry, 'aeTitle' | 'bytes'> | undefined} undefined, if it is no name of an entry
 */
export function readEntryName(name) {
  const [, time, serial, studyInstanceUID, sopInstanceUID, sha256] =
    /^(\d{13})-(\d{6})~([\w.-]{0,128})~([\w.-]{1,128})~([\da-f]{64})\.dcm$/.exec(name) ?? [];
  if (!time || !serial || studyInstanceUID === undefined || !sopInstanceUID || !sha256) return undefined;
  return { receivedAt: Number(time), serial: Number(serial), studyInstanceUID, sopInstanceUID, sha256 };
}

/**
 * The name of the folder of an AE title.
 * @param {string} aeTitle
 */
export function folderName(aeTitle) {
  return Buffer.from(aeTitle, 'latin1')
    .toString('latin1')
    .replace(/[^A-Za-z0-9_-]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** @param {string} folder */
export function aeTitleOf(folder) {
  return folder.replace(/%([\da-f]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}
