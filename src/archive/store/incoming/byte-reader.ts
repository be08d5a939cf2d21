/** The bytes of one part, as they arrive. A chunk is valid until the next read. */
export interface ByteReader {
  /** @returns null at the end */
  read(): Promise<Uint8Array | null>;
}
