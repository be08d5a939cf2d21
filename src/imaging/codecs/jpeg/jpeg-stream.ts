import { uint16At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';
import type { CodedSamples } from '../samples';
import { EntropyBits } from './jpeg-bits';
import { HuffmanTable } from './jpeg-huffman';
import {
  firstSegment,
  isFrame,
  type JPEGComponent,
  type JPEGSegment,
  jpegFrame,
  MARKER,
  nextSegment,
} from './jpeg-markers';

/** A start of frame with a known number of rows, and its components. */
export interface JPEGFrame extends CodedSamples {
  /** The number n of its SOFn marker. */
  readonly process: number;
  readonly components: readonly JPEGComponent[];
}

/** A component of a scan (T.81 B.2.3). */
export interface ScanComponent {
  /** The component's index among those of the frame. */
  readonly index: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** T.81 B.2.3, with the tables that apply to the scan. */
export interface JPEGScan {
  readonly components: readonly ScanComponent[];
  /** Ss: the start of the spectral selection, or the predictor. */
  readonly first: number;
  /** Se: the end of the spectral selection. */
  readonly last: number;
  /** Ah: the point transform of the previous scan. */
  readonly high: number;
  /** Al: the point transform. */
  readonly low: number;
  /** Units of coding between restart markers; 0: there are none. */
  readonly restartInterval: number;
  /** By destination, in zigzag order as in the code stream. */
  readonly quantisation: readonly (Uint16Array | undefined)[];
  readonly bits: EntropyBits;
}

/** A JPEG code stream with Huffman coding, read scan by scan. */
export class JPEGStream {
  readonly frame: JPEGFrame;
  readonly #dc: (HuffmanTable | undefined)[] = [];
  readonly #ac: (HuffmanTable | undefined)[] = [];
  readonly #quantisation: (Uint16Array | undefined)[] = [];
  #restartInterval = 0;
  #next: JPEGSegment | undefined;

  /**
   * Reads up to and including the frame header.
   * @throws CodecError malformed
   */
  constructor(private readonly bytes: Uint8Array) {
    let segment = firstSegment(bytes);
    for (; segment !== undefined && !isFrame(segment.marker); segment = nextSegment(bytes, segment.end)) {
      if (segment.marker === MARKER.SOS) break;
      this.#readTables(segment);
    }
    if (segment === undefined || !isFrame(segment.marker)) {
      throw new CodecError('malformed', 'the code stream has no frame header');
    }
    const frame = jpegFrame(bytes, segment);
    if (frame.rows === 0) throw new CodecError('malformed', 'the frame header does not give the number of rows');
    this.frame = { ...frame, samples: frame.components.length };
    this.#next = nextSegment(bytes, segment.end);
  }

  /**
   * Yields the scans. Each must be read before the next one is requested.
   * @throws CodecError malformed
   */
  *scans(): Generator<JPEGScan> {
    for (let segment = this.#next; segment !== undefined && segment.marker !== MARKER.EOI; ) {
      let { end } = segment;
      if (segment.marker === MARKER.SOS) {
        const scan = this.#readScan(segment);
        yield scan;
        end = scan.bits.nextMarker();
      } else this.#readTables(segment);
      segment = nextSegment(this.bytes, end);
    }
  }

  #readTables({ marker, start, end }: JPEGSegment): void {
    const segment = this.bytes.subarray(start, end);
    if (marker === MARKER.DHT) this.#readHuffmanTables(segment);
    else if (marker === MARKER.DQT) this.#readQuantisationTables(segment);
    else if (marker === MARKER.DRI) this.#restartInterval = uint16At(segment, 0) || 0;
  }

  /** T.81 B.2.4.2. */
  #readHuffmanTables(segment: Uint8Array): void {
    for (let at = 0; at + 17 <= segment.length; ) {
      const kind = segment[at]!;
      const counts = segment.subarray(at + 1, at + 17);
      const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
      if (end > segment.length || end > at + 17 + 256) throw new CodecError('malformed', 'a Huffman table is broken');
      const tables = kind >> 4 === 0 ? this.#dc : this.#ac;
      tables[kind & 15] = new HuffmanTable(counts, segment.subarray(at + 17, end));
      at = end;
    }
  }

  /** T.81 B.2.4.1. */
  #readQuantisationTables(segment: Uint8Array): void {
    for (let at = 0; at < segment.length; ) {
      const kind = segment[at]!;
      const size = kind >> 4 === 0 ? 1 : 2;
      const from = at + 1;
      at = from + 64 * size;
      if (at > segment.length) throw new CodecError('malformed', 'a quantisation table is truncated');
      this.#quantisation[kind & 15] = Uint16Array.from({ length: 64 }, (_, index) =>
        size === 1 ? segment[from + index]! : uint16At(segment, from + 2 * index),
      );
    }
  }

  #readScan({ start, end }: JPEGSegment): JPEGScan {
    const segment = this.bytes.subarray(start, end);
    const count = segment[0] ?? 0;
    const at = 1 + 2 * count;
    if (count === 0 || at + 3 > segment.length) throw new CodecError('malformed', 'the header of a scan is broken');
    const components = Array.from({ length: count }, (_, position) => {
      const id = segment[1 + 2 * position];
      const tables = segment[2 + 2 * position]!;
      const index = this.frame.components.findIndex((component) => component.id === id);
      return { index, dc: this.#dc[tables >> 4], ac: this.#ac[tables & 15] };
    });
    const indexes = new Set(components.map(({ index }) => index));
    if (indexes.has(-1) || indexes.size < count)
      throw new CodecError('malformed', 'a scan has components that the frame does not have');
    return {
      components,
      first: segment[at]!,
      last: segment[at + 1]!,
      high: segment[at + 2]! >> 4,
      low: segment[at + 2]! & 15,
      restartInterval: this.#restartInterval,
      quantisation: [...this.#quantisation],
      bits: new EntropyBits(this.bytes, end),
    };
  }
}
