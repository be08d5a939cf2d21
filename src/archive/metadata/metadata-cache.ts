import { concatenated } from '../bytes';
import type { AnswerMemory } from '../memory/answer-memory';
import type { Lease } from '../memory/lease';
import { METADATA_CACHE_BYTES } from '../retrieve/cache-limits';
import { RecentValues } from '../retrieve/recent-values';

/** Bytes of the longest answer that an isolate keeps. */
const LONGEST_KEPT = METADATA_CACHE_BYTES / 2;

/** Memory for a copy is taken in blocks: each lease has a timer, and an answer may have thousands of pieces. */
const BLOCK = 256 * 1024;

/**
 * The answers with metadata that an isolate has sent last, by their entity tags: several viewers, or one that is loaded
 * again, ask for the same series. An entity tag names exactly one content, and a request learns it from the index, which it
 * asks as the principal sees it. So nothing outdated is found here, and nothing that the principal may not see.
 */
export class MetadataCache {
  private readonly kept = new RecentValues<Uint8Array>();

  /** Bytes of memory that the answers take. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /** Drops all that is kept. An answer that is being sent stays in memory until it has been sent. */
  drop(): void {
    this.kept.drop();
  }

  find(etag: string): Uint8Array | undefined {
    return this.kept.use(etag);
  }

  /** Yields the pieces of an answer, and keeps the answer if it ends and there is memory for a copy of it. */
  async *keeping(etag: string, pieces: AsyncIterable<Uint8Array>, memory: AnswerMemory): AsyncGenerator<Uint8Array> {
    const leases: Lease[] = [];
    let copies: Uint8Array[] | undefined = [];
    let length = 0;
    let room = 0;
    try {
      for await (const piece of pieces) {
        length += piece.length;
        if (length > LONGEST_KEPT) copies = undefined;
        if (copies !== undefined && length > room) {
          const lease = memory.more(Math.max(BLOCK, length - room));
          if (lease === undefined) copies = undefined;
          else leases.push(lease);
          room += lease?.bytes ?? 0;
        }
        copies?.push(piece);
        yield piece;
      }
      if (copies !== undefined) this.keep(etag, concatenated(copies));
    } finally {
      for (const lease of leases) lease.release();
    }
  }

  private keep(etag: string, answer: Uint8Array): void {
    this.kept.keep(etag, answer, answer.length);
    this.kept.shrinkTo(METADATA_CACHE_BYTES);
  }
}
