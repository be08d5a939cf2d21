import { expect } from 'vitest';
import { MultipartError, MultipartReader, type MultipartReaderOptions } from '../../../src/http/multipart-reader';
import { joined } from '../../support/files/part10';

/** A part as it was read. */
export type Read = { headers: Record<string, string>; body: Uint8Array };

/** Each chunk a read of its own; by a byte stream's BYOB reader or by the default one. */
export function streamOf(chunks: readonly Uint8Array[], type?: 'bytes'): ReadableStream<Uint8Array> {
  const left = chunks.filter((chunk) => chunk.length > 0);
  return new ReadableStream({
    type,
    pull(controller: ReadableByteStreamController) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(chunk.slice());
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  } as UnderlyingByteSource);
}

/** Reads all parts into `parts`, so that what came before an error can be seen. */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  boundary: string,
  parts: Read[] = [],
  options?: MultipartReaderOptions,
): Promise<Read[]> {
  const reader = new MultipartReader(stream, boundary, options);
  for (let part = await reader.next(); part !== null; part = await reader.next()) {
    const pieces: Uint8Array[] = [];
    for (let bytes = await part.read(); bytes !== null; bytes = await part.read()) {
      expect(bytes.length).toBeGreaterThan(0);
      pieces.push(bytes.slice());
    }
    expect(await part.read()).toBeNull();
    parts.push({ headers: Object.fromEntries(part.headers), body: joined(pieces) });
  }
  expect(await reader.next()).toBeNull();
  return parts;
}

/** The code of the error that reading ends in. */
export async function codeOf(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof MultipartError ? error.code : `${error}`;
}
