/** What compressed bytes turned out to be. */
export interface CodeStream {
  readonly transferSyntaxUID: string;
  /** Of the first byte that belongs into a fragment: after the boxes of a JP2 file, else 0. */
  readonly offset: number;
  /** Bytes of the code stream from there, when a box around it tells. */
  readonly length?: number;
  /** Bits of a sample of JPEG with cosine transforms: no baseline decoder takes 12. */
  readonly precision?: number;
}

/** Transfer syntax UIDs of one compression differ in their last part. */
export const COMPRESSED = '1.2.840.10008.1.2.4.';
