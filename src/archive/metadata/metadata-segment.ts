import { Gzip, gzipSync } from 'fflate';
import { Pauses, PIECE_BYTES } from '../../imaging/pauses';
import { concatenated, utf8 } from '../bytes';
import type { SegmentRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { BufferPool } from '../memory/buffer-pool';
import type { HeldMemory } from '../memory/held-memory';
import { newVersion, segmentKey } from '../object-keys';
import type { ObjectStore } from '../object-store';
import { ObjectWriter } from '../store/incoming/object-writer';

/**
 * A metadata segment holds the DICOM JSON of instances of one series. It is an R2 object or, when it is short, text in
 * the index. It consists of gzip members, each after its length (4 bytes, big-endian), and each member holds whole
 * instances as `,{...}`. So a series is answered by inflating the object from end to end, an instance is answered by
 * inflating one member, and segments are merged without parsing JSON. A segment of one member of up to 3 KiB is kept in
 * the index, as base64 of the member: a series that arrives with one instance for each request then needs no second
 * object for each, and the metadata is read with the row that names it. An offset in such a segment is the same as it
 * would be in an object. A byte 0x01 in the text stands for the public base URI, which is known only when a response is
 * made.
 */
export const MEMBER_HEADER_BYTES = 4;

/** A segment with a single member of at most this length is kept in the index, bytes. */
const SHORT_BYTES = 3 * 1024;

/**
 * Text is gathered up to this length before it becomes a member, bytes: large enough to compress well, and small enough
 * to be inflated for one instance.
 */
const MEMBER_BYTES = 256 * 1024;

/** Where an instance's metadata lies in its segment. It is complete once the segment is finished. */
export interface SegmentLocation {
  segment: string;
  /** Length of the gzip member in the object, bytes. */
  offset: number;
  length: number;
  /** Start of the instance in the inflated text of the member, bytes. */
  start: number;
  end: number;
}

/** Writes one metadata segment. */
export class SegmentWriter {
  readonly name = newVersion();
  entryCount = 0;
  private readonly file: ObjectWriter;
  private texts: Uint8Array[] = [];
  private textBytes = 0;
  private open: SegmentLocation[] = [];
  /** The first member, as long as it may be the only one. */
  private only: Uint8Array | undefined;

  /** @param partBytes see ObjectWriter */
  constructor(
    readonly series: SeriesIdentity,
    objects: ObjectStore,
    partBytes: number,
    private readonly memory: HeldMemory,
    pool: BufferPool,
  ) {
    this.file = new ObjectWriter(objects, () => segmentKey(series, this.name), partBytes, memory, pool);
  }

  /** Bytes that the segment holds until it is finished. */
  get held(): number {
    return this.file.pending + this.textBytes;
  }

  /**
   * Adds an instance.
   * @param text the instance's data set as UTF-8 JSON text, `{...}`
   */
  async add(text: Uint8Array): Promise<SegmentLocation> {
    const start = this.textBytes + 1;
    const location = { segment: this.name, offset: 0, length: 0, start, end: start + text.length };
    this.texts.push(COMMA, text);
    this.textBytes += 1 + text.length;
    this.memory.hold(1 + text.length);
    this.open.push(location);
    this.entryCount += 1;
    if (this.textBytes >= MEMBER_BYTES) await this.closeMember();
    return location;
  }

  /**
   * Adds a text of several instances, `,{...},{...}`.
   * @returns where the text begins; complete once the segment is finished
   */
  async addText(text: Uint8Array, entries: number): Promise<SegmentLocation> {
    const start = this.textBytes;
    const location = { segment: this.name, offset: 0, length: 0, start, end: start + text.length };
    this.texts.push(text);
    this.textBytes += text.length;
    this.memory.hold(text.length);
    this.open.push(location);
    this.entryCount += entries;
    if (this.textBytes >= MEMBER_BYTES) await this.closeMember();
    return location;
  }

  /**
   * Adds a member as it is.
   * @param entries instances in it that count
   * @returns its offset
   */
  async addMember(member: Uint8Array, entries: number): Promise<number> {
    await this.closeMember();
    await this.writeOnly();
    const offset = this.file.length + MEMBER_HEADER_BYTES;
    await this.write(member);
    this.entryCount += entries;
    return offset;
  }

  /**
   * Writes the object, unless the segment is short.
   * @param short whether a short segment may be kept in the index
   */
  async finish(short = true): Promise<SegmentRecord> {
    await this.closeMember();
    const { series, name, entryCount, only } = this;
    if (short && only !== undefined) {
      const content = btoa(String.fromCharCode(...only));
      return { ...series, name, byteLength: MEMBER_HEADER_BYTES + only.length, entryCount, content };
    }
    await this.writeOnly();
    const byteLength = this.file.length;
    await this.file.finish();
    return { ...series, name, byteLength, entryCount };
  }

  /** Abandons the segment: parts of the object that were not written yet are not written. */
  async abort(): Promise<void> {
    this.memory.release(this.textBytes);
    this.texts = [];
    this.textBytes = 0;
    await this.file.abort();
  }

  private async closeMember(): Promise<void> {
    if (this.textBytes === 0) return;
    const { texts, textBytes, open } = this;
    this.texts = [];
    this.textBytes = 0;
    this.open = [];
    // CompressionStream is not used: each one holds 256 KB that the garbage collector does not count.
    const member = textBytes <= PIECE_BYTES ? gzipSync(concatenated(texts), { level: 6 }) : await gzipped(texts);
    this.memory.release(textBytes);
    await this.writeOnly();
    for (const location of open) {
      location.offset = this.file.length + MEMBER_HEADER_BYTES;
      location.length = member.length;
    }
    if (this.file.length === 0 && member.length <= SHORT_BYTES) this.only = member;
    else await this.write(member);
  }

  private async writeOnly(): Promise<void> {
    const { only } = this;
    this.only = undefined;
    if (only !== undefined) await this.write(only);
  }

  private async write(member: Uint8Array): Promise<void> {
    const header = new Uint8Array(MEMBER_HEADER_BYTES);
    new DataView(header.buffer).setUint32(0, member.length);
    await this.file.write(header);
    await this.file.write(member);
  }
}

/** Compresses a long text without a copy of the whole text, and lets other work run between the steps. */
async function gzipped(texts: readonly Uint8Array[]): Promise<Uint8Array> {
  const pauses = new Pauses(PIECE_BYTES);
  const made: Uint8Array[] = [];
  const gzip = new Gzip({ level: 6 }, (piece) => made.push(piece));
  for (const text of texts) {
    for (let at = 0; at < text.length; at += STEP_BYTES) {
      gzip.push(text.subarray(at, at + STEP_BYTES));
      if (pauses.due(STEP_BYTES)) await pauses.pause();
    }
  }
  gzip.push(new Uint8Array(0), true);
  return concatenated(made);
}

/** Bytes of text that are compressed at a time. */
const STEP_BYTES = 256 * 1024;

const COMMA = utf8(',');
