import { uint16At } from '../../dicom/big-endian';
import { CodecError } from '../codec';
import { type HuffmanTable, huffmanTable } from './jpeg-huffman';
import { firstSegment, isFrame, type JPEGHeader, type JPEGSegment, MARKER, nextSegment } from './jpeg-markers';

/** A scan of a code stream, with the tables that are in force for it (ITU-T T.81 B.2.3). */
export interface JPEGScan {
  /** Of the frame's components, in the scan's order. */
  readonly components: readonly JPEGScanComponent[];
  /** Ss: the first coefficient, or the predictor of a lossless scan. */
  readonly first: number;
  /** Se: the last coefficient. */
  readonly last: number;
  /** Ah: bits of coefficients that earlier scans held. */
  readonly high: number;
  /** Al: the point transform. */
  readonly low: number;
  /** Minimum coded units between restart markers; 0: there are none. */
  readonly restartInterval: number;
  /** Where the entropy-coded data begins. */
  readonly start: number;
}

export interface JPEGScanComponent {
  /** In the frame's list. */
  readonly index: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  /** In zigzag order. */
  readonly quantization: Uint16Array | undefined;
}

/**
 * The scans of a sequential or lossless frame, each component in one of them. Ends when every component was in one.
 * @throws CodecError malformed when the code stream ends before, or a component is in two
 */
export function* jpegScans(codeStream: Uint8Array, header: JPEGHeader): Generator<JPEGScan> {
  const tables = new Tables(codeStream);
  const seen = new Set<number>();
  let frames = 0;
  for (let segment = firstSegment(codeStream); segment; segment = nextSegment(codeStream, segment.end)) {
    const { marker, start } = segment;
    if (marker === MARKER.DHT) tables.huffman(segment);
    else if (marker === MARKER.DQT) tables.quantization(segment);
    else if (marker === MARKER.DRI) tables.restartInterval = uint16At(codeStream, start) || 0;
    else if (isFrame(marker) && ++frames > 1) throw malformed('it has two frames');
    else if (marker === MARKER.EOI) break;
    else if (marker === MARKER.SOS) {
      const scan = readScan(codeStream, segment, header, tables);
      for (const { index } of scan.components) {
        if (seen.has(index)) throw malformed('a component is in two scans');
        seen.add(index);
      }
      yield scan;
      if (seen.size === header.components.length) return;
    }
  }
  throw malformed('a component is in no scan');
}

function readScan(bytes: Uint8Array, { start, end }: JPEGSegment, header: JPEGHeader, tables: Tables): JPEGScan {
  const count = bytes[start]!;
  const after = start + 1 + 2 * count;
  if (count < 1 || count > 4 || end < after + 3) throw malformed('its scan header is cut short');
  const components = Array.from({ length: count }, (_, place) => {
    const at = start + 1 + 2 * place;
    const index = header.components.findIndex(({ id }) => id === bytes[at]);
    if (index < 0) throw malformed('a scan has a component that the frame has not');
    const selectors = bytes[at + 1]!;
    return {
      index,
      dc: tables.table(selectors >> 4),
      ac: tables.table(0x10 | (selectors & 15)),
      quantization: tables.steps.get(header.components[index]!.quantization),
    };
  });
  return {
    components,
    first: bytes[after]!,
    last: bytes[after + 1]!,
    high: bytes[after + 2]! >> 4,
    low: bytes[after + 2]! & 15,
    restartInterval: tables.restartInterval,
    start: end,
  };
}

class Tables {
  readonly #bytes: Uint8Array;
  /** By class and destination; made into tables only when a scan wants them, since there may be any number of them. */
  readonly #parameters = new Map<number, Uint8Array>();
  readonly steps = new Map<number, Uint16Array>();
  restartInterval = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  table(key: number): HuffmanTable | undefined {
    const parameters = this.#parameters.get(key);
    return parameters && huffmanTable(parameters);
  }

  /** T.81 B.2.4.2 */
  huffman({ start, end }: JPEGSegment): void {
    for (let at = start; at + 17 <= end; ) {
      const count = this.#bytes.subarray(at + 1, at + 17).reduce((sum, codes) => sum + codes, 0);
      const next = at + 17 + count;
      if (next > end || count > 256) throw malformed('a Huffman table is cut short');
      this.#parameters.set(this.#bytes[at]!, this.#bytes.subarray(at + 1, next));
      at = next;
    }
  }

  /** T.81 B.2.4.1 */
  quantization({ start, end }: JPEGSegment): void {
    for (let at = start; at < end; ) {
      const wide = this.#bytes[at]! >> 4 !== 0;
      const next = at + 1 + (wide ? 128 : 64);
      if (next > end) throw malformed('a quantization table is cut short');
      const first = at + 1;
      const step = (index: number): number =>
        wide ? uint16At(this.#bytes, first + 2 * index) : this.#bytes[first + index]!;
      this.steps.set(
        this.#bytes[at]! & 15,
        Uint16Array.from({ length: 64 }, (_, index) => step(index)),
      );
      at = next;
    }
  }
}

function malformed(reason: string): CodecError {
  return new CodecError('malformed', `The JPEG code stream cannot be read: ${reason}`);
}
