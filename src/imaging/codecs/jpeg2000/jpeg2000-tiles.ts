import { uint16At, uint32At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';
import { concatenate } from '../../concatenate';
import { type Jpeg2000Header, SIZ_FIELDS } from './jpeg2000-header';

/** ITU-T T.800 table A.2. */
const COC = 0xff53;
const TLM = 0xff55;
const PLM = 0xff57;
const PLT = 0xff58;
const PPM = 0xff60;
const COM = 0xff64;
const SOT = 0xff90;
const SOD = 0xff93;
const EOC = [0xff, 0xd9];

/** Offsets from the SOT marker: Isot, Psot, TNsot, and the first byte after the segment. */
const ISOT = 4;
const PSOT = 6;
const TNSOT = 11;
const AFTER_SOT = 12;

/** In pixels: decoding smaller tiles one by one is not worthwhile. */
const LEAST_TILE = 256 * 256;

interface Extent {
  readonly width: number;
  readonly height: number;
}

/** A tile as a separate image. */
export interface SeparateTile extends Extent {
  readonly x: number;
  readonly y: number;
  codeStream(): Uint8Array;
}

/**
 * The required alignment of tiles. When tiles begin at multiples of this, their wavelets and code-blocks are the same
 * as in a separate image: partitions begin at zero of the reference grid (T.800 B.7).
 */
function alignmentOf(header: Pick<Jpeg2000Header, 'levels' | 'codeBlock'>): number {
  return 2 ** (header.levels + Math.max(header.codeBlock.width, header.codeBlock.height));
}

/**
 * Checks that nothing is missing. Decoders silently invent the missing part of a truncated code stream.
 * @throws CodecError malformed, when tiles or tile-parts are missing
 */
export function ensureWhole(codeStream: Uint8Array, header: Jpeg2000Header): void {
  const parts = tileParts(codeStream, header.tilesAt) ?? [];
  const { tile, origin, columns, rows } = header;
  const across = Math.ceil((origin.x + columns - tile.x) / tile.width);
  const down = Math.ceil((origin.y + rows - tile.y) / tile.height);
  const byTile = Map.groupBy(parts, (part) => part.tile);
  const whole = [...byTile.values()].every((own) => own.length >= Math.max(...own.map((part) => part.of)));
  if (byTile.size !== across * down || !whole) throw new CodecError('malformed', 'the code stream is truncated');
}

/** @returns the tiles of an image; undefined when it has only one, or when the tiles cannot be decoded separately */
export function separateTiles(codeStream: Uint8Array, header: Jpeg2000Header): SeparateTile[] | undefined {
  const { tile, origin, columns, rows } = header;
  const alignment = alignmentOf(header);
  const apart = tile.width % alignment === 0 && tile.height % alignment === 0 && !header.ownPrecincts;
  if (!apart || tile.x + tile.y + origin.x + origin.y !== 0) return undefined;
  if ((columns <= tile.width && rows <= tile.height) || tile.width * tile.height < LEAST_TILE) return undefined;
  const segments = mainSegments(codeStream, header);
  if (segments.some(({ marker }) => marker === PPM || marker === COC)) return undefined;
  const parts = tileParts(codeStream, header.tilesAt);
  if (parts === undefined || parts.some((part) => !part.plain)) return undefined;
  const byTile = Map.groupBy(parts, (part) => part.tile);
  const across = Math.ceil(columns / tile.width);
  const tiles: SeparateTile[] = [];
  for (let index = 0; index < across * Math.ceil(rows / tile.height); index++) {
    const x = (index % across) * tile.width;
    const y = Math.floor(index / across) * tile.height;
    const size = { width: Math.min(tile.width, columns - x), height: Math.min(tile.height, rows - y) };
    const own = byTile.get(index) ?? [];
    const codeStreamOf = (): Uint8Array =>
      joined([mainHeader(codeStream, header, size, tile), ...own.map((part) => numbered(codeStream, part, 0))]);
    tiles.push({ x, y, ...size, codeStream: codeStreamOf });
  }
  return tiles;
}

/**
 * Joins separate images, whose main headers differ only in size, into the tiles of one code stream.
 * @param tiles in the order of rows, then columns
 */
export function joinTiles(
  tiles: readonly Uint8Array[],
  header: Jpeg2000Header,
  size: Extent,
  tile: Extent,
): Uint8Array {
  const first = tiles[0]!;
  const parts = tiles.flatMap((codeStream, index) => {
    const own = tileParts(codeStream, firstTilePart(codeStream));
    if (own === undefined) throw new CodecError('malformed', 'a tile was encoded in an unknown way');
    return own.map((part) => numbered(codeStream, part, index));
  });
  return joined([mainHeader(first, header, size, tile), ...parts]);
}

/** A tile-part (T.800 A.4.2). Offsets are bytes in the code stream. */
export interface TilePart {
  readonly tile: number;
  readonly start: number;
  readonly end: number;
  /** TNsot: the number of the tile's parts; 0 when this part does not say. */
  readonly of: number;
  /** The part's header contains nothing that changes how it is decoded. */
  readonly plain: boolean;
}

/** @returns undefined when the lengths of the parts are inconsistent */
export function tileParts(codeStream: Uint8Array, start: number): TilePart[] | undefined {
  const parts: TilePart[] = [];
  for (let at = start; uint16At(codeStream, at) === SOT; ) {
    const length = uint32At(codeStream, at + PSOT);
    // Zero means: to the end of the code stream.
    const end = length === 0 ? codeStream.length - EOC.length : at + length;
    if (!(end >= at + AFTER_SOT + 2 && end <= codeStream.length)) return undefined;
    let inner = at + AFTER_SOT;
    for (; [PLT, COM].includes(uint16At(codeStream, inner)); inner += 2 + uint16At(codeStream, inner + 2));
    parts.push({
      tile: uint16At(codeStream, at + ISOT),
      start: at,
      end,
      of: codeStream[at + TNSOT]!,
      plain: uint16At(codeStream, inner) === SOD,
    });
    at = end;
  }
  return parts;
}

function firstTilePart(codeStream: Uint8Array): number {
  let at = 2;
  while (at < codeStream.length && uint16At(codeStream, at) !== SOT) at += 2 + uint16At(codeStream, at + 2);
  return at;
}

function mainSegments(codeStream: Uint8Array, header: Jpeg2000Header) {
  const segments: { marker: number; bytes: Uint8Array }[] = [];
  for (let at = 2; at < header.tilesAt; ) {
    const end = at + 2 + uint16At(codeStream, at + 2);
    segments.push({ marker: uint16At(codeStream, at), bytes: codeStream.subarray(at, end) });
    at = end;
  }
  return segments;
}

/** Copies the main header with another size, without the marker that gives the lengths of tile-parts. */
function mainHeader(codeStream: Uint8Array, header: Jpeg2000Header, size: Extent, tile: Extent): Uint8Array {
  const kept = mainSegments(codeStream, header).filter(({ marker }) => marker !== TLM && marker !== PLM);
  const bytes = concatenate([codeStream.subarray(0, 2), ...kept.map((segment) => segment.bytes)]);
  const fields = new DataView(bytes.buffer);
  // SIZ comes first (T.800 A.5.1).
  fields.setUint32(2 + SIZ_FIELDS.Xsiz, size.width);
  fields.setUint32(2 + SIZ_FIELDS.Ysiz, size.height);
  fields.setUint32(2 + SIZ_FIELDS.XTsiz, tile.width);
  fields.setUint32(2 + SIZ_FIELDS.YTsiz, tile.height);
  return bytes;
}

/** Copies a tile-part with another tile number and an explicit length. */
function numbered(codeStream: Uint8Array, part: TilePart, tile: number): Uint8Array {
  const bytes = codeStream.slice(part.start, part.end);
  const fields = new DataView(bytes.buffer);
  fields.setUint16(ISOT, tile);
  fields.setUint32(PSOT, bytes.length);
  return bytes;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return concatenate([...pieces, Uint8Array.from(EOC)]);
}
