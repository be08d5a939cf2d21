import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const DEFLATED = '1.2.840.10008.1.2.1.99';

/**
 * Makes a copy of a file in which one UID is replaced, wherever it occurs, by another of the same length. This is for
 * files with the UIDs of other files. The same file and attempt always give the same UID, so a second run finds what
 * the first one stored.
 * @param {Buffer} file
 * @param {string} uid
 * @param {number} attempt
 * @returns {Buffer | undefined} undefined when the file does not contain the UID
 */
export function renumbered(file, uid, attempt) {
  const renamed = anotherUID(uid, createHash('sha256').update(file).update(`${uid} ${attempt}`).digest());
  const start = deflatedStart(file);
  if (start === undefined) return replaced(file, uid, renamed);
  const body = replaced(inflateRawSync(file.subarray(start)), uid, renamed);
  const meta = replaced(file.subarray(0, start), uid, renamed) ?? file.subarray(0, start);
  if (body === undefined) return undefined;
  const deflated = deflateRawSync(body);
  return Buffer.concat([meta, deflated, Buffer.alloc(deflated.length % 2)]);
}

/** Number of digits that are changed at the end of a UID. */
const CHANGED = 12;

/** Never a zero, so that no component begins with one (PS3.5 9.1). @param {string} uid @param {Buffer} digest */
function anotherUID(uid, digest) {
  const digits = [...uid].reverse();
  const at = digits.flatMap((digit, index) => (digit === '.' ? [] : [index])).slice(0, CHANGED);
  for (const [number, index] of at.entries()) digits[index] = String(1 + ((digest[number] ?? 0) % 9));
  return digits.reverse().join('');
}

/** Position of the deflated data set (PS3.5 A.5), if it is deflated. @param {Buffer} file */
function deflatedStart(file) {
  if (file.toString('latin1', 128, 132) !== 'DICM') return undefined;
  const groupLength = file.readUInt32LE(132) === 0x00000002 ? file.readUInt32LE(140) : 0;
  const meta = file.subarray(0, 144 + groupLength);
  const at = meta.indexOf(Buffer.from([0x02, 0x00, 0x10, 0x00, 0x55, 0x49]));
  if (at < 0) return undefined;
  const uid = meta.toString('latin1', at + 8, at + 8 + meta.readUInt16LE(at + 6)).replace(/\0$/, '');
  return uid === DEFLATED ? meta.length : undefined;
}

/** @param {Buffer} file @param {string} uid @param {string} renamed */
function replaced(file, uid, renamed) {
  const copy = Buffer.from(file);
  let found = false;
  for (let at = copy.indexOf(uid, 0, 'latin1'); at >= 0; at = copy.indexOf(uid, at + uid.length, 'latin1')) {
    const next = copy[at + uid.length];
    // The UID is part of a longer UID, which stays unchanged.
    if (next !== undefined && (next === 0x2e || (next >= 0x30 && next <= 0x39))) continue;
    copy.write(renamed, at, 'latin1');
    found = true;
  }
  return found ? copy : undefined;
}
