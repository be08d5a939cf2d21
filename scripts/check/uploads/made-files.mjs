import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  encapsulatedFrame,
  nativeImage,
  streamedEncapsulatedImage,
  uidOf,
} from '../../../test/support/files/synthetic.ts';

/** Files that are made while they are sent, so that a disk need not hold them. */

/** @typedef {{ study: string, series: string, instance: string }} Identity */

/** @param {string} name @returns {Identity} */
function identityOf(name) {
  return { study: uidOf(`${name} study`), series: uidOf(`${name} series`), instance: uidOf(`${name} instance`) };
}

/** A frame, beside the eight bytes of its item. */
const FRAME_BYTES = 1024 * 1024 - 8;

/**
 * One instance of many frames. It is encapsulated: a native value has 4 GiB at most (PS3.5 7.1.1).
 * @param {string} name
 * @param {number} mebibytes
 * @returns {{ identity: Identity, length: number, stream: () => Readable, digest: () => string }} the digest is known once the
 *   stream has been read
 */
export function longInstance(name, mebibytes) {
  const identity = identityOf(name);
  const made = streamedEncapsulatedImage({
    ...identity,
    frames: mebibytes,
    frameBytes: FRAME_BYTES,
    offsetTable: false,
  });
  const head = Buffer.concat([made.next().value, made.next().value, made.next().value]);
  const end = item(0xfffee0dd, 0);
  const hash = createHash('sha256');
  function* pieces() {
    yield head;
    for (let at = 0; at < mebibytes; at += 1) {
      yield Buffer.concat([item(0xfffee000, FRAME_BYTES), encapsulatedFrame(at, FRAME_BYTES)]);
    }
    yield end;
  }
  function* hashed() {
    for (const piece of pieces()) {
      hash.update(piece);
      yield piece;
    }
  }
  return {
    identity,
    length: head.length + mebibytes * (FRAME_BYTES + 8) + end.length,
    stream: () => Readable.from(hashed(), { objectMode: false, highWaterMark: 1024 * 1024 }),
    digest: () => hash.digest('hex'),
  };
}

/** @param {number} tag @param {number} length */
function item(tag, length) {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.writeUInt32LE(length, 4);
  return header;
}

/**
 * A file of a study of many series. Some are longer than a part of an upload (5 MiB).
 * @param {string} name
 * @param {number} at
 */
export function shortInstance(name, at) {
  const identity = {
    study: uidOf(`${name} study`),
    series: uidOf(`${name} series ${at % 20}`),
    instance: uidOf(`${name} ${at}`),
  };
  const rows = at % 97 === 0 ? 6000 : at % 2 === 0 ? 256 : 64;
  return { identity, file: nativeImage({ ...identity, number: at + 1, rows, columns: 512 }) };
}

/** What lies beside the images of a CD. @returns {{ name: string, file: Buffer }[]} */
export function junk() {
  const files = Array.from({ length: 28 }, (_, at) => ({
    name: `VIEWER/${at}.DLL`,
    file: Buffer.alloc(40_000, at + 1),
  }));
  return [
    { name: 'DICOMDIR', file: DICOMDIR },
    { name: 'AUTORUN.INF', file: Buffer.from('[autorun]\r\nopen=viewer.exe\r\n') },
    { name: 'README.TXT', file: Buffer.from('Open VIEWER.\r\n'.repeat(100)) },
    ...files,
  ];
}

/** File Meta Information of a DICOMDIR (PS3.10 7.1), and an empty data set. */
const DICOMDIR = Buffer.concat([
  Buffer.alloc(128),
  Buffer.from(
    'DICM\x02\x00\x00\x00UL\x04\x00\x38\x00\x00\x00' +
      '\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00',
    'latin1',
  ),
]);
