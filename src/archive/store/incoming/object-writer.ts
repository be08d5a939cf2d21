import { hexadecimal } from '../../bytes';
import type { BufferPool } from '../../memory/buffer-pool';
import type { HeldMemory } from '../../memory/held-memory';
import type { ObjectStore, ObjectUpload } from '../../object-store';

/**
 * Writes an object whose length is not known beforehand, although R2 has to know the length. So the writer collects
 * bytes up to the size of an upload part. It puts a shorter object as a whole, and uploads a longer one in parts of
 * equal size. One part is on its way while the next one is collected.
 */
export class ObjectWriter {
  /** Bytes written so far. */
  length = 0;
  private buffer = NONE;
  private filled = 0;
  private parts = 0;
  private upload: ObjectUpload | undefined;
  private sending: Promise<void> | undefined;
  /** The digest of everything that was written, when it fits one part. */
  private sha256: ArrayBuffer | undefined;
  private hash: { readonly stream: DigestStream; readonly writer: WritableStreamDefaultWriter } | undefined;

  /**
   * @param key is called once, when the first bytes have to be sent
   * @param partBytes at least 5 MiB (R2)
   * @param hashed whether the caller will ask for `digest`
   */
  constructor(
    private readonly objects: ObjectStore,
    private readonly key: () => string,
    private readonly partBytes: number,
    private readonly memory: HeldMemory,
    private readonly pool: BufferPool,
    private readonly hashed = false,
  ) {}

  /** Takes a copy of the bytes. Resolves when the writer can take more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const take = Math.min(bytes.length - at, this.partBytes - this.filled);
      this.reserve(this.filled + take);
      this.buffer.set(bytes.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === this.partBytes) {
        if (this.hashed) await this.hashPart(this.buffer.subarray(0, this.filled));
        await this.sendPart();
      }
    }
  }

  /**
   * The SHA-256 of everything written, hexadecimal. The caller asks for it once, after the last write and before
   * `finish`. An object that fits one part is hashed at once; a longer object is hashed part by part as the parts are
   * sent. R2 compares the digest of an object that fits one part with the bytes that it gets.
   */
  async digest(): Promise<string> {
    const rest = this.buffer.subarray(0, this.filled);
    if (this.hash === undefined) {
      this.sha256 = await crypto.subtle.digest('SHA-256', rest);
      return hexadecimal(new Uint8Array(this.sha256));
    }
    await this.hash.writer.write(rest);
    await this.hash.writer.close();
    return hexadecimal(new Uint8Array(await this.hash.stream.digest));
  }

  /** Writes the remaining bytes. The object exists once this resolves. */
  async finish(): Promise<void> {
    if (this.upload === undefined) {
      const full = this.buffer;
      const bytes = full.subarray(0, this.filled);
      this.buffer = NONE;
      this.filled = 0;
      await this.sent(full, () => this.objects.put(this.key(), bytes, this.sha256));
      return;
    }
    try {
      if (this.filled > 0) await this.sendPart();
      await this.sending;
      await this.upload.complete();
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /**
   * Gives the object up: no part of it stays in the bucket, unless R2 fails. R2 drops an upload that cannot be aborted
   * after a week.
   */
  async abort(): Promise<void> {
    this.drop();
    await this.hash?.writer.abort().catch(() => undefined);
    await this.sending?.catch(() => undefined);
    const { upload } = this;
    this.upload = undefined;
    await upload?.abort().catch(() => undefined);
  }

  /** Bytes in the buffer that is being filled. */
  get pending(): number {
    return this.buffer.length;
  }

  private async sendPart(): Promise<void> {
    const upload = this.upload ?? (await this.objects.begin(this.key()));
    this.upload = upload;
    await this.sending;
    const full = this.buffer;
    const bytes = full.subarray(0, this.filled);
    this.buffer = NONE;
    this.filled = 0;
    this.parts += 1;
    const number = this.parts;
    const sending = this.sent(full, () => upload.part(number, bytes));
    // The next call awaits this promise. Until then a failure must not count as an unhandled rejection.
    sending.catch(() => undefined);
    this.sending = sending;
  }

  /** A write that failed may still read its buffer, so that buffer is not used again. */
  private async sent(buffer: Uint8Array<ArrayBuffer>, send: () => Promise<void>): Promise<void> {
    const { length } = buffer;
    try {
      await send();
      this.pool.give(buffer);
    } finally {
      this.memory.release(length);
    }
  }

  private async hashPart(bytes: Uint8Array): Promise<void> {
    if (this.hash === undefined) {
      const stream = new crypto.DigestStream('SHA-256');
      stream.digest.catch(() => undefined);
      this.hash = { stream, writer: stream.getWriter() };
    }
    await this.hash.writer.write(bytes);
  }

  private reserve(bytes: number): void {
    if (bytes <= this.buffer.length) return;
    const size = Math.min(this.partBytes, Math.max(bytes, this.buffer.length * 2, FIRST_BYTES));
    const grown = this.pool.take(size);
    grown.set(this.buffer.subarray(0, this.filled));
    this.memory.hold(grown.length);
    this.release(this.buffer);
    this.buffer = grown;
  }

  private drop(): void {
    this.release(this.buffer);
    this.buffer = NONE;
    this.filled = 0;
  }

  private release(buffer: Uint8Array<ArrayBuffer>): void {
    this.memory.release(buffer.length);
    this.pool.give(buffer);
  }
}

const NONE = new Uint8Array(0);

/** Room for most headers. The buffer doubles a few times for a slice. */
const FIRST_BYTES = 64 * 1024;
