import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { describe } from '../../support/dicomweb-client.mjs';

const BIG_ENDIAN = '1.2.840.10008.1.2.2';

/**
 * The stored frames of an instance, taken from the bytes with dicom-parser.
 * @param {Buffer} file
 * @returns {import('../../support/dicomweb-client.mjs').Described[] | null} null when this reader cannot find them
 */
export function framesOf(file) {
  const dataSet = dicomParser.parseDicom(file, { inflater: inflate });
  const pixels = dataSet.elements.x7fe00010;
  if (pixels === undefined) return dataSet.elements.x7fe00008 || dataSet.elements.x7fe00009 ? null : [];
  const stated = dataSet.string('x00280008') ?? '';
  if (!/^\d*$/.test(stated)) return null;
  const count = Number(stated) || 1;
  if (pixels.fragments !== undefined) return compressed(dataSet, pixels, count);
  return native(dataSet, pixels, count);
}

/** @param {Uint8Array} bytes @param {number} position */
function inflate(bytes, position) {
  const inflated = inflateRawSync(bytes.subarray(position));
  const whole = new Uint8Array(position + inflated.length);
  whole.set(bytes.subarray(0, position));
  whole.set(inflated, position);
  return whole;
}

/**
 * @param {import('dicom-parser').DataSet} dataSet
 * @param {import('dicom-parser').Element} pixels
 * @param {number} count
 */
function compressed(dataSet, pixels, count) {
  const fragments = pixels.fragments ?? [];
  if (dataSet.elements.x7fe00001) return null;
  const of = (/** @type {number} */ from, /** @type {number} */ to) =>
    describe(
      Buffer.concat(
        fragments
          .slice(from, to)
          .map(({ position, length }) => dataSet.byteArray.subarray(position, position + length)),
      ),
    );
  if (count === 1) return [of(0, fragments.length)];
  if (fragments.length === count) return fragments.map((_, at) => of(at, at + 1));
  const offsets = pixels.basicOffsetTable ?? [];
  if (offsets.length !== count) return null;
  const first = offsets.map((offset) => fragments.findIndex((fragment) => fragment.offset === offset));
  return first.map((from, at) => of(from, first[at + 1] ?? fragments.length));
}

/**
 * @param {import('dicom-parser').DataSet} dataSet
 * @param {import('dicom-parser').Element} pixels
 * @param {number} count
 */
function native(dataSet, pixels, count) {
  const [rows, columns, bits] = ['x00280010', 'x00280011', 'x00280100'].map((tag) => dataSet.uint16(tag) ?? 0);
  const samples = dataSet.uint16('x00280002') || 1;
  const size = (rows ?? 0) * (columns ?? 0) * (bits ?? 0) * samples;
  if (size === 0 || size % 8 !== 0 || pixels.length * 8 < size * count) return null;
  const syntax = dataSet.string('x00020010');
  let data = Buffer.from(dataSet.byteArray.subarray(pixels.dataOffset, pixels.dataOffset + pixels.length));
  if (syntax === BIG_ENDIAN && (bits === 16 || pixels.vr === 'OW')) data = data.subarray(0, data.length & ~1).swap16();
  if (syntax === BIG_ENDIAN && (bits ?? 0) > 16) return null;
  return Array.from({ length: count }, (_, at) => describe(data.subarray((at * size) / 8, ((at + 1) * size) / 8)));
}
