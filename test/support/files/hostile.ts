import { Deflate, inflateSync } from 'fflate';
import { ascii, joined } from './part10';
import { slice } from './samples';

/** Bodies that are sent only on purpose. */

/** A body that is generated while it is read. */
export interface Stream {
  readonly body: ReadableStream<Uint8Array>;
  /** Number of bytes that the reader has requested so far. */
  taken(): number;
}

/** @param end what follows the last piece: the end of the body, or the end of the connection */
export function streamed(pieces: Iterable<Uint8Array>, end: 'whole' | 'gone' = 'whole'): Stream {
  const iterator = pieces[Symbol.iterator]();
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value, done } = iterator.next();
        if (!done) {
          taken += value.length;
          controller.enqueue(value);
        } else if (end === 'whole') controller.close();
        else controller.error(new Error('the connection was lost'));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => taken };
}

export const BOUNDARY = 'boundary-of-a-hostile-body';
export const MULTIPART = { 'Content-Type': `multipart/related; type="application/dicom"; boundary=${BOUNDARY}` };

/** Each file is one part, which may itself arrive in pieces. */
export function* multipartOf(files: Iterable<Iterable<Uint8Array>>, closed = true): Generator<Uint8Array> {
  for (const file of files) {
    yield ascii(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
    yield* file;
    yield ascii('\r\n');
  }
  if (closed) yield ascii(`--${BOUNDARY}--\r\n`);
}

/** Repeats a piece this many times, or without end when no number is given. */
export function* repeated(piece: Uint8Array, times = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  for (let n = 0; n < times; n += 1) yield piece;
}

/** The elements of `slice` without pixels, followed by these bytes. */
export function* followedBy(sop: string, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield slice({ sop, pixels: false });
  yield* pieces;
}

/** The header of an element, explicit VR little endian, with a length of four bytes. */
export function longHeader(tag: number, vr: string, length: number): Uint8Array {
  return joined([words(tag), ascii(vr), Uint8Array.of(0, 0), u32(length)]);
}

/** The start of an item that says it has this length. */
export function item(length: number): Uint8Array {
  return joined([words(0xfffee000), u32(length)]);
}

/** Nested sequences, of undefined or of defined lengths. */
export function nested(depth: number, undefinedLength: boolean): Uint8Array {
  const tag = 0x00400275;
  const pieces = Array.from({ length: depth }, (_, at) => {
    // The length of the contents: for each level below, 12 bytes of sequence and 8 of item.
    const inside = (depth - at - 1) * 20;
    const length = (bytes: number) => (undefinedLength ? 0xffffffff : bytes);
    return joined([longHeader(tag, 'SQ', length(inside + 8)), item(length(inside))]);
  });
  if (!undefinedLength) return joined(pieces);
  const end = joined([words(0xfffee00d), u32(0), words(0xfffee0dd), u32(0)]);
  return joined([...pieces, ...Array.from({ length: depth }, () => end)]);
}

/** A deflated file whose data set ends with this header and this many zeros. */
export function deflateBomb(sop: string, header: Uint8Array, zeros: number): Uint8Array {
  const file = slice({ sop, pixels: false, transferSyntaxUID: '1.2.840.10008.1.2.1.99' });
  // The deflated data set starts at the end of group 0002, whose length is the value of its first element.
  const start = 144 + new DataView(file.buffer, file.byteOffset).getUint32(140, true);
  const deflated: Uint8Array[] = [];
  const stream = new Deflate((piece) => deflated.push(piece));
  stream.push(joined([inflateSync(file.subarray(start)), header]));
  const chunk = new Uint8Array(1024 * 1024);
  for (let sent = 0; sent < zeros; sent += chunk.length) stream.push(chunk, sent + chunk.length >= zeros);
  return joined([file.subarray(0, start), ...deflated]);
}

/** The same as `deflateBomb`, made by the runtime: faster for hundreds of megabytes. */
export async function deflatedFile(header: Uint8Array, zeros: number): Promise<Uint8Array> {
  const file = slice({ pixels: false, transferSyntaxUID: '1.2.840.10008.1.2.1.99' });
  const start = 144 + new DataView(file.buffer, file.byteOffset).getUint32(140, true);
  const stream = new CompressionStream('deflate-raw');
  const deflated = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  await writer.write(joined([inflateSync(file.subarray(start)), header]) as Uint8Array<ArrayBuffer>);
  const chunk = new Uint8Array(1024 * 1024);
  for (let sent = 0; sent < zeros; sent += chunk.length) await writer.write(chunk);
  await writer.close();
  return joined([file.subarray(0, start), new Uint8Array(await deflated)]);
}

function words(tag: number): Uint8Array {
  return Uint8Array.of((tag >>> 16) & 0xff, tag >>> 24, tag & 0xff, (tag >>> 8) & 0xff);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
}
