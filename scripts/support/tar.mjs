/** A regular file's or link's place in a tar archive (POSIX.1-1988 ustar, with pax and GNU long names). */

/**
 * @typedef {object} TarEntry
 * @property {string} name the path inside the archive, with forward slashes
 * @property {'file' | 'directory' | 'link'} kind a link is a symbolic one
 * @property {string} target what a link points to; empty for the others
 * @property {number} mode permission bits
 * @property {Buffer} data a file's bytes, a view of the archive's
 */

const BLOCK = 512;

/**
 * The entries of a tar archive that is completely in memory: the two kinds that are read here (a package, a browser)
 * fit easily.
 * @param {Buffer} archive an uncompressed tar archive
 * @returns {Generator<TarEntry>}
 */
export function* tarEntries(archive) {
  let longName = '';
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header[0] === 0) return;
    const size = octal(header, 124, 12);
    const data = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (data.length < size) throw new Error('The tar archive is cut short.');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') {
      longName = text(data, 0, data.length);
    } else if (type === 'x') {
      longName = paxPath(data.toString('utf8')) ?? longName;
    } else if (type !== 'g') {
      const kind = KINDS[type];
      if (kind)
        yield {
          name: longName || ustarName(header),
          kind,
          target: text(header, 157, 100),
          mode: octal(header, 100, 8),
          data,
        };
      longName = '';
    }
  }
}

/** @type {Record<string, 'file' | 'directory' | 'link'>} */
const KINDS = { 0: 'file', '\0': 'file', 5: 'directory', 2: 'link' };

/** @param {Buffer} header */
function ustarName(header) {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix ? `${prefix}/${name}` : name;
}

/** @param {string} records pax records, `length key=value\n` each */
function paxPath(records) {
  return /^\d+ path=(.*)$/m.exec(records)?.[1];
}

/** @param {Buffer} bytes @param {number} from @param {number} length */
function text(bytes, from, length) {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

/** @param {Buffer} bytes @param {number} from @param {number} length */
function octal(bytes, from, length) {
  return Number.parseInt(text(bytes, from, length).trim() || '0', 8);
}
