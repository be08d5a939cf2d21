import type { AnswerMemory } from '../memory/answer-memory';
import type { Lease } from '../memory/lease';
import type { ObjectStore } from '../object-store';
import { readShort, SHORT_OBJECT_BYTES, type StoredSegment } from './metadata-read';

/** Segments that are read at the same time: a request has six connections that may wait for a response. */
const AT_ONCE = 4;

/**
 * Reads short segments before their turn. A study may have a segment for each of its series, and each read of R2 takes some
 * tens of milliseconds.
 */
export class ReadAhead {
  private readonly reads = new Map<StoredSegment, Promise<Uint8Array>>();
  private readonly lease: Lease | undefined;
  /** Short segments whose reads have not begun. */
  private readonly left: StoredSegment[];

  /** @param memory where nothing is free, each segment is read in its turn */
  constructor(
    private readonly objects: ObjectStore,
    segments: readonly StoredSegment[],
    memory: AnswerMemory,
  ) {
    const short = segments.filter(({ content, byteLength = Number.POSITIVE_INFINITY }) => {
      return content === null && byteLength <= SHORT_OBJECT_BYTES;
    });
    const longest = Math.max(0, ...short.map(({ byteLength = 0 }) => byteLength));
    this.lease = short.length > 1 ? memory.more(AT_ONCE * longest) : undefined;
    this.left = this.lease === undefined ? [] : short;
  }

  /**
   * The object of a segment whose turn it is.
   * @returns undefined when it was not read ahead
   */
  take(segment: StoredSegment): Promise<Uint8Array> | undefined {
    while (this.left.length > 0 && this.reads.size < AT_ONCE) {
      const next = this.left.shift()!;
      const read = readShort(this.objects, next);
      // A failure counts when its turn comes.
      read.catch(() => undefined);
      this.reads.set(next, read);
    }
    const read = this.reads.get(segment);
    this.reads.delete(segment);
    return read;
  }

  release(): void {
    this.lease?.release();
  }
}
