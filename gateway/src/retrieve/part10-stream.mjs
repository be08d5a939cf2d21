/** The file meta information is small; a longer one is none. */
const MOST_META_BYTES = 1024 * 1024;

/**
 * @typedef {object} Part10 a file that is being read
 * @property {string | undefined} transferSyntaxUID undefined, if there is no file meta information
 * @property {AsyncIterable<Uint8Array>} dataSet what follows the file meta information, once
 */

/**
 * Reads the head of a Part 10 file (PS3.10 7.1), and leaves the data set in the stream.
 * @param {AsyncIterable<Buffer>} file
 * @returns {Promise<Part10>}
 * @throws {Error} when the file ends before its data set begins
 */
export async function openPart10(file) {
  const pieces = file[Symbol.asyncIterator]();
  /** @type {Buffer} */
  let head = Buffer.alloc(0);
  let ended = false;
  /** @param {number} length @returns {Promise<boolean>} whether there are so many bytes */
  const fill = async (length) => {
    while (head.length < length && !ended) {
      const { value, done } = await pieces.next();
      if (done) ended = true;
      else head = head.length === 0 ? value : Buffer.concat([head, value]);
    }
    return head.length >= length;
  };
  const isPart10 = (await fill(144)) && head.toString('latin1', 128, 132) === 'DICM';
  let from = 0;
  let transferSyntaxUID;
  if (isPart10) {
    const length = head.readUInt32LE(140);
    if (head.readUInt32LE(132) !== 2 || length > MOST_META_BYTES)
      throw new Error('the file meta information is unusual');
    from = 144 + length;
    if (!(await fill(from))) throw new Error('the file ends in its file meta information');
    transferSyntaxUID = transferSyntaxIn(head.subarray(144, from));
  }
  return {
    transferSyntaxUID,
    dataSet: (async function* () {
      if (head.length > from) yield head.subarray(from);
      for (;;) {
        if (ended) return;
        const { value, done } = await pieces.next();
        if (done) return;
        yield value;
      }
    })(),
  };
}

/** VRs of group 0002 whose length has 32 bits. */
const LONG = new Set(['OB', 'UN', 'UT', 'OW', 'SQ', 'UC']);

/** @param {Buffer} meta elements of group 0002, in explicit VR little endian */
function transferSyntaxIn(meta) {
  for (let at = 0; at + 8 <= meta.length; ) {
    const isLong = LONG.has(meta.toString('latin1', at + 4, at + 6));
    if (isLong && at + 12 > meta.length) return undefined;
    const from = at + (isLong ? 12 : 8);
    const length = isLong ? meta.readUInt32LE(at + 8) : meta.readUInt16LE(at + 6);
    if (meta.readUInt16LE(at) === 2 && meta.readUInt16LE(at + 2) === 0x0010) {
      return meta.toString('latin1', from, from + length).replace(/[\0 ]+$/, '');
    }
    at = from + length;
  }
  return undefined;
}
