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
  constructor(
    private readonly run: IngestRun,
    private readonly listed: ObjectBytes,
    private readonly members: ObjectBytes,
  ) {}

  async all(): Promise<boolean> {
    const { upload } = this.run;
    let cursor: ZipCursor;
    try {
      cursor = upload.cursor === undefined ? await this.begin() : (JSON.parse(upload.cursor) as ZipCursor);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      await this.finish([failed(error, 0)], 0);
      return true;
    }
    let done = await this.run.archive.ingests.settledFrom(upload.id, cursor.ordinal);
    for (let groups = 0; groups < RUN_GROUPS; groups += 1) {
      const next = await this.group(cursor, done);
      if (next === undefined) return true;
      cursor = next.cursor;
      if (next.isIncomplete) throw new Error('some instances could not be written');
      if (next.end === 'time' || this.run.calls.made > RUN_CALLS) return false;
      done = new Set();
    }
    return false;
  }

  private async begin(): Promise<ZipCursor> {
    const directory = await zipDirectory(this.listed);
    if (directory.count > MOST_MEMBERS) throw new ZipError('too-many-members');
    return { directory, at: directory.offset, ordinal: 0, packed: 0, inflated: 0 };
  }

  /** @returns undefined at the end of the archive */
  private async group(
    from: ZipCursor,
    done: ReadonlySet<number>,
  ): Promise<{ cursor: ZipCursor; end: GroupEnd; isIncomplete: boolean } | undefined> {
    const { upload, claim, archive } = this.run;
    const group = new FileGroup(this.run);
    let read: { cursor: ZipCursor; end: GroupEnd };
    try {
      read = await this.fill(group, from, done);
    } catch (error) {
      await group.abandon();
      throw error;
    }
    const { results, isIncomplete } = await group.commit();
    // The cursor stays: the files that have results are left out when the group is read again.
    const cursor = isIncomplete ? from : read.cursor;
    const { end } = read;
    const bytes = from.ordinal === 0 ? upload.byteLength : 0;
    if (!isIncomplete && (end === 'end' || end instanceof ZipError)) {
      await this.finish(end === 'end' ? results : [...results, failed(end, cursor.ordinal)], bytes);
      return undefined;
    }
    const events = storeEvents(this.run, results, bytes);
    const progress = { results, events, cursor: JSON.stringify(cursor) };
    claim.hold(await archive.ingests.advance(upload.id, claim.run, progress, claim.next()));
    return { cursor, end, isIncomplete };
  }

  /** Reads members until the group is full. */
  private async fill(
    group: FileGroup,
    from: ZipCursor,
    done: ReadonlySet<number>,
  ): Promise<{ cursor: ZipCursor; end: GroupEnd }> {
    const { directory } = from;
    let cursor = from;
    const entries = zipEntries(this.listed, directory, from.at);
    for (;;) {
      let entry: ZipEntry | undefined;
      try {
        entry = (await entries.next()).value ?? undefined;
        if (entry !== undefined && cursor.ordinal >= MOST_MEMBERS) throw new ZipError('too-many-members');
      } catch (error) {
        if (error instanceof ZipError) return { cursor, end: error };
        throw error;
      }
      if (entry === undefined) return { cursor, end: 'end' };
      if (group.size >= GROUP_FILES || (group.bytes > 0 && group.bytes + entry.length > GROUP_BYTES)) {
        return { cursor, end: 'full' };
      }
      if (Date.now() >= this.run.deadline && group.size > 0) return { cursor, end: 'time' };
      const taken = done.has(cursor.ordinal) ? NONE : await this.member(group, entry, cursor);
      if (taken === undefined) return { cursor, end: new ZipError('bomb') };
      cursor = {
        directory,
        at: entry.next,
        ordinal: cursor.ordinal + 1,
        packed: cursor.packed + taken.packed,
        inflated: cursor.inflated + taken.inflated,
      };
      await this.run.claim.beat();
    }
  }

  /** @returns the bytes of the member that count; undefined when the members so far are longer than an archive's can be */
  private async member(
    group: FileGroup,
    entry: ZipEntry,
    { ordinal, directory, packed, inflated }: ZipCursor,
  ): Promise<Taken | undefined> {
    const { byteLength } = this.run.upload;
    const file: UploadFile = { ordinal, name: entry.name };
    // A folder.
    if (entry.length === 0 && entry.name.endsWith('/')) return NONE;
    let opened: ZipMember | undefined;
    let taken = NONE;
    try {
      opened = await zipMember(this.members, entry, directory.offset);
      // Such members lie over each other: a small archive would name the same bytes many times.
      if (packed + entry.compressedLength > byteLength) return undefined;
      taken = { packed: entry.compressedLength, inflated: 0 };
      const source = await PeekedSource.of(opened);
      switch (recognise(source.head)) {
        case 'zip':
          group.refuse(file, 'nested-zip');
          return taken;
        case 'directory':
          group.leaveOut(file, 'dicomdir');
          return taken;
        case 'other':
          group.leaveOut(file, 'not-dicom');
          return taken;
        case 'dicom':
          if (inflated + entry.length > mostInflated(byteLength, FREE_BYTES_OF_ALL)) return undefined;
          taken = { ...taken, inflated: entry.length };
          await group.add(file, this.alive(source), entry.length);
          return taken;
      }
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      group.refuse(file, error.code);
      return taken;
    } finally {
      opened?.close();
    }
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
