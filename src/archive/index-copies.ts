/**
 * What an isolate knows of the copies of an archive's index. Reads may be answered by a copy near the client, which can be a
 * little behind the primary. A bookmark names a state of the index; later states have greater bookmarks.
 */
export interface IndexCopies {
  /** The newest state that this isolate has seen: no read is answered from an older one. Empty: none yet. */
  readonly bookmark: string;
  /** Whether every read has all that had been written up to this bookmark. */
  covers(bookmark: string): boolean;
  /** Asks the primary in the background, so that no read has to; undefined while this is not necessary. */
  renewal(): Promise<void> | undefined;
  /** Waits until reads have everything that was written before this call. */
  catchUp(): Promise<void>;
}
