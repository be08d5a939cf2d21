import { HeldMemory } from '../memory/held-memory';
import type { Lease } from '../memory/ledger';
import { EXTRA, PLACED_FILE } from '../memory/upload-memory';
import { CallMeter } from '../store/call-meter';
import { roomIn } from '../store/room';
import { UnavailableError } from '../unavailable';
import { Claim } from './claim';
import { FileGroup } from './file-group';
import type { IngestContext, IngestRun } from './ingest-run';
import { PieceByPiece } from './piece-by-piece';
import type { PartReader } from './receive';
import { HEAD_BYTES, recognise } from './recognise';
import type { Upload } from './uploads';

/** A file that was read to its end while it arrived. Its ingest need not read it again. */
export interface ArrivedFile {
  /** Its claim is not made yet. */
  readonly run: IngestRun;
  readonly group: FileGroup;
}

/** Bytes that are parsed at a time. */
const PIECE_BYTES = 256 * 1024;

/** Why the reading of a file ends before the file does. */
const GIVEN_UP = new Error('the file is not read while it arrives');

/**
 * Reads a Part 10 file while its parts go to R2, when one request sends all of it. Nothing depends on that: whatever is in the
 * way, such as a lack of memory or a file that is no instance, ends this reading silently, and the ingest reads the file later
 * from where it lies.
 */
export class ArrivingFile implements PartReader {
  private begun: Promise<ArrivedFile | undefined> | undefined;
  private readonly pieces = new PieceByPiece();
  private readonly memory: HeldMemory;
  private lease: Lease | undefined;
  /** Whether the group has taken the file. */
  private added: Promise<boolean> | undefined;
  private length = 0;
  private isOver = false;

  /** @param upload without bytes, and with the lease of the request */
  constructor(
    private readonly context: IngestContext,
    private readonly upload: Upload,
  ) {
    this.memory = new HeldMemory(async () => {
      const extra = context.ledger.takeNow(EXTRA, { purpose: 'extra' });
      if (extra === undefined) throw new UnavailableError('other requests hold the memory');
      return extra;
    });
  }

  async read(part: Uint8Array): Promise<void> {
    this.begun ??= this.begin(part).catch(() => undefined);
    if ((await this.begun) === undefined) return;
    for (let at = 0; at < part.length && !this.isOver; at += PIECE_BYTES) {
      await this.pieces.give(part.subarray(at, at + PIECE_BYTES));
      // Refused; or deflated: its inflated data set takes more memory than this reading has.
      if (this.pieces.isOver || this.memory.held > 0) await this.giveUp();
    }
    this.length += part.length;
  }

  /**
   * Ends the reading.
   * @param upload as it is once its bytes have all arrived
   * @returns the file, which belongs to the caller then; undefined when the ingest has to read it
   */
  async end({ version, byteLength }: Upload): Promise<ArrivedFile | undefined> {
    const file = await this.begun;
    if (file === undefined || this.isOver) return undefined;
    if (this.length === byteLength && file.run.upload.version === version) {
      await this.pieces.end();
      if ((await this.added) && file.group.awaited === 1) {
        this.isOver = true;
        return file;
      }
    }
    await this.giveUp();
    return undefined;
  }

  /** Gives the reading up, unless it has ended. */
  async giveUp(): Promise<void> {
    const file = await this.begun;
    if (file === undefined || this.isOver) return;
    this.isOver = true;
    this.pieces.fail(GIVEN_UP);
    await this.added;
    await file.group.abandon().catch(() => undefined);
    this.release();
  }

  /** Frees the memory of a file that has ended. */
  release(): void {
    this.memory.end();
    this.lease?.release();
  }

  /** @returns undefined when the file is not to be read while it arrives */
  private async begin(head: Uint8Array): Promise<ArrivedFile | undefined> {
    const { ledger, archive, settings } = this.context;
    const { upload } = this;
    if (recognise(head.subarray(0, HEAD_BYTES)) !== 'dicom' || ledger.isWantedOfUploads) return undefined;
    this.lease = ledger.takeNow(PLACED_FILE, { purpose: 'upload' });
    if (this.lease === undefined) return undefined;
    const { id, sender, byteLength, partBytes, lease: version } = upload;
    const run: IngestRun = {
      context: this.context,
      upload: { id, sender, byteLength, partBytes, version, claims: 1 },
      claim: new Claim(archive.ingests, id),
      archive: archive.confinedTo(sender),
      memory: this.memory,
      calls: new CallMeter(settings.callsPerRequest),
      room: await roomIn(archive.status, settings),
      deadline: Number.POSITIVE_INFINITY,
      isLast: false,
    };
    const group = new FileGroup(run);
    this.added = group
      .add({ ordinal: 0 }, this.pieces, byteLength, version)
      .then(
        () => true,
        () => false,
      )
      .finally(() => this.pieces.over());
    return { run, group };
  }
}
