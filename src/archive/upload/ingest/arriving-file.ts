import { HEAD_BYTES } from '../../../dicom/part10/media-file';
import { HeldMemory } from '../../memory/held-memory';
import type { Lease } from '../../memory/ledger';
import { PLACED_FILE, READ_FILE } from '../../memory/upload-memory';
import { CallMeter } from '../../store/call-meter';
import { PlacedFile } from '../../store/incoming/placed-file';
import { quotasOf } from '../../store/room';
import { Claim } from '../claim';
import type { PartReader } from '../receive';
import { RunningDigest } from '../running-digest';
import type { Upload } from '../uploads';
import { FileGroup } from './file-group';
import { FileReading } from './file-reading';
import type { IngestContext, IngestRun } from './ingest-run';
import { type KeptReadings, keptReadings } from './kept-readings';
import { recognise } from './recognise';

/** A file that was read to its end while it arrived. Its ingest need not read it again. */
export interface ArrivedFile {
  /** Its claim is not made yet. */
  readonly run: IngestRun;
  readonly group: FileGroup;
}

/**
 * Reads a Part 10 file while its parts go to R2. The requests of an upload arrive one after the other. Each continues the
 * reading of the one before, if they reach the same isolate. This is only faster: when memory is missing, or the file is
 * no instance, the reading ends silently, and the ingest reads the file later from the bucket.
 */
export class ArrivingFile implements PartReader {
  private readonly kept: KeptReadings;
  private readonly memory = new HeldMemory();
  private lease: Lease | undefined;
  private reading: FileReading | undefined;
  private isBegun = false;

  /**
   * @param upload with the lease of the request
   * @param isWhole whether this request is to bring all of it
   */
  constructor(
    private readonly context: IngestContext,
    private readonly upload: Upload,
    private readonly isWhole: boolean,
  ) {
    this.kept = keptReadings(context.ledger);
    const reading = this.kept.take(upload.id);
    if (isAsFarAs(reading, upload)) this.reading = reading;
  }

  async read(part: Uint8Array): Promise<void> {
    if (!this.isBegun) this.begin(part);
    await this.reading?.read(part);
    if (this.reading?.isOver) this.giveUp();
  }

  /**
   * Ends the reading of a file whose bytes have all arrived.
   * @returns the file; undefined when the ingest has to read it
   */
  async end({ version, byteLength }: Upload): Promise<ArrivedFile | undefined> {
    const { reading } = this;
    this.reading = undefined;
    if (reading?.length !== byteLength || reading.version !== version) return undefined;
    // A request that waits for memory holds none of this kind: see the ledger.
    this.release();
    const { ledger, gone } = this.context;
    this.lease = await ledger.take(PLACED_FILE, { purpose: 'upload', gone }).catch(() => undefined);
    const run = this.lease && (await this.run(version));
    if (run === undefined) return undefined;
    const group = new FileGroup(run);
    await group.addRead({ ordinal: 0 }, await reading.end(), version);
    if (group.awaited === 1) return { run, group };
    // Refused: the ingest says why.
    await group.abandon().catch(() => undefined);
    return undefined;
  }

  /** Keeps the reading for the next request. @param upload as it is at the end of this one */
  keep(upload: Upload): void {
    const { reading } = this;
    this.reading = undefined;
    // The digest of a whole file is the platform's, and ends with the request.
    if (upload.state === 'receiving' && !this.isWhole && isAsFarAs(reading, upload)) this.kept.put(upload.id, reading);
  }

  /** Gives the reading up, and frees its memory. */
  giveUp(): void {
    this.reading = undefined;
    this.release();
  }

  /** Frees the memory of a file that has ended. */
  release(): void {
    this.memory.end();
    this.lease?.release();
    this.lease = undefined;
  }

  private begin(part: Uint8Array): void {
    this.isBegun = true;
    const { ledger, settings } = this.context;
    const { lease, version = lease } = this.upload;
    const isFile = this.reading !== undefined || this.isStartOfFile(part);
    if (ledger.isWantedOfUploads || !isFile) {
      this.reading = undefined;
      return;
    }
    this.lease = ledger.takeNow(READ_FILE, { purpose: 'upload' });
    if (this.lease === undefined || version === undefined) this.giveUp();
    else this.reading ??= new FileReading(settings, version, this.isWhole ? new PlacedFile() : new RunningDigest());
  }

  /** Whether a part is the first one of the upload, and begins a Part 10 file. */
  private isStartOfFile(part: Uint8Array): boolean {
    const { offset, rest } = this.upload;
    return offset === (rest?.length ?? 0) && recognise(part.subarray(0, HEAD_BYTES)) === 'dicom';
  }

  /** @returns undefined when the sender may not store any more */
  private async run(version: string): Promise<IngestRun | undefined> {
    const { archive, settings, viewpointOf } = this.context;
    const { id, sender, byteLength, partBytes } = this.upload;
    const viewpoint = await viewpointOf(sender);
    if (viewpoint === undefined) return undefined;
    const own = archive.confinedTo(viewpoint);
    return {
      context: this.context,
      upload: { id, sender, byteLength, partBytes, version, claims: 1 },
      claim: new Claim(archive.ingests, id),
      archive: own,
      memory: this.memory,
      calls: new CallMeter(settings.callsPerRequest),
      quotas: quotasOf(settings, own.allowance),
      deadline: Number.POSITIVE_INFINITY,
      isLast: false,
    };
  }
}

/** Whether a reading has come as far as the parts of its upload that R2 has. */
function isAsFarAs(reading: FileReading | undefined, { offset, rest, version }: Upload): reading is FileReading {
  return reading !== undefined && reading.version === version && reading.length === offset - (rest?.length ?? 0);
}
