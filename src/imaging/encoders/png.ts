import { concatenate } from '../concatenate';
import { crc32 } from '../crc32';
import { Pauses, PIECE_BYTES } from '../pauses';
import type { Raster } from '../raster';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const GREY = 0;
const RGB = 2;
const FILTER_SUB = 1;
const FILTER_UP = 2;
/** The number of filtered bytes that are compressed at a time. */
const BLOCK = 1 << 18;

/**
 * Writes a raster as PNG (ISO/IEC 15948): 8 bits for each sample, grey or RGB, with its ICC profile if it has one.
 * Pauses between blocks of rows.
 */
export async function encodePNG(raster: Raster, pauses = new Pauses(PIECE_BYTES)): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, samples, iccProfile } = raster;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, samples === 1 ? GREY : RGB], 8);
  const chunks = [SIGNATURE, ...(await chunk('IHDR', [header], pauses))];
  if (iccProfile !== undefined) {
    // The name of the profile, a null byte, and the compression method: 0.
    const name = Uint8Array.of(0x49, 0x43, 0x43, 0, 0);
    chunks.push(...(await chunk('iCCP', [name, ...(await deflated([iccProfile], pauses))], pauses)));
  }
  chunks.push(...(await chunk('IDAT', await deflated(filtered(raster), pauses), pauses)));
  chunks.push(...(await chunk('IEND', [], pauses)));
  return concatenate(chunks);
}

/** The parts of a chunk: length, type and data, cyclic redundancy check. */
async function chunk(type: string, data: readonly Uint8Array[], pauses: Pauses): Promise<Uint8Array[]> {
  const head = new Uint8Array(8);
  const length = data.reduce((sum, part) => sum + part.length, 0);
  new DataView(head.buffer).setUint32(0, length);
  for (let at = 0; at < 4; at++) head[4 + at] = type.charCodeAt(at);
  let sum = crc32(head.subarray(4));
  for (const part of data) {
    sum = crc32(part, sum);
    if (pauses.due(part.length)) await pauses.pause();
  }
  const check = new Uint8Array(4);
  new DataView(check.buffer).setUint32(0, sum);
  return [head, ...data, check];
}

/**
 * Filters scanlines: the first as differences from the left neighbours, the others as differences from the line above.
 * This is cheap, and it compresses pictures well in which neighbouring pixels differ little.
 */
function* filtered({ width, height, samples, bytes }: Raster): Generator<Uint8Array> {
  const stride = width * samples;
  const lines = Math.max(1, Math.floor(BLOCK / (stride + 1)));
  for (let first = 0; first < height; first += lines) {
    const count = Math.min(lines, height - first);
    const block = new Uint8Array(count * (stride + 1));
    for (let y = first, to = 0; y < first + count; y++) {
      const from = y * stride;
      block[to++] = y === 0 ? FILTER_SUB : FILTER_UP;
      const back = y === 0 ? samples : stride;
      for (let x = 0; x < stride; x++) {
        block[to++] = bytes[from + x]! - (y === 0 && x < samples ? 0 : bytes[from + x - back]!);
      }
    }
    yield block;
  }
}

/** Compresses all parts into one zlib stream. @returns its pieces */
async function deflated(parts: Iterable<Uint8Array>, pauses: Pauses): Promise<Uint8Array[]> {
  const { readable, writable } = new CompressionStream('deflate');
  const writer = writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>;
  const writing = (async () => {
    for (const part of parts) {
      await writer.write(part);
      if (pauses.due(part.length)) await pauses.pause();
    }
    await writer.close();
  })();
  // The reader of the pieces also gets the error. Without this line, the error would also be an unhandled rejection.
  writing.catch(() => undefined);
  const pieces: Uint8Array[] = [];
  const reader = readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  await writing;
  return pieces;
}
