import { CodecError, type Decode } from '../../codec';
import type { ImageFormat } from '../../frame';
import { atOnce, ensureRoom } from '../codec-memory';
import { inComponentOrder } from '../component-lines';
import { decodeSamples } from '../decode-samples';
import { openjpeg } from '../openjpeg';
import { openjph } from '../openjph';
import { allocatedFor, bytesOfSample, cellsOf, decodedBytes, frameOfSamples, photometricOf } from '../samples';
import { BYTES_PER_SAMPLE, decodeComponents } from './jpeg2000-components';
import { contiguousCodeStream, type Jpeg2000Header, markSigned, readJpeg2000Header } from './jpeg2000-header';
import { withFittingPrecincts } from './jpeg2000-precincts';
import { ensureWhole, type SeparateTile, separateTiles } from './jpeg2000-tiles';

/**
 * Decodes JPEG 2000 (ITU-T T.800, T.801) and High-Throughput JPEG 2000 (T.814): PS3.5 A.4.4. One or three samples of
 * the same precision, up to 16 bits. Components with different sampling are expanded to one sample for every pixel.
 */
export const decodeJPEG2000: Decode = async (codeStream, format, room) => {
  const stream = contiguousCodeStream(codeStream);
  const header = readJpeg2000Header(stream);
  const { samples, precision } = header;
  if ((samples !== 1 && samples !== 3) || precision > 16) {
    throw new CodecError('unsupported', 'the JPEG 2000 decoder does not support the samples of the image');
  }
  if (header.highThroughput && !hasAllLines(header)) {
    throw new CodecError('unsupported', 'the image has chrominance with fewer rows than luminance');
  }
  const own = needsOwnDecoder(header);
  // Tiles of subsampled chrominance begin at half the column, so they may not be decodable separately.
  const tiles = own || isSubsampled(header) ? undefined : separateTiles(stream, header);
  ensureRoom(...(own ? ownRoomOf(header, format, stream.length) : roomOf(header, format, stream.length, tiles)), room);
  ensureWhole(stream, header);
  const coded = own
    ? await decodeComponents(stream, header)
    : tiles === undefined
      ? await decodeWhole(stream, header)
      : await decodeTiles(tiles, header);
  return frameOfSamples(coded, header, format, photometric(header, format), header.signed);
};

function isSubsampled({ sampling }: Jpeg2000Header): boolean {
  return sampling.some(({ x, y }) => x !== 1 || y !== 1);
}

/** Whether every component has a line for each row: OpenJPH's glue loops endlessly when one has fewer. */
function hasAllLines({ sampling, origin }: Jpeg2000Header): boolean {
  return sampling.every(({ x, y }) => y === 1 && (x === 1 || origin.x === 0)) && sampling[0]!.x === 1;
}

/** Whether OpenJPEG's glue gives no result or a wrong one. */
function needsOwnDecoder(header: Jpeg2000Header): boolean {
  const { samples, precision, highThroughput, origin } = header;
  if (highThroughput) return false;
  return (samples === 3 && precision > 8) || isSubsampled(header) || origin.x + origin.y > 0;
}

function ownRoomOf(header: Jpeg2000Header, format: ImageFormat, length: number): [decoded: number, atOnce: number] {
  const { samples, precision, tile, rows, columns } = header;
  const decoded = decodedBytes(header, allocatedFor(header, format));
  const raw = decodedBytes(header, 8 * bytesOfSample(precision));
  const part = Math.min(tile.width, columns) * Math.min(tile.height, rows) * samples;
  return [decoded, 2 * length + 2 * raw + BYTES_PER_SAMPLE * part + (decoded === raw ? 0 : decoded)];
}

/** Bytes of the frame, and of memory at the peak. */
function roomOf(
  header: Jpeg2000Header,
  format: ImageFormat,
  length: number,
  tiles: readonly SeparateTile[] | undefined,
): [decoded: number, atOnce: number] {
  const { samples, precision, tile } = header;
  const decoded = decodedBytes(header, allocatedFor(header, format));
  const raw = decodedBytes(header, 8 * bytesOfSample(precision));
  const part = tiles === undefined ? header : { ...header, columns: tile.width, rows: tile.height };
  const partRaw = decodedBytes(part, 8 * bytesOfSample(precision));
  // OpenJPEG keeps the samples as 32-bit integers before it returns them. Both decoders hold the code stream twice.
  const integers = header.highThroughput ? 0 : part.columns * part.rows * samples * 4;
  const wasm = integers + partRaw + (2 * length) / (tiles?.length ?? 1);
  const widened = decoded === raw ? 0 : decoded;
  const again = givesComponents(header) ? partRaw : 0;
  return [decoded, atOnce(wasm, partRaw, length) + (tiles === undefined ? 0 : raw) + Math.max(widened, again)];
}

/**
 * The photometric interpretation of the result. Inverting a transformation of Part 1 gives RGB (T.800 annex G), also
 * when the format says that the samples are transformed. Components with different sampling are luminance and
 * chrominance, whatever the format says.
 */
function photometric(header: Jpeg2000Header, format: ImageFormat): string {
  const named = photometricOf(header.samples, format);
  if (header.samples === 3 && isSubsampled(header)) return named.startsWith('YBR_PARTIAL') ? named : 'YBR_FULL';
  return header.samples === 3 && (header.colourTransform || /^YBR_(RCT|ICT)$/.test(named)) ? 'RGB' : named;
}

/**
 * Decodes a whole code stream. Signed samples are decoded as unsigned ones, with half of their range added: the glue
 * would clip negative 8-bit samples.
 */
async function decodeWhole(codeStream: Uint8Array, header: Jpeg2000Header): Promise<Uint8Array> {
  const prepare = (space: Uint8Array): void => markSigned(space, header, false);
  if (!header.highThroughput) {
    return await openjpeg.run(({ J2KDecoder }, take) =>
      decodeSamples(new J2KDecoder(), codeStream, header, take, prepare),
    );
  }
  const bytes = await openjph.run(({ HTJ2KDecoder }, take) =>
    decodeSamples(new HTJ2KDecoder(), withFittingPrecincts(codeStream, header), header, take, prepare),
  );
  if (!givesComponents(header)) return bytes;
  const cells = cellsOf(bytes, 8 * bytesOfSample(header.precision)) as Uint8Array | Uint16Array;
  const ordered = inComponentOrder(cells, header);
  return new Uint8Array(ordered.buffer, ordered.byteOffset, ordered.byteLength);
}

/**
 * Whether OpenJPH returns one component after the other, which it does unless a colour transform needs all of them at
 * once.
 */
function givesComponents({ highThroughput, samples, colourTransform }: Jpeg2000Header): boolean {
  return highThroughput && samples > 1 && !colourTransform;
}

async function decodeTiles(tiles: readonly SeparateTile[], header: Jpeg2000Header): Promise<Uint8Array> {
  const pixel = header.samples * bytesOfSample(header.precision);
  const whole = new Uint8Array(header.rows * header.columns * pixel);
  for (const tile of tiles) {
    const stream = tile.codeStream();
    const bytes = await decodeWhole(stream, { ...header, rows: tile.height, columns: tile.width });
    for (let row = 0; row < tile.height; row++) {
      const line = bytes.subarray(row * tile.width * pixel, (row + 1) * tile.width * pixel);
      whole.set(line, ((tile.y + row) * header.columns + tile.x) * pixel);
    }
  }
  return whole;
}
