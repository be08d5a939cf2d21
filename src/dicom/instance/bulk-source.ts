/** One piece of bulk data whose length is known and which is read only when its place in the file has come. */
export interface BulkSource {
  /** Bytes that `open` yields. */
  readonly length: number;
  /** Called once at most. */
  open(): AsyncIterable<Uint8Array>;
}
