import { CodecError, type Decode } from '../../codec';
import { ensureRoom } from '../codec-memory';
import { allocatedFor, bytesOfSample, decodedBytes, frameOfSamples, photometricOf } from '../samples';
import type { HuffmanTable } from './jpeg-huffman';
import { type JPEGFrame, type JPEGScan, JPEGStream } from './jpeg-stream';

/** ITU-T T.81 table B.1: the lossless process with Huffman coding. */
const SOF3 = 3;

/**
 * Decodes lossless JPEG (ITU-T T.81 annex H, process 14): PS3.5 A.4.2. One or three samples of 2 to 16 bits, with every
 * predictor. The instance says what the colours are: this compression does not transform them.
 */
export const decodeJPEGLossless: Decode = async (codeStream, format, room) => {
  const stream = new JPEGStream(codeStream);
  const { frame } = stream;
  const { samples, precision, process } = frame;
  if (process !== SOF3 || (samples !== 1 && samples !== 3) || precision < 2 || precision > 16) {
    throw new CodecError('unsupported', 'this decoder does not support this kind of JPEG');
  }
  const size = bytesOfSample(precision);
  const raw = decodedBytes(frame, 8 * size);
  const decoded = decodedBytes(frame, allocatedFor(frame, format));
  ensureRoom(decoded, codeStream.length + raw + (decoded === raw ? 0 : decoded), room);
  const bytes = new Uint8Array(raw);
  const cells = size === 1 ? bytes : new Uint16Array(bytes.buffer);
  const left = new Set(frame.components.keys());
  for (const scan of stream.scans()) {
    for (const { index } of scan.components) {
      if (!left.delete(index)) throw new CodecError('malformed', 'a component has more than one scan');
    }
    decodeScan(frame, scan, cells);
    if (left.size === 0) break;
  }
  if (left.size > 0) throw new CodecError('malformed', 'the code stream lacks a component');
  return frameOfSamples(bytes, frame, format, photometricOf(samples, format));
};

/** T.81 H.2. */
function decodeScan(frame: JPEGFrame, scan: JPEGScan, cells: Uint8Array | Uint16Array): void {
  const { rows, columns, precision } = frame;
  const { bits, restartInterval, first: predictor, low: pointTransform } = scan;
  const tables = tablesOf(frame, scan);
  const origin = 1 << (precision - pointTransform - 1);
  const rowsBetween = restartInterval / columns;
  let above = new Uint16Array(columns * tables.length);
  let row = new Uint16Array(columns * tables.length);
  for (let y = 0, first = true; y < rows; y++, first = false) {
    if (rowsBetween > 0 && y > 0 && y % rowsBetween === 0) {
      bits.restart();
      first = true;
    }
    readDifferences(scan, tables, row);
    if (bits.exhausted) throw new CodecError('malformed', 'the code stream is truncated');
    addPredictions(row, above, tables.length, first ? 1 : predictor, first ? origin : undefined);
    store(row, frame, scan, y, cells);
    [above, row] = [row, above];
  }
}

/** The Huffman tables of a scan's components. @throws CodecError for scans that no decoder accepts */
function tablesOf(frame: JPEGFrame, scan: JPEGScan): readonly HuffmanTable[] {
  const { components, first: predictor, low: pointTransform, restartInterval } = scan;
  const tables = components.flatMap(({ dc }) => dc ?? []);
  const predicted = predictor >= 1 && predictor <= 7 && pointTransform < frame.precision;
  // T.81 H.1.1
  const wholeRows = restartInterval % frame.columns === 0;
  if (tables.length < components.length || !predicted || !wholeRows) {
    throw new CodecError('malformed', 'the header of a scan is broken');
  }
  const [{ horizontal, vertical } = { horizontal: 1, vertical: 1 }] = frame.components;
  const same = frame.components.every((other) => other.horizontal === horizontal && other.vertical === vertical);
  const single = horizontal === 1 && vertical === 1;
  if (!same || (components.length > 1 && !single)) {
    throw new CodecError('unsupported', 'the image has components that are sampled at different rates');
  }
  return tables;
}

/** Reads the differences of a row, modulo 2^16 (T.81 H.1.2.2). */
function readDifferences({ bits }: JPEGScan, tables: readonly HuffmanTable[], row: Uint16Array): void {
  for (let index = 0; index < row.length; ) {
    for (let component = 0; component < tables.length; component++) {
      const size = bits.symbol(tables[component]!);
      if (size > 16) throw new CodecError('malformed', 'the code stream has a difference that is too large');
      row[index++] = size === 16 ? 0x8000 : bits.signedBits(size);
    }
  }
}

/**
 * Converts differences to samples (T.81 H.1.2.1).
 * @param step the number of samples of a pixel
 * @param origin the prediction for the first samples; undefined: they are predicted from those above
 */
function addPredictions(
  row: Uint16Array,
  above: Uint16Array,
  step: number,
  predictor: number,
  origin: number | undefined,
): void {
  for (let index = 0; index < step; index++) row[index] = row[index]! + (origin ?? above[index]!);
  for (let index = step; index < row.length; index++) {
    row[index] = row[index]! + predicted(predictor, row[index - step]!, above[index]!, above[index - step]!);
  }
}

/** T.81 table H.1. */
function predicted(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}

function store(row: Uint16Array, frame: JPEGFrame, scan: JPEGScan, y: number, cells: Uint8Array | Uint16Array): void {
  const { columns, samples, precision } = frame;
  const { components, low: pointTransform } = scan;
  const mask = 2 ** precision - 1;
  components.forEach(({ index: component }, position) => {
    let to = y * columns * samples + component;
    for (let from = position; from < row.length; from += components.length, to += samples) {
      cells[to] = (row[from]! << pointTransform) & mask;
    }
  });
}
