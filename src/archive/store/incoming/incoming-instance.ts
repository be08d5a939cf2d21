import { DicomError } from '../../../dicom/errors';
import { InstanceReader, type ParsedInstance } from '../../../dicom/instance/instance-reader';
import { crc32 } from '../../../imaging/crc32';
import { Pauses, PIECE_BYTES } from '../../../imaging/pauses';
import type { InstanceIdentity } from '../../identities';
import type { BufferPool } from '../../memory/buffer-pool';
import type { HeldMemory } from '../../memory/held-memory';
import { UNASKED } from '../../memory/upload-memory';
import {
  type InstanceObject,
  instanceKey,
  isUnfiled,
  newUnfiledVersion,
  newVersion,
  unfiledKey,
} from '../../object-keys';
import type { Archive } from '../../ports';
import type { ByteReader } from './byte-reader';
import { DeflatedPieces, DeflatedStart } from './deflated-start';
import { ObjectWriter } from './object-writer';
import { PlacedFile } from './placed-file';
import { reading } from './reading';
import type { Received } from './received';

/** The limits of a Store request. src/limits.ts says their units and defaults. */
export interface StoreLimits {
  readonly instanceBytes: number;
  readonly nestingDepth: number;
  readonly metadataCharacters: number;
  readonly uploadPartBytes: number;
  readonly uploadBytesInFlight: number;
  readonly callsPerRequest: number;
}

/**
 * Bytes of a piece in which a file is read that is not deflated: a piece that has only short attributes takes some
 * milliseconds.
 */
const PLAIN_PIECE_BYTES = 64 * 1024;

/** The result of reading a file. */
export interface ReceivedInstance {
  readonly parsed: ParsedInstance;
  readonly version: string;
  readonly byteLength: number;
  readonly digest: string;
  readonly crc32: number;
}

/** A file that was read before, except the end of its data set. */
export interface ReadFile extends Pick<ReceivedInstance, 'byteLength' | 'digest' | 'crc32'> {
  /** All bytes were pushed to it. */
  readonly reader: InstanceReader;
}

/** What takes the bytes of the file itself: see ObjectWriter. */
type FileTaker = Pick<ObjectWriter, 'length' | 'write' | 'digest' | 'finish' | 'abort'>;

/** One Part 10 file that is being received: it is parsed, hashed and uploaded as its bytes pass. */
export class IncomingInstance {
  /** What has been read of the identity so far. */
  readonly identity: Received;
  readonly objects: InstanceObject[];
  /** Is dropped when the file has been read: the upload may take long and does not need the parse results. */
  private reader: InstanceReader | undefined;
  private readonly file: FileTaker;
  private inflated: ObjectWriter | undefined;
  private frameTable: Uint8Array | undefined;
  private readonly pauses = new Pauses(PIECE_BYTES);
  private readonly deflated = new DeflatedPieces();
  private unfiled: string | undefined;
  private filed: string | undefined;

  /**
   * @param placed the version under which the file is already in the bucket: it is only read, and not written again
   * @param reader of a file that was read before
   */
  constructor(
    private readonly archive: Archive,
    private readonly limits: StoreLimits,
    private readonly memory: HeldMemory,
    private readonly pool: BufferPool,
    placed?: string,
    reader = readerWithin(limits),
  ) {
    this.reader = reader;
    this.identity = this.reader.identity;
    if (placed !== undefined && isUnfiled(placed)) this.unfiled = placed;
    else this.filed = placed;
    this.objects = placed === undefined ? ['dcm'] : [];
    this.file = placed === undefined ? this.writer('dcm') : new PlacedFile();
  }

  /**
   * Reads the file to its end.
   * @throws DicomError when the file cannot be stored
   */
  async receive(source: ByteReader): Promise<ReceivedInstance> {
    const start = new DeflatedStart(source, this.memory);
    try {
      return await this.receiveFrom(start);
    } finally {
      start.forget();
    }
  }

