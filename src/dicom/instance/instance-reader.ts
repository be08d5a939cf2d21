import { ByteWindow } from '../data-set/byte-window';
import { DataSetReader } from '../data-set/data-set-reader';
import { Inflater } from '../data-set/inflater';
import { DEFAULT_READER_LIMITS, type ReaderLimits } from '../data-set/reader-limits';
import { transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import { DicomError } from '../errors';
import { FileMetaReader } from '../part10/file-meta';
import { WarningList } from '../warnings';
import { type Identity, IdentityReader } from './identity';
import { type ParsedInstance, parsedInstance } from './parsed-instance';

export type { ReaderLimits } from '../data-set/reader-limits';
export type { DicomWarning, WarningReason } from '../warnings';
export type { Identity } from './identity';
export type { ParsedInstance } from './parsed-instance';

/**
 * Encapsulation by MIME (PS3.6 annex A, retired) and XML, and the real-time streams of PS3.22: these are not files of
 * PS3.10.
 */
const NOT_DATA_SETS = /^1\.2\.840\.10008\.1\.2\.(?:6|7)(?:\.|$)/;

/**
 * Reads a DICOM file (PS3.10) while it streams through, in pieces of any size. It keeps only what metadata, search and
 * the retrieval of frames and bulk data need. Memory does not grow with pixel data.
 */
export class InstanceReader {
  readonly #limits: ReaderLimits;
  readonly #window = new ByteWindow();
  readonly #warnings = new WarningList();
  readonly #meta = new FileMetaReader(this.#warnings);
  readonly #identity = new IdentityReader(this.#warnings);
  #dataSet: DataSetReader | undefined;
  #inflater: Inflater | undefined;
  #inflatedWindow: ByteWindow | undefined;
  #inflated: Uint8Array[] = [];
  #failure: DicomError | undefined;

  constructor(limits: Partial<ReaderLimits> = {}) {
    this.#limits = { ...DEFAULT_READER_LIMITS, ...limits };
  }

  /** Whether the data set is deflated (PS3.5 A.5); known once the file meta information has been read. */
  get deflated(): boolean {
    return this.#inflater !== undefined;
  }

  /** Undefined until the file meta information has been read. */
  get transferSyntaxUID(): string | undefined {
    return this.#dataSet === undefined ? undefined : this.#meta.transferSyntaxUID;
  }

  /** UTF-16 code units of metadata in memory so far. */
  get metadataCharacters(): number {
    return this.#dataSet?.results.characters ?? 0;
  }

  /** The UIDs known so far. Each of them can be used in a path. */
  get identity(): Identity {
    return this.#identity.uids;
  }

  /**
   * Takes the next bytes of the file. The reader does not keep a reference to `chunk`.
   *
   * @throws DicomError as soon as the file is known to be unusable
   */
  push(chunk: Uint8Array): void {
    this.#guard(() => {
      this.#window.feed(chunk);
      this.#read();
      this.#window.release();
    });
  }

  /**
   * Takes the bytes of a deflated data set that were inflated since the last call. A caller that calls this after each
   * push of at most 4 KiB gets at most 4 MiB at a time, whatever the file claims.
   */
  takeInflated(): Uint8Array[] {
    const inflated = this.#inflated;
    this.#inflated = [];
    return inflated;
  }

  /**
   * Ends the file, when all of its bytes have been pushed.
   *
   * @throws DicomError `missing-identity` when a UID is missing, `truncated` when it may have been in the missing part
   */
  end(): ParsedInstance {
    return this.#guard(() => {
      if (this.#dataSet === undefined) {
        this.#meta.finish(this.#window);
        this.#begin();
      }
      this.#inflater?.finish();
      this.#dataSet!.finish();
      const object = this.deflated ? 'inflated' : 'dcm';
      return parsedInstance(this.#meta, this.#dataSet!, object, this.#identity, this.#warnings);
    });
  }

  #guard<T>(action: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return action();
    } catch (error) {
      if (error instanceof DicomError) this.#failure = error;
      throw error;
    }
  }

  #read(): void {
    if (this.#dataSet === undefined) {
      if (!this.#meta.read(this.#window)) return;
      this.#begin();
    }
    if (this.#inflater === undefined) {
      this.#dataSet!.read();
      return;
    }
    const bytes = this.#window.takeRest();
    for (const piece of this.#inflater.push(bytes)) {
      this.#inflated.push(piece);
      this.#inflatedWindow!.feed(piece);
      this.#dataSet!.read();
      this.#inflatedWindow!.release();
    }
  }

  /** The file meta information is complete: chooses how to read the data set. */
  #begin(): void {
    const uid = this.#meta.transferSyntaxUID!;
    if (NOT_DATA_SETS.test(uid)) {
      throw new DicomError('unsupported-transfer-syntax', 'the transfer syntax does not encode a data set', '00020010');
    }
    const syntax = transferSyntaxOf(uid);
    let window = this.#window;
    if (syntax?.deflated) {
      this.#inflater = new Inflater(this.#limits.maxInflatedBytes);
      this.#inflatedWindow = new ByteWindow();
      window = this.#inflatedWindow;
    }
    // An unknown syntax is read as explicit VR little endian, as every syntax is except for the two oldest ones.
    const { implicit = false, bigEndian = false, encapsulated = false } = syntax ?? {};
    const encoding = { implicit, bigEndian, encapsulated };
    this.#dataSet = new DataSetReader(
      window,
      encoding,
      this.#limits,
      this.#warnings,
      (tag, text) => this.#identity.take(tag, text),
      () => this.#identity.isComplete(this.#meta),
    );
  }
}
