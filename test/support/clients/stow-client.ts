import { Readable } from 'node:stream';
import { storeBody } from '../../../scripts/support/store-body.mjs';

const { contentType, before, after, end, pieces } = storeBody('boundary-between-instances');

/** The headers of a STOW request with a stowBody(). */
export const STOW_HEADERS = { Accept: 'application/dicom+json', 'Content-Type': contentType };

/** The body of a STOW request. */
export function stowBody(files: readonly Buffer[]): Buffer {
  return Buffer.concat(pieces(files));
}

/** Sends files as one STOW request. */
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
  function* body(): Generator<Uint8Array> {
    for (const file of files) {
      yield before;
      yield* file;
      yield after;
    }
    yield end;
  }
  return await fetch(`${origin}/dicomweb/studies`, {
    method: 'POST',
    headers: STOW_HEADERS,
    body: Readable.toWeb(Readable.from(body())) as unknown as ReadableStream,
    duplex: 'half',
  } as RequestInit);
}
