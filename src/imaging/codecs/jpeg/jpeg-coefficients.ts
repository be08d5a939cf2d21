import { CodecError } from '../../codec';
import { BlockDecoder } from './jpeg-block-decoder';
import { BLOCK, type JPEGPlane, unitsOf } from './jpeg-planes';
import type { JPEGFrame, JPEGScan, JPEGStream } from './jpeg-stream';

/** T.81 table B.1: progressive, with Huffman coding. */
const SOF2 = 2;

/** Most encoders write ten. A scan of a few bytes can cost a pass over the whole image. */
const MOST_SCANS = 100;

/** The largest point transform that any precision can use. */
const MOST_SHIFT = 13;

/**
 * Reads the coefficients of all scans into their planes. Coefficients that a truncated code stream does not have stay
 * zero.
 * @param whole refuses a truncated code stream
 * @returns for each component, the quantisation table that was in force when its scan began, in zigzag order
 * @throws CodecError malformed
 */
export function readCoefficients(
  stream: JPEGStream,
  planes: readonly JPEGPlane[],
  whole: boolean,
): readonly Uint16Array[] {
  const { frame } = stream;
  const progressive = frame.process === SOF2;
  const tables: (Uint16Array | undefined)[] = planes.map(() => undefined);
  const progress = planes.map(() => new Int8Array(BLOCK).fill(-1));
  const left = new Set(planes.keys());
  let scans = 0;
  for (const scan of stream.scans()) {
    if (++scans > MOST_SCANS) throw new CodecError('unsupported', 'the image has more scans than this decoder accepts');
    for (const { index } of scan.components) {
      tables[index] ??= scan.quantisation[frame.components[index]!.quantization];
      if (progressive) checkProgress(scan, progress[index]!);
      else if (!left.has(index)) throw new CodecError('malformed', 'a component has more than one scan');
      left.delete(index);
    }
    const exhausted = readScan(frame, scan, planes, new BlockDecoder(scan, progressive));
    if (exhausted && whole) throw new CodecError('malformed', 'the code stream is truncated');
    if (!progressive && left.size === 0) break;
  }
  const known = tables.flatMap((table) => table ?? []);
  if (left.size > 0 || known.length < planes.length) {
    throw new CodecError('malformed', 'the code stream lacks a component, or its quantisation table');
  }
  return known;
}

/** T.81 G.1.1.1: each scan of a coefficient continues where the previous one ended. */
function checkProgress(scan: JPEGScan, shifts: Int8Array): void {
  const { first, last, high, low, components } = scan;
  const band = first === 0 ? last === 0 : first <= last && last < BLOCK && components.length === 1;
  const next = low <= MOST_SHIFT && (high === 0 || low === high - 1);
  const expected = high === 0 ? -1 : high;
  if (!band || !next || shifts.subarray(first, last + 1).some((shift) => shift !== expected)) {
    throw new CodecError('malformed', 'the scans of the code stream do not follow each other');
  }
  shifts.fill(low, first, last + 1);
}

/** Reads the blocks of a scan in the order of T.81 A.2. @returns whether the scan has fewer blocks than the frame */
function readScan(frame: JPEGFrame, scan: JPEGScan, planes: readonly JPEGPlane[], decoder: BlockDecoder): boolean {
  const { components, bits, restartInterval } = scan;
  const single = components.length === 1;
  const [{ index: only }] = components as [(typeof components)[0]];
  const alone = planes[only]!;
  const { across, down } = single ? { across: alone.blocksAcross, down: alone.blocksDown } : unitsOf(frame);
  let exhausted = false;
  for (let unit = 0; unit < across * down; unit++) {
    if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
      exhausted ||= bits.exhausted;
      decoder.restart();
    }
    if (bits.exhausted) {
      if (restartInterval === 0) return true;
      continue;
    }
    const x = unit % across;
    const y = Math.floor(unit / across);
    if (single) decoder.decode(0, alone.cells, (y * alone.stride + x) * BLOCK);
    else {
      for (const [position, { index }] of components.entries()) readUnit(planes[index]!, position, x, y, decoder);
    }
  }
  // Some writers omit the last bits of the last unit.
  return exhausted;
}

function readUnit(plane: JPEGPlane, position: number, x: number, y: number, decoder: BlockDecoder): void {
  const { horizontal, vertical, stride, cells } = plane;
  for (let row = 0; row < vertical; row++) {
    for (let column = 0; column < horizontal; column++) {
      decoder.decode(position, cells, ((y * vertical + row) * stride + x * horizontal + column) * BLOCK);
    }
  }
}
