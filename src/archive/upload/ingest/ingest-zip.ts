import { mostInflated } from '../../../dicom/data-set/most-inflated';
import { ObjectBytes } from '../object-bytes';
import type { UploadResult } from '../upload-result';
import { type ZipDirectory, type ZipEntry, zipDirectory, zipEntries } from '../zip/zip-directory';
import { ZipError } from '../zip/zip-error';
import { type ZipMember, zipMember } from '../zip/zip-member';
import { FileGroup, UNREAD, type UploadFile } from './file-group';
import { type IngestRun, storeEvents } from './ingest-run';
import { PeekedSource, recognise } from './recognise';

/** Members of one archive that are read. */
const MOST_MEMBERS = 50_000;

/** All members together may always be as long as this, bytes. */
const FREE_BYTES_OF_ALL = 1024 ** 3;

/** Members that are stored together, and their bytes: what an interruption costs at most. */
const GROUP_FILES = 500;
const GROUP_BYTES = 256 * 1024 ** 2;

/**
 * Groups of one run, and calls to R2 after which it begins no other: a run may send 1,000 statements to D1 and make 10,000
 * subrequests, and one member of 8 GiB takes some 2,000.
 */
const RUN_GROUPS = 10;
const RUN_CALLS = 4000;

/** Bytes of the directory that one call to R2 opens. */
const DIRECTORY_AHEAD = 1024 ** 2;

/** How far an ingest has come. */
interface ZipCursor {
  readonly directory: ZipDirectory;
  /** Where the record of the next member begins, and its ordinal. */
  readonly at: number;
  readonly ordinal: number;
  /** Bytes of the members that were read: in the archive, and inflated. */
  readonly packed: number;
  readonly inflated: number;
}

/** Bytes of one member that count: in the archive, and inflated. */
type Taken = Pick<ZipCursor, 'packed' | 'inflated'>;

const NONE: Taken = { packed: 0, inflated: 0 };

/** How a group ended: `full`, `time`: members are left; `end`: none; or why the rest of the archive cannot be read. */
type GroupEnd = 'full' | 'time' | 'end' | ZipError;

/**
 * Stores the members of a ZIP archive in groups. After each group the cursor moves, so that an interrupted ingest goes on
 * with the group in which it was interrupted. Names of members are for people: nothing is ever opened by them.
 * @returns whether the archive is done
 */
export async function ingestZip(run: IngestRun, key: string): Promise<boolean> {
  const { upload, calls, archive } = run;
  const objects = calls.counted(archive.objects);
  const listed = new ObjectBytes(objects, key, upload.byteLength, DIRECTORY_AHEAD);
  const members = new ObjectBytes(objects, key, upload.byteLength);
  try {
    return await new ZipIngest(run, listed, members).all();
  } finally {
    await Promise.all([listed.close(), members.close()]);
  }
}

class ZipIngest {
  private cursor!: ZipCursor;

  constructor(
    private readonly run: IngestRun,
    private readonly listed: ObjectBytes,
    private readonly members: ObjectBytes,
  ) {}

  async all(): Promise<boolean> {
    const { upload, calls, archive } = this.run;
    try {
      this.cursor = upload.cursor === undefined ? await this.begin() : (JSON.parse(upload.cursor) as ZipCursor);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      await this.finish([failed(error, 0)], 0);
      return true;
    }
    let done = await archive.ingests.settledFrom(upload.id, this.cursor.ordinal);
    for (let groups = 0; groups < RUN_GROUPS; groups += 1) {
      const end = await this.group(done);
      if (end !== 'full' && end !== 'time') return true;
      if (end === 'time' || calls.made > RUN_CALLS) return false;
      done = new Set();
    }
    return false;
  }

  private async begin(): Promise<ZipCursor> {
    const directory = await zipDirectory(this.listed);
    if (directory.count > MOST_MEMBERS) throw new ZipError('too-many-members');
    return { directory, at: directory.offset, ordinal: 0, packed: 0, inflated: 0 };
  }

