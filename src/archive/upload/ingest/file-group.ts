import { askAfterStore } from '../../store/after-store';
import { CallMeter } from '../../store/call-meter';
import type { ByteReader } from '../../store/incoming/byte-reader';
import type { ReadFile } from '../../store/incoming/incoming-instance';
import { StoreTransaction } from '../../store/store';
import type { StoreResult, Unread } from '../../store/store-result';
import type { PendingResult, ResultDetail, UploadResult } from '../upload-result';
import { ZipError, type ZipErrorCode } from '../zip/zip-error';
import type { IngestRun } from './ingest-run';

/** One file of an upload. */
export interface UploadFile {
  readonly ordinal: number;
  /** The name of a member of a ZIP archive. */
  readonly name?: string | undefined;
}

/** What became of a group of files. */
export interface GroupResults {
  readonly results: readonly UploadResult[];
  /** Some files could not be stored for a temporary reason, and have no result. */
  readonly isIncomplete: boolean;
}

/** Files of an upload that are stored together, by one transaction of a Store request. */
export class FileGroup {
  /** Bytes of the files that were added. */
  bytes = 0;
  private readonly transaction: StoreTransaction;
  /** Files in the order in which the transaction knows them. */
  private readonly files: (UploadFile & { readonly detail?: ResultDetail })[] = [];
  private readonly leftOut: UploadResult[] = [];

  constructor(private readonly run: IngestRun) {
    const { context, archive, memory, calls, quotas } = run;
    const { settings } = context;
    // The calls of a group count for its limit, and for that of the run.
    const counted = { ...archive, objects: calls.counted(archive.objects) };
    const meter = new CallMeter(settings.callsPerRequest);
    this.transaction = new StoreTransaction(counted, settings, undefined, memory, meter, quotas);
  }

  /** Files that have a result, or will have. */
  get size(): number {
    return this.files.length + this.leftOut.length;
  }

  /** Files that the transaction is about to store. */
  get awaited(): number {
    return this.transaction.expected.length;
  }

  /**
   * Adds a file.
   * @param length bytes
   * @param placed see StoreTransaction.add
   * @throws the error of the source, unless it is a ZipError
   */
  async add(file: UploadFile, source: ByteReader, length: number, placed?: string): Promise<void> {
    this.bytes += length;
    try {
      await this.transaction.add(source, placed);
      this.files.push(file);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      this.refuse(file, error.code, this.transaction.interrupted);
    }
  }

  /** Adds a file that was read while it arrived. @param placed see StoreTransaction.add */
  async addRead(file: UploadFile, read: ReadFile, placed: string): Promise<void> {
    this.bytes += read.byteLength;
    await this.transaction.addRead(read, placed);
    this.files.push(file);
  }

  /** A file that cannot be read. */
  refuse(file: UploadFile, detail: ZipErrorCode | 'nested-zip', instance: UploadResult['instance'] = {}): void {
    this.transaction.refuse(UNREAD[detail], instance);
    this.files.push({ ...file, detail });
  }

  /** A file that is no instance. */
  leaveOut(file: UploadFile, detail: ResultDetail): void {
    this.leftOut.push({ ...file, result: 'left-out', instance: {}, warnings: [], detail });
  }

  /** Gives the group up. */
  async abandon(): Promise<void> {
    await this.transaction.abandon();
  }

  /**
   * Stores the files. What the transaction is about to store is noted first, so that a later run knows what became of it.
   * @throws ClaimLost, UnavailableError
   */
  async commit(): Promise<GroupResults> {
    const { claim, context, upload, archive } = this.run;
    const pending = this.pending();
    if (pending.length > 0) claim.hold(await archive.ingests.expect(upload.id, claim.run, pending, claim.next()));
    const { results, scattered } = await this.transaction.commit(Date.now());
    context.onStored(results);
    await askAfterStore(archive, { results, scattered }, context.settings.duplicates);
    const known = results.map((result, place) => this.resultOf(result, place));
    const final = this.run.isLast ? known : known.filter(({ result }) => result !== 'storage');
    return { results: [...this.leftOut, ...final], isIncomplete: final.length < known.length };
  }

  private pending(): PendingResult[] {
    return this.transaction.expected.map(({ place, record, warnings }) => {
      const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID, version } = record;
      const { ordinal, name } = this.files[place]!;
      const instance = { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID };
      return { ordinal, name, instance, warnings, version };
    });
  }

  private resultOf(result: StoreResult, place: number): UploadResult {
    const warnings = 'warnings' in result ? result.warnings : [];
    const tag = 'tag' in result ? result.tag : undefined;
    const heldDigest = 'heldDigest' in result ? result.heldDigest : undefined;
    return {
      ...this.files[place]!,
      result: result.result,
      instance: { ...result.instance },
      tag,
      warnings,
      heldDigest,
    };
  }
}

/** The result of a Store request for each reason why a member of a ZIP file cannot be read. */
export const UNREAD: Readonly<Record<ZipErrorCode | 'nested-zip', Unread>> = {
  'no-directory': 'truncated',
  split: 'malformed',
  malformed: 'malformed',
  'too-many-members': 'too-large',
  encrypted: 'malformed',
  'unknown-method': 'malformed',
  checksum: 'malformed',
  bomb: 'too-large',
  'nested-zip': 'malformed',
};
