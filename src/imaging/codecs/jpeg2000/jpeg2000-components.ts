import { uint16At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';
import { concatenate } from '../../concatenate';
import { bytesOfSample } from '../samples';
import type { Jpeg2000Header } from './jpeg2000-header';
import type { Bounds } from './jpeg2000-layout';
import { ParameterMarkers } from './jpeg2000-parameters';
import { decodeTile } from './jpeg2000-tile-decoder';
import { type TilePart, tileParts } from './jpeg2000-tiles';
import type { Plane } from './jpeg2000-wavelet';

const SOD = 0xff93;
/** Bytes of the SOT marker with its parameters. */
const SOT_BYTES = 12;

/** The largest number of samples that is decoded in TypeScript: more would take many seconds. */
const MOST_SAMPLES = 16 * 1024 * 1024;

/**
 * Bytes of memory that decoding takes for each sample of a tile: coefficients, those of the resolution below, and
 * code-blocks.
 */
export const BYTES_PER_SAMPLE = 5;

/**
 * Decodes JPEG 2000 (ITU-T T.800) in TypeScript. This handles the images that OpenJPEG's glue cannot decode: colours of
 * more than 8 bits, and components with different sampling. A component's sample covers all pixels of its part of the
 * reference grid.
 * @returns interleaved samples; signed samples have half of their range added
 * @throws CodecError
 */
export async function decodeComponents(codeStream: Uint8Array, header: Jpeg2000Header): Promise<Uint8Array> {
  const { samples, precision, rows, columns } = header;
  if (rows * columns * samples > MOST_SAMPLES) throw new CodecError('too-large', 'the image has too many samples');
  const main = new ParameterMarkers(samples);
  for (let at = 2; at < header.tilesAt; at += 2 + uint16At(codeStream, at + 2)) main.read(codeStream, at);
  const bytes = new Uint8Array(rows * columns * samples * bytesOfSample(precision));
  const cells = bytesOfSample(precision) === 1 ? bytes : new Uint16Array(bytes.buffer);
  const images = header.sampling.map((_, component) => new ComponentImage(header, component));
  const byTile = Map.groupBy(tileParts(codeStream, header.tilesAt) ?? [], (part) => part.tile);
  for (const [index, parts] of byTile) {
    const tile = boundsOf(header, index);
    const markers = new ParameterMarkers(samples);
    const packets = packetBytes(codeStream, parts, markers);
    const planes = await decodeTile(packets, tile, header.sampling, precision, markers.parameters(main));
    for (const [component, plane] of planes.entries()) images[component]!.put(plane);
  }
  for (const [component, image] of images.entries()) image.spread(cells, component, samples);
  return bytes;
}

/** The part of the reference grid that a tile covers (T.800 B.3). */
function boundsOf({ tile, origin, columns, rows }: Jpeg2000Header, index: number): Bounds {
  const across = Math.ceil((origin.x + columns - tile.x) / tile.width);
  const left = tile.x + (index % across) * tile.width;
  const top = tile.y + Math.floor(index / across) * tile.height;
  return {
    x0: Math.max(left, origin.x),
    y0: Math.max(top, origin.y),
    x1: Math.min(left + tile.width, origin.x + columns),
    y1: Math.min(top + tile.height, origin.y + rows),
  };
}

/** The packets of a tile's parts, without the headers. The headers are added to `markers`. */
function packetBytes(codeStream: Uint8Array, parts: readonly TilePart[], markers: ParameterMarkers): Uint8Array {
  const pieces = parts.map(({ start, end }) => {
    let at = start + SOT_BYTES;
    for (; at < end && uint16At(codeStream, at) !== SOD; at += 2 + uint16At(codeStream, at + 2)) {
      markers.read(codeStream, at);
    }
    return codeStream.subarray(Math.min(at + 2, end), end);
  });
  return pieces.length === 1 ? pieces[0]! : concatenate(pieces);
}

/** All samples of a component, without negative values. */
class ComponentImage {
  readonly #cells: Uint8Array | Uint16Array;
  readonly #left: number;
  readonly #top: number;
  readonly #width: number;
  readonly #height: number;

  constructor(
    private readonly header: Jpeg2000Header,
    component: number,
  ) {
    const { origin, rows, columns, sampling, precision } = header;
    const { x, y } = sampling[component]!;
    this.#left = Math.ceil(origin.x / x);
    this.#top = Math.ceil(origin.y / y);
    this.#width = Math.ceil((origin.x + columns) / x) - this.#left;
    this.#height = Math.ceil((origin.y + rows) / y) - this.#top;
    if (this.#width <= 0 || this.#height <= 0) throw new CodecError('malformed', 'a component has no samples');
    const count = this.#width * this.#height;
    this.#cells = bytesOfSample(precision) === 1 ? new Uint8Array(count) : new Uint16Array(count);
  }

  /** Copies a tile's samples to their place. */
  put({ x0, y0, width, height, cells }: Plane): void {
    const raise = 2 ** (this.header.precision - 1);
    const most = 2 ** this.header.precision - 1;
    for (let y = 0, from = 0; y < height; y++) {
      let to = (y0 + y - this.#top) * this.#width + x0 - this.#left;
      for (let x = 0; x < width; x++, from++, to++) {
        const value = Math.round(cells[from]!) + raise;
        this.#cells[to] = value < 0 ? 0 : Math.min(value, most);
      }
    }
  }

  /** Writes the component's sample for every pixel. */
  spread(into: Uint8Array | Uint16Array, component: number, samples: number): void {
    const { origin, rows, columns, sampling } = this.header;
    const { x: dx, y: dy } = sampling[component]!;
    const sources = Int32Array.from({ length: columns }, (_, x) =>
      within(Math.floor((origin.x + x) / dx) - this.#left, this.#width),
    );
    for (let y = 0, to = component; y < rows; y++) {
      const from = within(Math.floor((origin.y + y) / dy) - this.#top, this.#height) * this.#width;
      for (let x = 0; x < columns; x++, to += samples) into[to] = this.#cells[from + sources[x]!]!;
    }
  }
}

function within(place: number, length: number): number {
  return Math.max(0, Math.min(place, length - 1));
}
