import { stow } from '../../test/support/clients/stow-client.ts';
import { writeLossless } from '../../test/support/files/jpeg-writer.ts';
import { imageOf, uidOf } from '../../test/support/files/synthetic.ts';
import { partsOf } from './multipart.mjs';
import { eightBits, picture } from './pictures.mjs';

const JPEG = '1.2.840.10008.1.2.4.';
const IMPLICIT = '1.2.840.10008.1.2';

/** Number of slices of each series. */
export const PICTURES = 16;

/**
 * How the pictures are stored; each kind is a series of its own. A kind with a `type` is encoded by the archive itself.
 */
const KINDS = [
  { kind: 'native' },
  { kind: 'native 8', bits: 8 },
  { kind: 'implicit', transferSyntax: IMPLICIT },
  { kind: 'JPEG-LS', transferSyntax: `${JPEG}80`, type: 'image/jls' },
  { kind: 'JPEG 2000', transferSyntax: `${JPEG}90`, type: 'image/jp2' },
  { kind: 'HTJ2K', transferSyntax: `${JPEG}201`, type: 'image/jphc' },
  { kind: 'RLE', transferSyntax: '1.2.840.10008.1.2.5', type: 'image/dicom-rle' },
  { kind: 'JPEG', transferSyntax: `${JPEG}50`, type: 'image/jpeg', bits: 8 },
  { kind: 'JPEG lossless', transferSyntax: `${JPEG}70` },
];

/**
 * @typedef {{ kind: string, study: string, series: string, instances: string[], files: Buffer[] }} Series
 */

/**
 * Makes pictures and stores them in an archive of ours, native and compressed.
 * @param {string} origin
 * @param {{ count?: number, rows?: number, columns?: number, kinds?: readonly string[], frames?: number }} [options] frames: that many times the same one
 * @returns {Promise<Map<string, Series>>} by kind
 */
export async function storePictures(origin, options = {}) {
  const { count = PICTURES, rows = 512, columns = 512, kinds, frames = 1 } = options;
  const pictures = Array.from({ length: count }, (_, at) => picture(`picture ${at}`, rows, columns));
  const made = /** @type {Map<string, Series>} */ (new Map());
  for (const { kind, transferSyntax, type, bits = 16 } of KINDS) {
    if (kinds !== undefined && !kind.startsWith('native') && !kinds.includes(kind)) continue;
    const [study, series] = [uidOf(`${kind} ${rows}`), uidOf(`${kind} ${rows} series`)];
    const instances = pictures.map((_, at) => uidOf(`${kind} ${rows} ${at}`));
    const files = [];
    for (const [at, samples] of pictures.entries()) {
      const native = bits === 8 ? eightBits(samples) : Buffer.from(samples.buffer);
      const from = made.get(bits === 8 ? 'native 8' : 'native');
      const content =
        type !== undefined && from !== undefined
          ? await encoded(`${origin}/dicomweb`, from, at, `${type}; transfer-syntax=${transferSyntax}`)
          : kind === 'JPEG lossless'
            ? losslessJPEG(samples, rows, columns)
            : native;
      const compressed = content !== native;
      const identity = { study, series, instance: instances[at] ?? '', number: at + 1, patientID: kind, rows, columns };
      files.push(
        imageOf(
          { ...identity, ...(frames > 1 ? { frames } : {}) },
          compressed ? Array.from({ length: frames }, () => content) : Buffer.alloc(native.length * frames, native),
          { bits: bits === 8 ? 8 : 16, ...(transferSyntax === undefined ? {} : { transferSyntax }) },
        ),
      );
    }
    // To make large pictures takes longer than the server keeps a connection: fetch notices here that it was closed.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const answer = await stow(origin, files);
    if (answer.status !== 200) throw new Error(`${kind}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    await answer.arrayBuffer();
    made.set(kind, { kind, study, series, instances, files });
  }
  return made;
}

/** @param {string} root @param {Series} from @param {number} at @param {string} type */
async function encoded(root, { study, series, instances }, at, type) {
  const url = `${root}/studies/${study}/series/${series}/instances/${instances[at]}/frames/1`;
  const answer = await fetch(url, { headers: { Accept: `multipart/related; type=${type}` } });
  const body = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new Error(`${type}: ${answer.status} ${body.subarray(0, 300)}`);
  const [part] = partsOf(answer.headers.get('Content-Type') ?? '', body);
  if (part === undefined) throw new Error(`${type}: no part`);
  return Buffer.from(part);
}

/**
 * Nothing here encodes it but what the tests have.
 * @param {Uint16Array} samples
 * @param {number} rows
 * @param {number} columns
 */
function losslessJPEG(samples, rows, columns) {
  const image = { rows, columns, samples: 1, precision: 12, restartInterval: 0, together: true };
  return Buffer.from(writeLossless(image, 1, Array.from(samples)));
}
