import type { AnswerMemory } from '../memory/answer-memory';
import type { Lease } from '../memory/lease';
import type { ObjectStore } from '../object-store';
import { type EarlySegment, openLong, readShort, SHORT_OBJECT_BYTES, type StoredSegment } from './metadata-read';

/** Segments that are read at the same time: a request has six connections that may wait for a response. */
const AT_ONCE = 4;

/** Bytes of segments that are held before their turn. */
const AHEAD_BYTES = AT_ONCE * SHORT_OBJECT_BYTES;

/**
 * Reads segments before their turn. A study may have a segment for each of its series, and each read of R2 takes some tens of
 * milliseconds. A read that fails before the answer begins can still make the answer an error.
 */
export class ReadAhead {
  private readonly reads = new Map<StoredSegment, Promise<EarlySegment>>();
  /** The reads that are under way. */
  private readonly waiting = new Set<Promise<EarlySegment>>();
  private readonly lease: Lease | undefined;
  /** Short segments whose reads have not begun. */
  private readonly left: StoredSegment[];
  /** The first of the long segments. */
  private readonly long: StoredSegment | undefined;
  /** Bytes of the short segments that are held, or will be when they are read. */
  private held = 0;

  /** @param memory where nothing is free, each short segment is read in its turn */
  constructor(
    private readonly objects: ObjectStore,
    segments: readonly StoredSegment[],
    memory: AnswerMemory,
  ) {
    // What comes first is read before the answer begins in any case.
    const stored = segments.length > 1 ? segments.filter(({ content }) => content === null) : [];
    const short = stored.filter((segment) => lengthOf(segment) <= SHORT_OBJECT_BYTES);
    const bytes = short.reduce((sum, segment) => sum + lengthOf(segment), 0);
    this.lease = short.length > 0 ? memory.more(Math.min(bytes, AHEAD_BYTES)) : undefined;
    this.left = this.lease === undefined ? [] : short;
    this.long = stored.find((segment) => lengthOf(segment) > SHORT_OBJECT_BYTES);
  }

  /**
   * Reads as many segments as are held before their turn, and opens the first of the long ones. Most studies have no others.
   * @throws ObjectMissing
   */
  async begin(): Promise<void> {
    if (this.long !== undefined) this.note(this.long, openLong(this.objects, this.long));
    for (this.start(); this.waiting.size > 0; this.start()) await Promise.race(this.waiting);
  }

  /**
   * The object of a segment whose turn it is.
   * @returns undefined when it was not read ahead
   */
  take(segment: StoredSegment): Promise<EarlySegment> | undefined {
    this.start();
    const read = this.reads.get(segment);
    if (this.reads.delete(segment) && segment !== this.long) this.held -= lengthOf(segment);
    return read;
  }

  release(): void {
    this.lease?.release();
    for (const read of this.reads.values()) {
      // A stream that nobody reads keeps its connection.
      void read.then((early) => (early instanceof ReadableStream ? early.cancel() : undefined)).catch(() => undefined);
    }
    this.reads.clear();
  }

  private start(): void {
    for (;;) {
      const [next] = this.left;
      if (next === undefined || this.waiting.size >= AT_ONCE || this.held + lengthOf(next) > AHEAD_BYTES) return;
      this.left.shift();
      this.held += lengthOf(next);
      this.note(next, readShort(this.objects, next));
    }
  }

  private note(segment: StoredSegment, read: Promise<EarlySegment>): void {
    this.reads.set(segment, read);
    this.waiting.add(read);
    const done = () => void this.waiting.delete(read);
    // A failure counts when its turn comes.
    read.then(done, done);
  }
}

function lengthOf({ byteLength = Number.POSITIVE_INFINITY }: StoredSegment): number {
  return byteLength;
}
