import { Readable } from 'node:stream';

const BOUNDARY = 'boundary-between-instances';

export const STOW_HEADERS = {
  Accept: 'application/dicom+json',
  'Content-Type': `multipart/related; type="application/dicom"; boundary="${BOUNDARY}"`,
};

const OPENING = Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
const BETWEEN = Buffer.from('\r\n');
const CLOSING = Buffer.from(`--${BOUNDARY}--\r\n`);

/** The body of a STOW request. */
export function stowBody(files: readonly Buffer[]): Buffer {
  return Buffer.concat([...files.flatMap((file) => [OPENING, file, BETWEEN]), CLOSING]);
}

export async function stow(origin: string, files: readonly Buffer[], signal?: AbortSignal): Promise<Response> {
  return await fetch(`${origin}/dicomweb/studies`, {
    method: 'POST',
    headers: STOW_HEADERS,
    body: stowBody(files) as unknown as BodyInit,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Sends files that arrive piece by piece as a STOW request with a chunked body. */
export async function stowStreamed(origin: string, files: Iterable<Iterable<Buffer>>): Promise<Response> {
  function* body(): Generator<Buffer> {
    for (const file of files) {
      yield OPENING;
      yield* file;
      yield BETWEEN;
    }
    yield CLOSING;
  }
  return await fetch(`${origin}/dicomweb/studies`, {
    method: 'POST',
    headers: STOW_HEADERS,
    body: Readable.toWeb(Readable.from(body())) as unknown as ReadableStream,
    duplex: 'half',
  } as RequestInit);
}
