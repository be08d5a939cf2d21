import { hexadecimal } from '../../archive/bytes';
import type { ByteReader } from '../../archive/store/incoming/byte-reader';
import type { BufferedSource, Filled } from '../../http/buffered-source';
import { HttpProblem } from '../../http/problem';
import { CREDENTIAL_CHECKS } from '../credential-checks';
import { ClientPace } from './client-pace';

/**
 * How the reading of a body ended. `whole`: at its end. `broken`: the body is not complete or not valid, or its end did
 * not arrive. `too-large`: it is longer, or has more parts, than a request may have. `too-slow`: the client sends too
 * slowly while other requests wait for the memory of this one.
 */
export type BodyEnd = 'whole' | 'broken' | 'too-large' | 'too-slow';

/**
 * Why a request's body could not be read to its end.
 *
 * - `too-large`: it is longer than a request may be.
 * - `broken`: the connection failed, so it is unknown whether the end of the body was reached.
 * - `too-slow`: the client sends too slowly while other requests wait for the memory of this one.
 */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  constructor(readonly code: Exclude<BodyEnd, 'whole'>) {
    super(code);
  }
}

/**
 * The body of a request. Its bytes are counted while they are read, whatever Content-Length says, and hashed if `digest`
 * is needed. Only bytes that the reader asks for are received, so a client that sends slowly, or without end, occupies
 * only one buffer. The platform limits the time of such a request, and `watched` limits it further while other requests
 * wait for memory.
 */
export class RequestSource implements BufferedSource {
  /** Whether the end of the body has been read. */
  ended = false;
  /** Bytes read so far. */
  length = 0;
  private failure: BodyError | HttpProblem | undefined;
  private readonly pace = new ClientPace();
  /** Ends the read that waits for bytes. */
  private giveUp: (error: Error) => void = () => undefined;
  private readonly hash: { readonly stream: DigestStream; readonly writer: WritableStreamDefaultWriter } | undefined;

  private checkedAt = Date.now();

  /**
   * @param hashed whether `digest` will be asked for
   * @param isEnded whether the credential of the request was ended meanwhile: then nothing more is read
   */
  constructor(
    private readonly source: BufferedSource,
    private readonly maxBytes: number,
    hashed: boolean,
    private readonly isEnded?: ((maxAgeMs: number) => Promise<boolean>) | undefined,
  ) {
    if (!hashed) return;
    const stream = new crypto.DigestStream('SHA-256');
    stream.digest.catch(() => undefined);
    this.hash = { stream, writer: stream.getWriter() };
  }

  /** @throws BodyError, HttpProblem 401 */
  async read(bytes: Uint8Array<ArrayBuffer>, end: number): Promise<Filled | null> {
    if (this.failure !== undefined) throw this.failure;
    // The read that met the end has detached the caller's buffer, so a read with it would fail.
    if (this.ended) return null;
    const filled = await this.received(bytes, end);
    if (filled === null) {
      this.ended = true;
      return null;
    }
    this.length += filled.end - end;
    if (this.length > this.maxBytes) this.fail('too-large');
    await this.hash?.writer.write(filled.bytes.subarray(end, filled.end));
    return filled;
  }

  /**
   * Runs `work`, which reads the body. Stops the reading when the client sends too slowly while other requests wait for
   * the memory of this one: otherwise one slow client could delay them without limit.
   * @param wanted whether requests wait
   */
  async watched<Result>(wanted: () => boolean, work: () => Promise<Result>): Promise<Result> {
    // The timer belongs to this request, because no other request can end its read.
    const timer = setInterval(
      () => {
        if (this.pace.isTooSlow(Date.now()) && !this.ended && wanted()) this.end(new BodyError('too-slow'));
        else void this.endWithCredential();
      },
      Math.min(LOOK_MS, CREDENTIAL_CHECKS.intervalMs),
    );
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Call this before the request changes anything: it may have taken long.
   * @throws HttpProblem 401 when the credential was ended
   */
  async requireCredential(): Promise<void> {
    await this.endWithCredential();
    if (this.failure instanceof HttpProblem) throw this.failure;
  }

  private async endWithCredential(): Promise<void> {
    const { intervalMs } = CREDENTIAL_CHECKS;
    if (this.isEnded === undefined || Date.now() - this.checkedAt < intervalMs) return;
    this.checkedAt = Date.now();
    if (await this.isEnded(intervalMs)) {
      this.end(new HttpProblem('unauthorized', 'The credential was ended while the request was under way.', CHALLENGE));
    }
  }

  private end(failure: BodyError | HttpProblem): void {
    this.failure ??= failure;
    this.giveUp(this.failure);
  }

  release(): void {
    this.source.release();
  }

  /** Waits for bytes, or until the request is given up. In that case the read stays pending, and its bytes are dropped. */
  private async received(bytes: Uint8Array<ArrayBuffer>, end: number): Promise<Filled | null> {
    this.pace.wait(Date.now());
    const { promise, resolve, reject } = Promise.withResolvers<Filled | null>();
    this.giveUp = reject;
    this.source.read(bytes, end).then(resolve, () => reject(new BodyError('broken')));
    try {
      const filled = await promise;
      this.pace.arrived(filled === null ? 0 : filled.end - end, Date.now());
      return filled;
    } catch (error) {
      this.failure ??= error as BodyError;
      throw this.failure;
    }
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

/** RFC 6750 3. */
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="dicomweb", error="invalid_token"' };

const CHUNK_BYTES = 256 * 1024;

/** Milliseconds between two checks of the client's pace. */
const LOOK_MS = 1000;

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
