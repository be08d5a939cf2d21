import { fourAt, uint16At, uint32At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';

/** ITU-T T.800 table A.2. */
const SOC = 0xff4f;
const CAP = 0xff50;
const SIZ = 0xff51;
const COD = 0xff52;
const SOT = 0xff90;

/** Offsets of the parameters within SIZ (T.800 A.5.1), counted from its marker. */
export const SIZ_FIELDS = { Xsiz: 6, Ysiz: 10, XTsiz: 22, YTsiz: 26, Csiz: 38, Ssiz: 40 } as const;

/** The contents of a code stream's main header (T.800 A.5, A.6). */
export interface Jpeg2000Header {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly precision: number;
  readonly signed: boolean;
  /** For each component: the columns and rows of the reference grid that one of its samples covers. */
  readonly sampling: readonly { readonly x: number; readonly y: number }[];
  /** The origin of the image on the reference grid. */
  readonly origin: { readonly x: number; readonly y: number };
  readonly tile: { readonly width: number; readonly height: number; readonly x: number; readonly y: number };
  readonly colourTransform: boolean;
  readonly levels: number;
  /** The size of code-blocks, as exponents of 2. */
  readonly codeBlock: { readonly width: number; readonly height: number };
  readonly ownPrecincts: boolean;
  /** The code stream needs Part 15 (High-Throughput JPEG 2000). */
  readonly highThroughput: boolean;
  /** Offset of the SIZ marker. */
  readonly sizAt: number;
  /** Offset of the first tile-part. */
  readonly tilesAt: number;
}

/**
 * Returns the code stream itself: some writers put a whole JP2 file into a frame (T.800 annex I). @throws CodecError
 */
export function contiguousCodeStream(bytes: Uint8Array): Uint8Array {
  if (uint16At(bytes, 0) === SOC) return bytes;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = uint32At(bytes, at);
    const header = short === 1 ? 16 : 8;
    const length = short === 1 ? uint32At(bytes, at + 8) * 2 ** 32 + uint32At(bytes, at + 12) : short;
    if (fourAt(bytes, at + 4) === 'jp2c') return bytes.subarray(at + header, length === 0 ? undefined : at + length);
    if (!(length >= header)) break;
    at += length;
  }
  throw new CodecError('malformed', 'there is no JPEG 2000 code stream');
}

/**
 * Reads the main header.
 * @param bytes from SOC on
 * @throws CodecError malformed, or unsupported when components differ in precision
 */
export function readJpeg2000Header(bytes: Uint8Array): Jpeg2000Header {
  if (uint16At(bytes, 0) !== SOC) throw new CodecError('malformed', 'there is no JPEG 2000 code stream');
  let siz: ReturnType<typeof readSiz> | undefined;
  let cod: ReturnType<typeof readCod> | undefined;
  let highThroughput = false;
  let at = 2;
  for (; at + 4 <= bytes.length; at += 2 + uint16At(bytes, at + 2)) {
    const marker = uint16At(bytes, at);
    if (marker === SOT) break;
    if (marker < 0xff00) throw new CodecError('malformed', 'the main header of the code stream is broken');
    if (marker === SIZ) siz = readSiz(bytes, at);
    else if (marker === COD) cod = readCod(bytes, at);
    else if (marker === CAP) highThroughput = (uint32At(bytes, at + 4) & 0x20000) !== 0;
  }
  if (siz === undefined || cod === undefined || uint16At(bytes, at) !== SOT) {
    throw new CodecError('malformed', 'the main header of the code stream is incomplete');
  }
  return { ...siz, ...cod, highThroughput, tilesAt: at };
}

/** T.800 A.4.2: Isot, the number of a tile, is at most 65534. */
const MOST_TILES = 65_535;

function readSiz(bytes: Uint8Array, at: number) {
  const field = (offset: number): number => uint32At(bytes, at + offset);
  const origin = { x: field(14), y: field(18) };
  const columns = field(SIZ_FIELDS.Xsiz) - origin.x;
  const rows = field(SIZ_FIELDS.Ysiz) - origin.y;
  const tile = { width: field(SIZ_FIELDS.XTsiz), height: field(SIZ_FIELDS.YTsiz), x: field(30), y: field(34) };
  const samples = uint16At(bytes, at + SIZ_FIELDS.Csiz);
  const end = at + SIZ_FIELDS.Ssiz + 3 * samples;
  const whole = rows > 0 && columns > 0 && tile.width > 0 && tile.height > 0 && samples > 0 && end <= bytes.length;
  if (!whole) throw new CodecError('malformed', 'the size of the image is broken');
  const tilesAcross = Math.ceil((field(SIZ_FIELDS.Xsiz) - tile.x) / tile.width);
  const tilesDown = Math.ceil((field(SIZ_FIELDS.Ysiz) - tile.y) / tile.height);
  if (tilesAcross * tilesDown > MOST_TILES) {
    throw new CodecError('malformed', 'the image would have more tiles than a code stream can number');
  }
  const depth = bytes[at + SIZ_FIELDS.Ssiz]!;
  const sampling: { x: number; y: number }[] = [];
  for (let component = at + SIZ_FIELDS.Ssiz; component < end; component += 3) {
    if ((bytes[component]! & 0x7f) !== (depth & 0x7f)) {
      throw new CodecError('unsupported', 'the components of the image differ in precision');
    }
    const [x, y] = [bytes[component + 1]!, bytes[component + 2]!];
    if (x === 0 || y === 0) throw new CodecError('malformed', 'the size of the image is broken');
    sampling.push({ x, y });
  }
  const precision = (depth & 0x7f) + 1;
  return { rows, columns, samples, precision, signed: depth >= 0x80, sampling, origin, tile, sizAt: at };
}

function readCod(bytes: Uint8Array, at: number) {
  const byte = (offset: number): number => bytes[at + offset] ?? Number.NaN;
  return {
    colourTransform: byte(8) === 1,
    levels: byte(9),
    codeBlock: { width: (byte(10) & 15) + 2, height: (byte(11) & 15) + 2 },
    ownPrecincts: (byte(4) & 1) !== 0,
  };
}

/**
 * Marks all components as signed or unsigned. Signed samples are coded like unsigned samples minus half of their range
 * (T.800 G.1), so the rest of the code stream stays the same.
 */
export function markSigned(codeStream: Uint8Array, header: Jpeg2000Header, signed: boolean): void {
  for (let component = 0; component < header.samples; component++) {
    const at = header.sizAt + SIZ_FIELDS.Ssiz + 3 * component;
    codeStream[at] = (codeStream[at]! & 0x7f) | (signed ? 0x80 : 0);
  }
}
