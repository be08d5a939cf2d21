import { CodecError } from '../codec';
import { EntropyReader } from './jpeg-entropy';
import type { HuffmanTable } from './jpeg-huffman';
import { inverseDCT } from './jpeg-idct';
import type { JPEGHeader } from './jpeg-markers';
import { largest, type Plane } from './jpeg-planes';
import type { JPEGScan } from './jpeg-scans';

/** ITU-T T.81 figure A.6: where in a block, row by row, the coefficients of zigzag order belong. */
const ZIGZAG = zigzag();

interface Component {
  readonly plane: Plane;
  /** Blocks of it in a minimum coded unit. */
  readonly across: number;
  readonly down: number;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
  readonly quantization: Uint16Array;
  /** The DC coefficient before, from which the next differs. */
  last: number;
}

/**
 * Decodes a scan of a sequential frame (T.81 F.2) into the planes of its components.
 * @throws CodecError malformed
 */
export function decodeSequentialScan(
  codeStream: Uint8Array,
  scan: JPEGScan,
  header: JPEGHeader,
  rows: number,
  planes: readonly Plane[],
): void {
  if (scan.first !== 0 || scan.high !== 0 || scan.low !== 0) throw malformed('its scan is not sequential');
  const alone = scan.components.length === 1;
  const components = scan.components.map(({ index, dc, ac, quantization }): Component => {
    if (!dc || !ac || !quantization) throw malformed('a table is missing');
    const { horizontal, vertical } = header.components[index]!;
    // A scan of one component has a block in a unit, whatever its sampling factors (T.81 A.2.2).
    const [across, down] = alone ? [1, 1] : [horizontal, vertical];
    return { plane: planes[index]!, across, down, dc, ac, quantization, last: 0 };
  });
  const most = largest(header);
  const [only] = components;
  const unitsAcross = Math.ceil(alone ? only!.plane.width / 8 : header.columns / (8 * most.horizontal));
  const unitsDown = Math.ceil(alone ? only!.plane.height / 8 : rows / (8 * most.vertical));
  const reader = new EntropyReader(codeStream, scan.start);
  const block = new Int32Array(64);
  let left = scan.restartInterval;
  for (let row = 0; row < unitsDown; row++) {
    for (let column = 0; column < unitsAcross; column++) {
      if (scan.restartInterval > 0 && left-- === 0) {
        reader.restart();
        for (const component of components) component.last = 0;
        left = scan.restartInterval - 1;
      }
      for (const component of components) {
        const { across, down, plane } = component;
        for (let y = 0; y < down; y++) {
          for (let x = 0; x < across; x++) {
            decodeBlock(reader, component, block);
            inverseDCT(block, header.precision > 8 ? 1 : 2);
            store(block, plane, 8 * (column * across + x), 8 * (row * down + y), header.precision);
          }
        }
      }
    }
    reader.check();
  }
}

/** T.81 F.2.2, with the coefficients multiplied by their quantization steps. */
function decodeBlock(reader: EntropyReader, component: Component, block: Int32Array): void {
  const { dc, ac, quantization } = component;
  block.fill(0);
  const difference = reader.symbol(dc);
  if (difference > 15) throw malformed('a coefficient is too large');
  if (difference > 0) component.last = (component.last + reader.number(difference)) | 0;
  block[0] = Math.imul(component.last, quantization[0]!);
  for (let index = 1; index < 64; index++) {
    const symbol = reader.symbol(ac);
    const size = symbol & 15;
    const zeros = symbol >> 4;
    if (size === 0) {
      // Sixteen zeros; anything else is the end of the block.
      if (zeros !== 15) return;
      index += 15;
      continue;
    }
    index += zeros;
    if (index > 63) throw malformed('a block has too many coefficients');
    block[ZIGZAG[index]!] = Math.imul(reader.number(size), quantization[index]!);
  }
}

/** Moves samples to where they are not negative (T.81 A.3.1), and drops what is beyond the edges. */
function store(block: Int32Array, plane: Plane, left: number, top: number, precision: number): void {
  const { samples, stride, rowStride } = plane;
  const centre = 1 << (precision - 1);
  const most = (1 << precision) - 1;
  const across = Math.min(8, plane.width - left);
  const down = Math.min(8, plane.height - top);
  for (let y = 0; y < down; y++) {
    let to = plane.first + (top + y) * rowStride + left * stride;
    for (let x = 0; x < across; x++, to += stride) {
      const value = block[8 * y + x]! + centre;
      samples[to] = Math.max(0, Math.min(value, most));
    }
  }
}

function zigzag(): Uint8Array {
  const order = Uint8Array.from({ length: 64 }, (_, index) => index);
  const diagonal = (place: number): number => (place >> 3) + (place & 7);
  // Along odd diagonals rows grow, along even ones columns do.
  const along = (place: number): number => (diagonal(place) % 2 === 1 ? place >> 3 : place & 7);
  return order.sort((a, b) => diagonal(a) - diagonal(b) || along(a) - along(b));
}

function malformed(reason: string): CodecError {
  return new CodecError('malformed', `The JPEG code stream cannot be read: ${reason}`);
}
