import { hexadecimal } from '../../bytes';

/** Takes the bytes of a file that is already in the bucket: it counts and hashes them, and writes nothing. */
export class PlacedFile {
  /** Bytes taken so far. */
  length = 0;
  private readonly stream = new crypto.DigestStream('SHA-256');
  private readonly writer: WritableStreamDefaultWriter;

  constructor() {
    this.stream.digest.catch(() => undefined);
    this.writer = this.stream.getWriter();
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.length += bytes.length;
    await this.writer.write(bytes);
  }

  /** The SHA-256 of everything taken, hexadecimal. The caller asks for it once, after the last write. */
  async digest(): Promise<string> {
    await this.writer.close();
    return hexadecimal(new Uint8Array(await this.stream.digest));
  }

  async finish(): Promise<void> {}

  async abort(): Promise<void> {
    await this.writer.abort().catch(() => undefined);
  }
}
