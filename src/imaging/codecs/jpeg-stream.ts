import { uint16At } from '../../dicom/big-endian';
import { CodecError } from '../codec';
import { EntropyBits, isRestart } from './jpeg-bits';
import { HuffmanTable } from './jpeg-huffman';
import type { CodedSamples } from './samples';

/** ITU-T T.81 table B.1, second bytes. */
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const SOF0 = 0xc0;
const SOF15 = 0xcf;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;

/** T.81 B.2.2. */
export interface JPEGComponent {
  readonly identifier: number;
  /** Sampling factors, 1 to 4. */
  readonly horizontal: number;
  readonly vertical: number;
  /** The place of its quantisation table. */
  readonly quantisation: number;
}

export interface JPEGFrame extends CodedSamples {
  /** N of its marker, SOFn. */
  readonly process: number;
  readonly components: readonly JPEGComponent[];
}

export interface ScanComponent {
  /** Among those of the frame. */
  readonly index: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** T.81 B.2.3, with the tables that hold for it. */
export interface JPEGScan {
  readonly components: readonly ScanComponent[];
  /** Ss: of the spectral selection, or the predictor. */
  readonly first: number;
  /** Se */
  readonly last: number;
  /** Ah */
  readonly high: number;
  /** Al: the point transform. */
  readonly low: number;
  /** Units of coding between restarts; 0: there are none. */
  readonly restartInterval: number;
  /** By place, as in the code stream: in zigzag order. */
  readonly quantisation: readonly (Uint16Array | undefined)[];
  readonly bits: EntropyBits;
}

/** A code stream of JPEG with Huffman coding, read scan by scan. */
export class JPEGStream {
  readonly frame: JPEGFrame;
  readonly #dc: (HuffmanTable | undefined)[] = [];
  readonly #ac: (HuffmanTable | undefined)[] = [];
  readonly #quantisation: (Uint16Array | undefined)[] = [];
  #restartInterval = 0;
  #at = 2;

  /**
   * Reads as far as the frame header.
   * @throws CodecError malformed
   */
  constructor(private readonly bytes: Uint8Array) {
    if (uint16At(bytes, 0) !== 0xff00 + SOI) throw new CodecError('malformed', 'there is no JPEG code stream');
    for (let code = this.#nextCode(); code !== undefined && code !== SOS; code = this.#nextCode()) {
      const segment = this.#segment();
      if (code >= SOF0 && code <= SOF15 && code !== DHT && code !== JPG && code !== DAC) {
        this.frame = readFrame(code - SOF0, segment);
        return;
      }
      this.#readTables(code, segment);
    }
    throw new CodecError('malformed', 'the code stream has no frame header');
  }

  /**
   * The scans, each of which is to be read before the next.
   * @throws CodecError malformed
   */
  *scans(): Generator<JPEGScan> {
    for (let code = this.#nextCode(); code !== undefined; code = this.#nextCode()) {
      const segment = this.#segment();
      if (code !== SOS) {
        this.#readTables(code, segment);
        continue;
      }
      const scan = this.#readScan(segment);
      yield scan;
      this.#at = scan.bits.nextMarker();
    }
  }

  /** Goes past the next marker. @returns undefined at the end of the image, or of its bytes */
  #nextCode(): number | undefined {
    const { bytes } = this;
    for (; ; this.#at++) {
      const at = bytes.indexOf(0xff, this.#at);
      if (at < 0 || at + 1 >= bytes.length) return undefined;
      const code = bytes[at + 1]!;
      this.#at = at + 1;
      if (code === EOI) return undefined;
      if (code >= SOF0 && code !== SOI && code !== 0xff && !isRestart(code)) return code;
    }
  }

  /** What follows a marker; none where it is cut short. */
  #segment(): Uint8Array {
    const start = this.#at + 1;
    const length = uint16At(this.bytes, start);
    if (!(length >= 2 && start + length <= this.bytes.length)) {
      throw new CodecError('malformed', 'a segment of the code stream is cut short');
    }
    this.#at = start + length;
    return this.bytes.subarray(start + 2, start + length);
  }

  #readTables(code: number, segment: Uint8Array): void {
    if (code === DHT) this.#readHuffmanTables(segment);
    else if (code === DQT) this.#readQuantisationTables(segment);
    else if (code === DRI) this.#restartInterval = uint16At(segment, 0) || 0;
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
      if (at > segment.length) throw new CodecError('malformed', 'a quantisation table is cut short');
      this.#quantisation[kind & 15] = Uint16Array.from({ length: 64 }, (_, index) =>
        size === 1 ? segment[from + index]! : uint16At(segment, from + 2 * index),
      );
    }
  }

  #readScan(segment: Uint8Array): JPEGScan {
    const count = segment[0] ?? 0;
    const at = 1 + 2 * count;
    if (count === 0 || at + 3 > segment.length) throw new CodecError('malformed', 'the header of a scan is broken');
    const components = Array.from({ length: count }, (_, position) => {
      const identifier = segment[1 + 2 * position];
      const tables = segment[2 + 2 * position]!;
      const index = this.frame.components.findIndex((component) => component.identifier === identifier);
      return { index, dc: this.#dc[tables >> 4], ac: this.#ac[tables & 15] };
    });
    const indexes = new Set(components.map(({ index }) => index));
    if (indexes.has(-1) || indexes.size < count) throw new CodecError('malformed', 'a scan has components of no frame');
    return {
      components,
      first: segment[at]!,
      last: segment[at + 1]!,
      high: segment[at + 2]! >> 4,
      low: segment[at + 2]! & 15,
      restartInterval: this.#restartInterval,
      quantisation: [...this.#quantisation],
      bits: new EntropyBits(this.bytes, this.#at),
    };
  }
}

function readFrame(process: number, segment: Uint8Array): JPEGFrame {
  const rows = uint16At(segment, 1);
  const columns = uint16At(segment, 3);
  const samples = segment[5] ?? 0;
  const components = Array.from({ length: samples }, (_, index) => {
    const [identifier = 0, factors = 0, quantisation = 0] = segment.subarray(6 + 3 * index, 9 + 3 * index);
    return { identifier, horizontal: factors >> 4, vertical: factors & 15, quantisation };
  });
  const sampled = components.every(({ horizontal: h, vertical: v }) => h >= 1 && h <= 4 && v >= 1 && v <= 4);
  if (!(rows > 0 && columns > 0 && samples > 0 && sampled)) {
    throw new CodecError('malformed', 'the frame header of the code stream is broken');
  }
  return { process, precision: segment[0]!, rows, columns, samples, components };
}
