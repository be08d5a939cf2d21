/**
 * One piece of bulk data. Its length is known in advance, and it is read only when its place in the file is reached.
 */
export interface BulkSource {
  /** The number of bytes that `open` yields. */
  readonly length: number;
  /** Called at most once. */
  open(): AsyncIterable<Uint8Array>;
}
