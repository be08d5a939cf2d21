import { InstanceReader, type ParsedInstance } from '../dicom/instance-reader';
import type { Budget } from './budget';
import type { BufferPool } from './buffer-pool';
import { hexadecimal } from './bytes';
import { type InstanceObject, instanceKey, newUnfiledVersion, newVersion, unfiledKey } from './object-keys';
import { ObjectWriter } from './object-writer';
import type { Archive, InstanceIdentity } from './ports';

/** The bytes of one part, as they arrive. A chunk is valid until the next read. */
export interface ByteReader {
  /** @returns null at the end */
  read(): Promise<Uint8Array | null>;
}

export interface StoreLimits {
  readonly uploadPartBytes: number;
  readonly uploadBytesInFlight: number;
}

/** What is known of an instance that came in; identity is incomplete where the file could not be read so far. */
export interface Received {
  readonly sopClassUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
}

/** Deflated data is inflated in pieces of this size, so that one piece can never become more than about 4 MB. */
const DEFLATED_PIECE_BYTES = 4096;

/** One Part 10 file on its way: parsed, hashed and uploaded as its bytes pass. */
export class IncomingInstance {
  parsed!: ParsedInstance;
  digest!: Promise<string>;
  readonly objects: InstanceObject[] = ['dcm'];
  private readonly reader = new InstanceReader();
  private readonly hash = new crypto.DigestStream('SHA-256');
  private readonly file: ObjectWriter;
  private inflated: ObjectWriter | undefined;
  private unfiled: string | undefined;
  private filed: string | undefined;

  constructor(
    private readonly archive: Archive,
    private readonly limits: StoreLimits,
    private readonly budget: Budget,
    private readonly pool: BufferPool,
  ) {
    this.file = this.writer('dcm');
    this.hash.digest.catch(() => undefined);
  }

  get identity(): Received {
    return this.reader.identity;
  }

  get byteLength(): number {
    return this.file.length;
  }

  get version(): string {
    this.filed ??= this.unfiled ?? newVersion();
    return this.filed;
  }

  async receive(source: ByteReader): Promise<void> {
    const hash = this.hash.getWriter();
    for (;;) {
      const chunk = await source.read();
      if (chunk === null) break;
      const hashed = hash.write(chunk);
      await this.parse(chunk);
      await this.file.write(chunk);
      await hashed;
    }
    await hash.close();
    this.digest = this.hash.digest.then((digest) => hexadecimal(new Uint8Array(digest)));
    this.parsed = this.reader.end();
    await this.keepInflated();
  }

  async finish(): Promise<void> {
    const writing = [this.file.finish()];
    if (this.inflated !== undefined) writing.push(this.inflated.finish());
    const { frameTable } = this.parsed;
    if (frameTable !== undefined) {
      this.objects.push('frames');
      writing.push(this.archive.objects.put(this.keyOf('frames'), frameTable));
    }
    const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  async abort(): Promise<void> {
    await this.file.abort();
    await this.inflated?.abort();
  }

  private async parse(chunk: Uint8Array): Promise<void> {
    if (!this.reader.deflated) {
      this.reader.push(chunk);
      // The part that tells the transfer syntax may bring deflated bytes with it.
      if (this.reader.deflated) await this.keepInflated();
      return;
    }
    for (let at = 0; at < chunk.length; at += DEFLATED_PIECE_BYTES) {
      this.reader.push(chunk.subarray(at, at + DEFLATED_PIECE_BYTES));
      await this.keepInflated();
    }
  }

  /** Frames and bulk data of a deflated file are read from its inflated data set, kept beside it. */
  private async keepInflated(): Promise<void> {
    if (!this.reader.deflated) return;
    if (this.inflated === undefined) {
      this.inflated = this.writer('inflated');
      this.objects.push('inflated');
    }
    for (const bytes of this.reader.takeInflated()) await this.inflated.write(bytes);
  }

  private writer(object: InstanceObject): ObjectWriter {
    return new ObjectWriter(
      this.archive.objects,
      () => this.keyOf(object),
      this.limits.uploadPartBytes,
      this.budget,
      this.pool,
    );
  }

  private keyOf(object: InstanceObject): string {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = this.identity;
    const known = studyInstanceUID !== undefined && seriesInstanceUID !== undefined && sopInstanceUID !== undefined;
    if (!known && this.filed === undefined) this.unfiled = newUnfiledVersion();
    if (this.unfiled !== undefined) return unfiledKey(this.version, object);
    return instanceKey(
      { studyInstanceUID, seriesInstanceUID, sopInstanceUID } as InstanceIdentity,
      this.version,
      object,
    );
  }
}