  private async receiveFrom(source: DeflatedStart): Promise<ReceivedInstance> {
    const reader = this.reader!;
    let crc = 0;
    for (let read = await source.read(); read !== null; read = await source.read()) {
      const chunk = await this.parse(reader, read, source);
      if (reader.metadataCharacters > UNASKED) await this.memory.extend();
      // The check comes after parsing the chunk, so that the response can name the instance.
      if (this.file.length + chunk.length > this.limits.instanceBytes) {
        throw new DicomError('too-large', 'the file exceeds the maximum length of an instance');
      }
      crc = crc32(chunk, crc);
      await this.file.write(chunk);
    }
    const parsed = reading(() => reader.end());
    await this.keepInflated(reader);
    return this.received(parsed, { byteLength: this.file.length, digest: await this.file.digest(), crc32: crc });
  }

  /**
   * Takes a file that was read before.
   * @throws DicomError when the file cannot be stored
   */
  take(file: ReadFile): ReceivedInstance {
    return this.received(
      reading(() => file.reader.end()),
      file,
    );
  }

  private received(parsed: ParsedInstance, { byteLength, digest, crc32 }: Omit<ReadFile, 'reader'>): ReceivedInstance {
    this.frameTable = parsed.frameTable;
    this.reader = undefined;
    const { version } = this;
    return { parsed, version, byteLength, digest, crc32 };
  }

  /** Resolves when every object of the instance is in R2. */
  async finish(): Promise<void> {
    const writing = [this.file.finish()];
    if (this.inflated !== undefined) writing.push(this.inflated.finish());
    if (this.frameTable !== undefined) {
      this.objects.push('frames');
      writing.push(this.archive.objects.put(this.keyOf('frames'), this.frameTable));
    }
    const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  /** Gives the instance up. Failures of R2 are ignored: no request can see the instance in any case. */
  async abort(): Promise<void> {
    await Promise.all([this.file.abort(), this.inflated?.abort()]);
  }

  /**
   * Bytes are parsed in pieces, with a pause after so much metadata. Bytes that may be deflated are parsed in small pieces.
   * Until the meta information has been read, this is true of all bytes. The more a piece was inflated to, the smaller is
   * the next one, so that each piece holds the isolate's thread only for a moment.
   * @returns the bytes, which are valid until the next read of the source
   */
  private async parse(reader: InstanceReader, read: Uint8Array, source: DeflatedStart): Promise<Uint8Array> {
    let chunk = read;
    for (let at = 0; at < chunk.length; ) {
      const careful = reader.deflated || reader.transferSyntaxUID === undefined;
      const piece = chunk.subarray(at, at + (careful ? this.deflated.bytes : PLAIN_PIECE_BYTES));
      const before = reader.metadataCharacters;
      reading(() => reader.push(piece));
      if (this.pauses.due(reader.metadataCharacters - before)) await this.pauses.pause();
      const inflated = await this.keepInflated(reader);
      this.deflated.note(piece.length, inflated);
      if (this.pauses.due(inflated)) await this.pauses.pause();
      at += piece.length;
      if (source.isSuspicious(this.file.length + at, this.inflated?.length ?? 0)) {
        chunk = await source.lookThrough(chunk, readerWithin(this.limits));
      }
    }
    if (reader.deflated) source.keep(chunk);
    return chunk;
  }

  /**
   * Frames and bulk data of a deflated file are read from its inflated data set, which is kept beside the file.
   * @returns bytes
   */
  private async keepInflated(reader: InstanceReader): Promise<number> {
    if (!reader.deflated) return 0;
    if (this.inflated === undefined) {
      this.inflated = this.writer('inflated');
      this.objects.push('inflated');
    }
    const pieces = reader.takeInflated();
    const held = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.inflated.length + held > UNASKED) await this.memory.extend();
    this.memory.hold(held);
    for (const piece of pieces) await this.inflated.write(piece);
    this.memory.release(held);
    return held;
  }

  private get version(): string {
    this.filed ??= this.unfiled ?? newVersion();
    return this.filed;
  }

  private writer(object: InstanceObject): ObjectWriter {
    return new ObjectWriter(
      this.archive.objects,
      () => this.keyOf(object),
      this.limits.uploadPartBytes,
      this.memory,
      this.pool,
      object === 'dcm',
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

function readerWithin({
  nestingDepth: maxDepth,
  metadataCharacters: maxMetadataCharacters,
}: StoreLimits): InstanceReader {
  return new InstanceReader({ maxDepth, maxMetadataCharacters });
}
