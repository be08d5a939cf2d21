import { hexadecimal } from '../../archive/bytes';
import type { ByteReader } from '../../archive/store/incoming-instance';
import type { BufferedSource, Filled } from '../../http/buffered-source';

/**
 * How the reading of a body ended. `whole`: at its end. `broken`: the body is not complete or not valid, or its end did
 * not arrive. `too-large`: it is longer, or has more parts, than a request may have.
 */
export type BodyEnd = 'whole' | 'broken' | 'too-large';

/**
 * Why a request's body could not be read to its end.
 *
 * - `too-large`: it is longer than a request may be.
 * - `broken`: the connection failed, so it is unknown whether the end of the body was reached.
 */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  constructor(readonly code: 'too-large' | 'broken') {
    super(code);
  }
}

/**
 * The body of a request. Its bytes are counted while they are read, whatever Content-Length says, and hashed if
 * `digest` is needed. Only bytes that the reader asks for are received, so a client that sends slowly, or without end,
 * occupies only one buffer. The platform limits how long a client may do so.
 */
export class RequestSource implements BufferedSource {
  /** Whether the end of the body has been read. */
  ended = false;
  /** Bytes read so far. */
  length = 0;
  private failure: BodyError | undefined;
  private readonly hash: { readonly stream: DigestStream; readonly writer: WritableStreamDefaultWriter } | undefined;

  /** @param hashed whether `digest` will be asked for */
  constructor(
    private readonly source: BufferedSource,
    private readonly maxBytes: number,
    hashed: boolean,
  ) {
    if (!hashed) return;
    const stream = new crypto.DigestStream('SHA-256');
    stream.digest.catch(() => undefined);
    this.hash = { stream, writer: stream.getWriter() };
  }

  /** @throws BodyError */
  async read(bytes: Uint8Array<ArrayBuffer>, end: number): Promise<Filled | null> {
    if (this.failure !== undefined) throw this.failure;
    const filled = await this.source.read(bytes, end).catch(() => this.fail('broken'));
    if (filled === null) {
      this.ended = true;
      return null;
    }
    this.length += filled.end - end;
    if (this.length > this.maxBytes) this.fail('too-large');
    await this.hash?.writer.write(filled.bytes.subarray(end, filled.end));
    return filled;
  }

  release(): void {
    this.source.release();
  }

  /** The SHA-256 of the body in hexadecimal. Call it once, after the end of the body has been read. */
  async digest(): Promise<string> {
    await this.hash!.writer.close();
    return hexadecimal(new Uint8Array(await this.hash!.stream.digest));
  }

  private fail(code: BodyError['code']): never {
    this.failure = new BodyError(code);
    throw this.failure;
  }
}

const CHUNK_BYTES = 256 * 1024;

/** Reads the rest of a source through one buffer. */
export function byteReader(source: BufferedSource): ByteReader {
  let buffer = new Uint8Array(CHUNK_BYTES);
  return {
    async read() {
      const filled = await source.read(buffer, 0);
      if (filled === null) return null;
      buffer = filled.bytes;
      return buffer.subarray(0, filled.end);
    },
  };
}
