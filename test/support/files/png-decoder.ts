import { unzlibSync } from 'fflate';
import { joined } from './part10';

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly bytes: Uint8Array;
  readonly chunks?: { type: string; data: Uint8Array }[];
}

/** Reads PNG of 8 bits, grey or RGB, by the specification: checks chunks, undoes all five filters. */
export function decodePng(file: Uint8Array, withChunks = false): Decoded {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getBigUint64(0) !== 0x89504e470d0a1a0an) throw new Error('no signature');
  const chunks: { type: string; data: Uint8Array }[] = [];
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const body = file.subarray(at + 4, at + 8 + length);
    if (crc32(body) !== view.getUint32(at + 8 + length)) throw new Error('wrong check');
    chunks.push({ type: String.fromCharCode(...body.subarray(0, 4)), data: body.subarray(4) });
    at += 12 + length;
  }
  if (chunks[0]?.type !== 'IHDR' || chunks.at(-1)?.type !== 'IEND') throw new Error('no header or end');
  const header = chunks[0].data;
  const size = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [size.getUint32(0), size.getUint32(4)];
  const samples = header[9] === 0 ? 1 : 3;
  if (header[8] !== 8 || (header[9] !== 0 && header[9] !== 2)) throw new Error('another kind');
  const data = joined(chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data));
  const bytes = unfiltered(unzlibSync(data), width * samples, height, samples);
  return { width, height, samples, bytes, ...(withChunks && { chunks }) };
}

function unfiltered(lines: Uint8Array, stride: number, height: number, samples: number): Uint8Array {
  if (lines.length !== (stride + 1) * height) throw new Error('another length');
  const bytes = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const to = y * stride + x;
      const left = x >= samples ? bytes[to - samples]! : 0;
      const above = y > 0 ? bytes[to - stride]! : 0;
      const corner = x >= samples && y > 0 ? bytes[to - stride - samples]! : 0;
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]!;
      bytes[to] = lines[y * (stride + 1) + 1 + x]! + predicted;
    }
  }
  return bytes;
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(estimate - one)) as [number, number, number];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** CRC-32 bit by bit: ISO 3309, PNG annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
