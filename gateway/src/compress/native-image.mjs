import { TransferSyntax } from '../dicom/transfer-syntaxes.mjs';
import { openPart10 } from '../retrieve/part10-stream.mjs';

/** Bytes. An image with longer attributes before its pixels is not compressed. */
const MOST_HEAD_BYTES = 4 * 1024 * 1024;

/** VRs with a length of 32 bits in explicit VR: PS3.5 7.1.2. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

const UNDEFINED = 0xffffffff;
const PIXEL_DATA = 0x7fe00010;

/** Attributes that say how the pixels lie: PS3.3 C.7.6.3. */
const SAMPLES_PER_PIXEL = 0x00280002;
const NUMBER_OF_FRAMES = 0x00280008;
const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const BITS_ALLOCATED = 0x00280100;

/**
 * @typedef {object} NativeImage an image whose pixels can be packed
 * @property {string} sopClassUID
 * @property {Buffer} head of the data set, before Pixel Data (7FE0,0010)
 * @property {{ rows: number, columns: number, size: number }} of
 * @property {number} frames
 * @property {number} pixelsFrom where its frames begin in the file, and where what follows them begins
 * @property {number} pixelsTo
 */

/**
 * Looks whether a file is an uncompressed image of one sample a pixel, in explicit VR little endian, and nothing unusual.
 * @param {AsyncIterable<Buffer>} file
 * @param {number} length of the file
 * @returns {Promise<NativeImage | undefined>}
 */
export async function nativeImage(file, length) {
  let read = 0;
  const counted = (async function* () {
    for await (const piece of file) {
      read += piece.length;
      yield piece;
    }
  })();
  const { transferSyntaxUID, dataSet } = await openPart10(counted);
  if (transferSyntaxUID !== TransferSyntax.ExplicitVRLittleEndian) return undefined;
  /** @type {Uint8Array[]} */
  const pieces = [];
  let held = 0;
  for await (const piece of dataSet) {
    pieces.push(piece);
    held += piece.length;
    if (held >= MOST_HEAD_BYTES) break;
  }
  return imageIn(Buffer.concat(pieces), read - held, length);
}

/**
 * @param {Buffer} bytes the first ones of the data set
 * @param {number} from where it begins in the file
 * @param {number} length of the file
 * @returns {NativeImage | undefined}
 */
function imageIn(bytes, from, length) {
  /** @type {Map<number, Buffer>} */
  const values = new Map();
  for (let at = 0; at + 12 <= bytes.length; ) {
    const tag = bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2);
    const vr = bytes.toString('latin1', at + 4, at + 6);
    if (!/^[A-Z]{2}$/.test(vr)) return undefined;
    const value = at + (LONG.has(vr) ? 12 : 8);
    const size = LONG.has(vr) ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    if (tag === PIXEL_DATA) return imageOf(values, bytes.subarray(0, at), from + value, size, length);
    // The length of the group of the pixels would be wrong.
    if (tag === 0x7fe00000) return undefined;
    const end = size === UNDEFINED ? endOfSequence(bytes, value, vr === 'UN') : value + size;
    if (end === undefined || end > bytes.length) return undefined;
    values.set(tag, bytes.subarray(value, end));
    at = end;
  }
  return undefined;
}

/**
 * @param {Map<number, Buffer>} values
 * @param {Buffer} head
 * @param {number} pixelsFrom
 * @param {number} bytes of the pixels
 * @param {number} length of the file
 * @returns {NativeImage | undefined}
 */
function imageOf(values, head, pixelsFrom, bytes, length) {
  const number = (/** @type {number} */ tag) => {
    const value = values.get(tag);
    return value?.length === 2 ? value.readUInt16LE() : 0;
  };
  const bits = number(BITS_ALLOCATED);
  const of = { rows: number(ROWS), columns: number(COLUMNS), size: bits / 8 };
  const frames = Number(
    values
      .get(NUMBER_OF_FRAMES)
      ?.toString('latin1')
      .replace(/[\0 ]+$/, '') || '1',
  );
  const expected = of.rows * of.columns * of.size * frames;
  const isPlain = number(SAMPLES_PER_PIXEL) === 1 && (bits === 8 || bits === 16) && Number.isInteger(frames);
  // The value has an even length.
  if (!isPlain || expected === 0 || bytes !== expected + (expected % 2) || pixelsFrom + bytes > length)
    return undefined;
  const sopClassUID =
    values
      .get(0x00080016)
      ?.toString('latin1')
      .replace(/[\0 ]+$/, '') ?? '';
  return { sopClassUID, head, of, frames, pixelsFrom, pixelsTo: pixelsFrom + bytes };
}

/**
 * Where a sequence of undefined length ends, behind its delimiter.
 * @param {Buffer} bytes
 * @param {number} start of its first item
 * @param {boolean} isImplicit what is in a value of unknown VR is in implicit VR (PS3.5 6.2.2)
 * @returns {number | undefined} undefined, if it cannot be told
 */
function endOfSequence(bytes, start, isImplicit) {
  let at = start;
  while (at + 8 <= bytes.length) {
    const item = bytes.readUInt32LE(at);
    const size = bytes.readUInt32LE(at + 4);
    at += 8;
    if (item === 0xe0ddfffe) return at;
    if (item !== 0xe000fffe) return undefined;
    const end = size === UNDEFINED ? endOfItem(bytes, at, isImplicit) : at + size;
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @param {boolean} isImplicit
 * @returns {number | undefined}
 */
function endOfItem(bytes, start, isImplicit) {
  for (let at = start; at + 8 <= bytes.length; ) {
    if (bytes.readUInt32LE(at) === 0xe00dfffe) return at + 8;
    const vr = isImplicit ? '' : bytes.toString('latin1', at + 4, at + 6);
    if (!isImplicit && !/^[A-Z]{2}$/.test(vr)) return undefined;
    const isLong = LONG.has(vr);
    if (isLong && at + 12 > bytes.length) return undefined;
    const value = at + (isLong ? 12 : 8);
    const size = isImplicit
      ? bytes.readUInt32LE(at + 4)
      : isLong
        ? bytes.readUInt32LE(at + 8)
        : bytes.readUInt16LE(at + 6);
    const end = size === UNDEFINED ? endOfSequence(bytes, value, isImplicit || vr === 'UN') : value + size;
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}
