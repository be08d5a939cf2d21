/** What a code stream turned out to be. */
export interface CodeStream {
  readonly transferSyntaxUID: string;
  /** Offset of the first byte that belongs into a fragment: after the boxes of a JP2 file, otherwise 0. */
  readonly offset: number;
  /** Length of the code stream in bytes from `offset`, when a box around it gives the length. */
  readonly length?: number;
  /** Bits of a sample for JPEG with cosine transforms: a baseline decoder cannot decode 12 bits. */
  readonly precision?: number;
}

/** The start of the UIDs of compressed transfer syntaxes, which differ in the last part. */
export const COMPRESSED = '1.2.840.10008.1.2.4.';
