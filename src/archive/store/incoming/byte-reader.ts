/** The bytes of one part, as they arrive. A chunk is valid until the next read. */
export interface ByteReader {
  /** @returns null at the end, and at every read after it */
  read(): Promise<Uint8Array | null>;
}