  /** Stores the next group. @param done ordinals of the members that have results */
  private async group(done: ReadonlySet<number>): Promise<GroupEnd> {
    const { upload, claim, archive } = this.run;
    const from = this.cursor;
    const group = new FileGroup(this.run);
    let end: GroupEnd;
    try {
      end = await this.fill(group, done);
    } catch (error) {
      if (!(error instanceof ZipError)) {
        await group.abandon();
        throw error;
      }
      // The members before the fault are stored.
      end = error;
    }
    const { results, isIncomplete } = await group.commit();
    const bytes = from.ordinal === 0 ? upload.byteLength : 0;
    if (isIncomplete || end === 'full' || end === 'time') {
      // The cursor stays: the files that have results are left out when the group is read again.
      const cursor = JSON.stringify(isIncomplete ? from : this.cursor);
      const progress = { results, events: storeEvents(this.run, results, bytes), cursor };
      claim.hold(await archive.ingests.advance(upload.id, claim.run, progress, claim.next()));
      if (isIncomplete) throw new Error('some instances could not be written');
    } else {
      await this.finish(end === 'end' ? results : [...results, failed(end, this.cursor.ordinal)], bytes);
    }
    return end;
  }

  /** Reads members until the group is full. @throws ZipError when no further member can be read */
  private async fill(group: FileGroup, done: ReadonlySet<number>): Promise<GroupEnd> {
    const { directory, at } = this.cursor;
    for await (const entry of zipEntries(this.listed, directory, at)) {
      const { ordinal, packed, inflated } = this.cursor;
      if (ordinal >= MOST_MEMBERS) throw new ZipError('too-many-members');
      const isFull = group.size >= GROUP_FILES || (group.bytes > 0 && group.bytes + entry.length > GROUP_BYTES);
      if (isFull) return 'full';
      if (Date.now() >= this.run.deadline && group.size > 0) return 'time';
      const taken = done.has(ordinal) ? NONE : await this.member(group, entry);
      if (taken instanceof ZipError) throw taken;
      this.cursor = {
        directory,
        at: entry.next,
        ordinal: ordinal + 1,
        packed: packed + taken.packed,
        inflated: inflated + taken.inflated,
      };
      await this.run.claim.beat();
    }
    return 'end';
  }

  /** @returns the bytes of the member that count, or why neither it nor a later one is read */
  private async member(group: FileGroup, entry: ZipEntry): Promise<Taken | ZipError> {
    const { byteLength } = this.run.upload;
    const { ordinal, directory, ...before } = this.cursor;
    const isFolder = entry.length === 0 && entry.name.endsWith('/');
    if (isFolder) return NONE;
    const file: UploadFile = { ordinal, name: entry.name };
    let packed = 0;
    let inflated = 0;
    let opened: ZipMember | undefined;
    try {
      opened = await zipMember(this.members, entry, directory.offset);
      packed = entry.compressedLength;
      // Such members lie over each other: a small archive would name the same bytes many times.
      if (before.packed + packed > byteLength) return new ZipError('bomb');
      const source = await PeekedSource.of(opened);
      const kind = recognise(source.head);
      if (kind === 'zip') group.refuse(file, 'nested-zip');
      else if (kind === 'directory') group.leaveOut(file, 'dicomdir');
      else if (kind === 'other') group.leaveOut(file, 'not-dicom');
      else {
        const most = mostInflated(byteLength, FREE_BYTES_OF_ALL);
        if (before.inflated + entry.length > most) return new ZipError('bomb');
        inflated = entry.length;
        await group.add(file, this.alive(source), entry.length);
      }
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      group.refuse(file, error.code);
    } finally {
      opened?.close();
    }
    return { packed, inflated };
  }

  /** A source whose reads show that the run is alive. */
  private alive(source: PeekedSource): PeekedSource | { read(): Promise<Uint8Array | null> } {
    return {
      read: async () => {
        await this.run.claim.beat();
        return await source.read();
      },
    };
  }

  private async finish(results: readonly UploadResult[], bytes: number): Promise<void> {
    const { upload, claim, archive } = this.run;
    const events = storeEvents(this.run, results, bytes);
    claim.hold(await archive.ingests.finish(upload.id, claim.run, { results, events }, claim.end()));
  }
}

/** The result for what cannot be read of an archive from one member on. */
function failed({ code }: ZipError, ordinal: number): UploadResult {
  return { ordinal, result: UNREAD[code], instance: {}, warnings: [], detail: code };
}
