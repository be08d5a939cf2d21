import { CodecError, type Encode, type EncodedFrame } from '../../codec';
import type { Frame, ImageFormat } from '../../frame';
import { ensureRoom } from '../codec-memory';
import { type Coding, codingOf, fillSamples, type Region } from '../coding';
import { type Encoding, encodeSamples } from '../encode-samples';
import { openjpeg } from '../openjpeg';
import { openjph } from '../openjph';
import { bytesOfSample } from '../samples';
import { markSigned, readJpeg2000Header } from './jpeg2000-header';
import { joinTiles } from './jpeg2000-tiles';
import { type Tiling, tilingOf } from './jpeg2000-tiling';

/**
 * Encodes lossless JPEG 2000 (PS3.5 A.4.4, 1.2.840.10008.1.2.4.90): one sample of up to 16 bits, or three of up to 8,
 * which the reversible transformation makes YBR_RCT (PS3.3 C.7.6.3.1.2). Large images are divided into tiles.
 */
export const encodeJPEG2000: Encode = async (frame, options) => {
  const coding = checked(frame);
  const { format } = coding;
  const tiling = tilingOf(format.columns, format.rows, format.samplesPerPixel);
  const tile = tiling.width * tiling.height * format.samplesPerPixel;
  ensureRoom(frame.bytes.length, frame.bytes.length * 2 + 18 * tile, options?.room);
  return encodeTiles(coding, tiling, (region) =>
    openjpeg.run(({ J2KEncoder }, take) =>
      encodeSamples(
        new J2KEncoder(),
        coding,
        region,
        take,
        encodingOf(coding, region, (encoder) => {
          encoder.setDecompositions(tiling.levels);
          encoder.setQuality(true, 1);
          encoder.setProgressionOrder(RPCL);
        }),
      ),
    ),
  );
};

/**
 * The number of samples that OpenJPH encodes as one tile. It works line by line, so most of its memory is the frame
 * itself.
 */
const HT_ONE_TILE = 8 * 1024 * 1024;

/**
 * Without a wavelet, OpenJPH loses samples that are 0: their coefficient is the lowest that the precision has, and it
 * writes half of the range instead.
 */
const HT_LEAST_LEVELS = 1;

const RPCL = 2;

/** Encodes lossless High-Throughput JPEG 2000 (PS3.5 A.4.4, 1.2.840.10008.1.2.4.201), like `encodeJPEG2000`. */
export const encodeHTJ2K: Encode = (frame, options) => {
  const coding = checked(frame);
  const { columns, rows, samplesPerPixel } = coding.format;
  const tiling = tilingOf(columns, rows, samplesPerPixel, HT_ONE_TILE);
  return encodeHighThroughput(coding, tiling, false, options?.room);
};

/** The largest number of columns or rows of the lowest resolution (PS3.5 10.18). */
const LOWEST_RESOLUTION = 64;

/**
 * Like `encodeHTJ2K`, but with the lowest resolution first and the lengths of tile-parts (PS3.5 10.18,
 * 1.2.840.10008.1.2.4.202).
 */
export const encodeHTJ2KProgressive: Encode = (frame, options) => {
  const coding = checked(frame);
  const { columns, rows, samplesPerPixel } = coding.format;
  const tiling = tilingOf(columns, rows, samplesPerPixel, Number.POSITIVE_INFINITY);
  const needed = Math.ceil(Math.log2(Math.max(columns, rows) / LOWEST_RESOLUTION));
  return encodeHighThroughput(coding, { ...tiling, levels: Math.max(tiling.levels, needed) }, true, options?.room);
};

async function encodeHighThroughput(
  coding: Coding,
  tiling: Tiling,
  progressive: boolean,
  room: number | undefined,
): Promise<EncodedFrame> {
  const { format, cells, precision } = coding;
  const tile = tiling.width * tiling.height * format.samplesPerPixel * bytesOfSample(precision);
  ensureRoom(cells.byteLength, cells.byteLength + 2.6 * tile, room);
  return encodeTiles(coding, tiling, (region) =>
    openjph.run(({ HTJ2KEncoder }, take) =>
      encodeSamples(
        new HTJ2KEncoder(),
        coding,
        region,
        take,
        encodingOf(coding, region, (encoder) => {
          encoder.setDecompositions(Math.max(tiling.levels, HT_LEAST_LEVELS));
          encoder.setQuality(true, 0);
          encoder.setProgressionOrder(RPCL);
          encoder.setTLMMarker(progressive);
          encoder.setTilePartDivisionsAtResolutions(progressive);
        }),
      ),
    ),
  );
}

function encodingOf<Kind>(coding: Coding, region: Region, configure: (encoder: Kind) => void): Encoding<Kind> {
  return {
    fill: (space) => fillSamples(space, coding, region, true),
    configure,
    colourTransform: coding.format.photometricInterpretation === 'RGB',
  };
}

function checked(frame: Frame): Coding {
  const coding = codingOf(frame, true);
  if (coding.format.samplesPerPixel === 3 && coding.precision > 8) {
    throw new CodecError('unsupported', 'colours of more than 8 bits are not encoded in JPEG 2000');
  }
  // The encoders transform any three samples, and the result would have to be named YBR_RCT. That is right only for
  // RGB.
  if (coding.format.samplesPerPixel === 3 && coding.format.photometricInterpretation !== 'RGB') {
    throw new CodecError('unsupported', 'three samples that are not RGB are not encoded in JPEG 2000');
  }
  return coding;
}

async function encodeTiles(
  coding: Coding,
  tiling: Tiling,
  encodeTile: (region: Region) => Promise<Uint8Array>,
): Promise<EncodedFrame> {
  const tiles: Uint8Array[] = [];
  for (const region of tiling.regions) tiles.push(await encodeTile(region));
  const { columns, rows } = coding.format;
  const [first] = tiles;
  const header = readJpeg2000Header(first!);
  const codeStream = tiles.length === 1 ? first! : joinTiles(tiles, header, { width: columns, height: rows }, tiling);
  markSigned(codeStream, header, coding.format.signed);
  return { codeStream, format: encodedFormat(coding, header.colourTransform) };
}

function encodedFormat({ format, precision }: Coding, colourTransform: boolean): ImageFormat {
  const named = format.photometricInterpretation;
  return {
    ...format,
    // When all allocated bits are in use, the instance still says which bits belong to the pixel.
    ...(precision < format.bitsAllocated ? { bitsStored: precision, highBit: precision - 1 } : {}),
    photometricInterpretation: colourTransform ? 'YBR_RCT' : named,
  };
}
