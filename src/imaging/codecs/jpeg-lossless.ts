import { CodecError, type Decode } from '../codec';
import { checkDecodedSize } from './decoded-size';
import { decodedFormat, signExtend } from './jpeg-decoded';
import { EntropyReader } from './jpeg-entropy';
import type { HuffmanTable } from './jpeg-huffman';
import { type JPEGHeader, jpegHeader } from './jpeg-markers';
import { type JPEGScan, jpegScans } from './jpeg-scans';

/** SOF3. */
const LOSSLESS = 3;

/**
 * JPEG Lossless, Non-Hierarchical (Process 14, with Selection Value 1 or any other): ITU-T T.81 annex H, PS3.5 A.4.2.
 * Colours stay as they are: nothing is transformed without loss.
 */
export const decodeJPEGLossless: Decode = async (codeStream, format) => {
  const header = jpegHeader(codeStream);
  const { components, precision, columns } = header;
  if (header.process !== LOSSLESS)
    throw new CodecError('unsupported', `JPEG process ${header.process} is not lossless`);
  if (
    components.some(
      ({ horizontal, vertical }) => horizontal !== components[0]!.horizontal || vertical !== components[0]!.vertical,
    )
  ) {
    throw new CodecError('unsupported', 'JPEG lossless with subsampled components');
  }
  const out = decodedFormat(header, format);
  const samples = out.rows * columns * components.length;
  checkDecodedSize((samples * out.bitsAllocated) / 8);
  const target = out.bitsAllocated === 8 ? new Uint8Array(samples) : new Uint16Array(samples);
  for (const scan of jpegScans(codeStream, header)) decodeScan(codeStream, scan, header, out.rows, target);
  signExtend(target, precision, out);
  return { format: out, bytes: new Uint8Array(target.buffer) };
};

function decodeScan(
  codeStream: Uint8Array,
  scan: JPEGScan,
  header: JPEGHeader,
  rows: number,
  target: Uint8Array | Uint16Array,
): void {
  const { columns, precision } = header;
  const { first: predictor, low: pointTransform, restartInterval } = scan;
  if (predictor < 1 || predictor > 7 || pointTransform >= precision) throw malformed('its predictor is none');
  if (restartInterval % columns !== 0) throw malformed('it restarts amid a row');
  const tables = scan.components.map(({ dc }) => {
    if (dc === undefined) throw malformed('a Huffman table is missing');
    return dc;
  });
  const reader = new EntropyReader(codeStream, scan.start);
  const lines = tables.map(() => ({ above: new Uint16Array(columns), line: new Uint16Array(columns) }));
  const rowsBetweenRestarts = restartInterval / columns;
  const stride = header.components.length;
  for (let y = 0; y < rows; y++) {
    const restarts = rowsBetweenRestarts > 0 && y % rowsBetweenRestarts === 0;
    if (restarts && y > 0) reader.restart();
    readDifferences(reader, tables, lines);
    reader.check();
    lines.forEach((both, place) => {
      const { above, line } = both;
      // The first row, and one after a restart, is predicted from the left, its first sample from half the range (H.1.2.1).
      if (y === 0 || restarts) undoLeft(line, 1 << (precision - pointTransform - 1));
      else undoDifferences(predictor, line, above);
      const first = y * columns * stride + scan.components[place]!.index;
      for (let x = 0, to = first; x < columns; x++, to += stride) target[to] = line[x]! << pointTransform;
      both.above = line;
      both.line = above;
    });
  }
}

/** A row of differences of each component, into its line: T.81 H.1.2.2. */
function readDifferences(
  reader: EntropyReader,
  tables: readonly HuffmanTable[],
  lines: readonly { line: Uint16Array }[],
): void {
  const columns = lines[0]!.line.length;
  for (let x = 0; x < columns; x++) {
    for (let place = 0; place < tables.length; place++) {
      const size = reader.symbol(tables[place]!);
      if (size > 16) throw malformed('a difference is too large');
      lines[place]!.line[x] = size === 0 ? 0 : size === 16 ? 32768 : reader.number(size);
    }
  }
}

function undoLeft(line: Uint16Array, start: number): void {
  let left = start;
  for (let x = 0; x < line.length; x++) {
    left = (left + line[x]!) & 0xffff;
    line[x] = left;
  }
}

/** T.81 table H.1; sums are modulo 65536. The first sample of a row is predicted from the one above. */
function undoDifferences(predictor: number, line: Uint16Array, above: Uint16Array): void {
  let left = (line[0]! + above[0]!) & 0xffff;
  line[0] = left;
  const columns = line.length;
  switch (predictor) {
    case 1:
      for (let x = 1; x < columns; x++) line[x] = left = (line[x]! + left) & 0xffff;
      break;
    case 2:
      for (let x = 1; x < columns; x++) line[x] = line[x]! + above[x]!;
      break;
    case 3:
      for (let x = 1; x < columns; x++) line[x] = line[x]! + above[x - 1]!;
      break;
    case 4:
      for (let x = 1; x < columns; x++) line[x] = left = (line[x]! + left + above[x]! - above[x - 1]!) & 0xffff;
      break;
    case 5:
      for (let x = 1; x < columns; x++)
        line[x] = left = (line[x]! + left + ((above[x]! - above[x - 1]!) >> 1)) & 0xffff;
      break;
    case 6:
      for (let x = 1; x < columns; x++)
        line[x] = left = (line[x]! + above[x]! + ((left - above[x - 1]!) >> 1)) & 0xffff;
      break;
    default:
      for (let x = 1; x < columns; x++) line[x] = left = (line[x]! + ((left + above[x]!) >> 1)) & 0xffff;
  }
}

function malformed(reason: string): CodecError {
  return new CodecError('malformed', `The JPEG lossless code stream cannot be read: ${reason}`);
}
