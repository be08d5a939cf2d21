import { DicomError } from '../../../dicom/errors';
import type { DicomJson } from '../../../dicom/json/json-model';
import { chunksOf, type Part10File, part10FileSteps } from '../../../dicom/part10/part10-writer';
import { Progress } from '../../../dicom/steps';
import type { Limits } from '../../../limits';
import { inTurns } from '../../in-turns';
import { BufferPool } from '../../memory/buffer-pool';
import { HeldMemory } from '../../memory/held-memory';
import type { Archive } from '../../ports';
import { PIXEL_DATA } from '../../retrieve/bulk-data';
import { RefusedError } from '../../unavailable';
import type { ByteReader } from '../incoming/byte-reader';
import type { StoreTransaction } from '../store';
import { BulkOfMetadata, type IncomingBulk } from './bulk-of-metadata';
import { jsonEntries, type MetadataEntry, readWhole, xmlEntries } from './metadata-entries';
import { inlineTransferSyntax, pixelBulk } from './pixel-bulk';
import { Spool } from './spool';

/** Parts of bulk data from which no instance was made. */
export interface UnusedBulk {
  /** No metadata refers to them. */
  readonly unreferenced: number;
  /** More than one request may have. */
  readonly tooMany: number;
}

/**
 * Instances that arrive as metadata with bulk data beside it (PS3.18 10.5.1.4, 8.6.1.2). Parts may arrive in any order.
 * Metadata is held in memory, within limits, and bulk data is spooled to R2. After the body has been read, the archive
 * writes the Part 10 file of each instance and stores it in the same way as a received file. Each instance succeeds or
 * fails independently.
 */
export class MetadataInstances {
  /** Some metadata could not be read at all. */
  unreadable = false;
  private readonly entries: MetadataEntry[] = [];
  private readonly spool: Spool;
  private readonly bulk: BulkOfMetadata;
  private bytesLeft: number;
  private refused = 0;
  private readonly progress = new Progress();

  /** @param baseURI that relative URIs resolve against */
  constructor(
    archive: Archive,
    private readonly limits: Limits,
    baseURI: string,
    private readonly memory = new HeldMemory(),
  ) {
    this.spool = new Spool(archive.objects, limits.uploadPartBytes, memory, new BufferPool());
    this.bulk = new BulkOfMetadata(this.spool, baseURI);
    this.bytesLeft = limits.metadataBytes;
  }

  /** Adds a metadata part. Only a failure of the source is thrown. */
  async add(source: ByteReader, representation: 'json' | 'xml'): Promise<void> {
    try {
      const bytes = await readWhole(source, this.bytesLeft, () => this.memory.extend(true));
      this.bytesLeft -= bytes.length;
      this.memory.hold(bytes.length);
      const entries = representation === 'json' ? await jsonEntries(bytes) : await xmlEntries(bytes);
      for (const entry of entries)
        this.entries.push(this.entries.length < this.limits.partsPerRequest ? entry : tooMany(entry));
    } catch (error) {
      if (!(error instanceof DicomError)) throw error;
      this.unreadable ||= error.code === 'malformed';
      this.entries.push({ instance: {}, error });
    }
  }

  /** Adds a bulk data part. Only a failure of the source is thrown. */
  async addBulk(part: IncomingBulk): Promise<void> {
    if (!(await this.bulk.add(part))) this.refused += 1;
  }

  /**
   * Writes and stores the instances.
   * @param complete whether every part of the request has arrived: if not, bulk data that is missing was cut short
   */
  async store(transaction: StoreTransaction, complete: boolean): Promise<UnusedBulk> {
    await this.spool.finish();
    // Each entry is removed before it is stored, so that its memory can be freed.
    for (let entry = this.entries.shift(); entry !== undefined; entry = this.entries.shift()) {
      await this.storeEntry(entry, transaction, complete);
    }
    return { unreferenced: this.bulk.unreferenced, tooMany: this.refused };
  }

  /** Deletes the spooled bulk data. */
  async discard(): Promise<void> {
    this.memory.release(this.limits.metadataBytes - this.bytesLeft);
    this.bytesLeft = this.limits.metadataBytes;
    await this.spool.discard();
  }

  private async storeEntry(entry: MetadataEntry, transaction: StoreTransaction, complete: boolean): Promise<void> {
    const { instance, dataSet, error } = entry;
    if (dataSet === undefined) {
      transaction.refuse(error!.code, instance, error!.tag);
      return;
    }
    let file: Part10File;
    try {
      file = await this.file(dataSet, instance.sopInstanceUID, complete);
    } catch (failure) {
      if (failure instanceof MissingBulkData) {
        transaction.refuse(complete ? 'missing-bulk-data' : 'cut-short', instance, failure.tag);
      } else if (failure instanceof DicomError) transaction.refuse(failure.code, instance, failure.tag);
      else throw failure;
      return;
    }
    try {
      await transaction.add(readerOf(chunksOf(file.parts)));
    } catch (failure) {
      // The bulk data could not be read back from the spool.
      transaction.refuse(failure instanceof RefusedError ? failure.reason : 'storage', instance);
    }
  }

  /** @throws DicomError, MissingBulkData */
  private async file(dataSet: DicomJson, sopInstanceUID: string | undefined, complete: boolean): Promise<Part10File> {
    const uri = dataSet[PIXEL_DATA]?.BulkDataURI;
    const frames = sopInstanceUID === undefined ? undefined : this.bulk.framesOf(sopInstanceUID);
    const parts = uri === undefined ? undefined : (this.bulk.find(uri) ?? frames);
    const pixels = parts === undefined ? undefined : pixelBulk(parts, dataSet);
    if (pixels?.incomplete && !complete) throw new MissingBulkData(PIXEL_DATA);
    let missing = false;
    const bulk = (of: string) => {
      const found = of === uri ? pixels?.pieces : this.bulk.find(of)?.map(({ piece }) => piece);
      missing ||= found === undefined;
      return found;
    };
    const transferSyntaxUID = pixels?.transferSyntaxUID ?? inlineTransferSyntax(dataSet);
    try {
      const steps = part10FileSteps({ ...pixels?.image, ...dataSet }, { transferSyntaxUID, bulk }, this.progress);
      return await inTurns(steps);
    } catch (error) {
      if (missing && error instanceof DicomError) throw new MissingBulkData(error.tag);
      throw error;
    }
  }
}

/** Bulk data did not arrive, or only a part of it did. */
class MissingBulkData extends Error {
  override readonly name = 'MissingBulkData';
  constructor(readonly tag: string | undefined) {
    super('bulk data is missing');
  }
}

function tooMany({ instance }: MetadataEntry): MetadataEntry {
  return { instance, error: new DicomError('too-large', 'the request has too many instances') };
}

function readerOf(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  return {
    async read() {
      const { value, done } = await iterator.next();
      return done ? null : value;
    },
  };
}
