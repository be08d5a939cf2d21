/** A picture with 8-bit samples that is produced row by row, so that the whole picture need not be in memory. */
export interface RowSource {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  /** Writes row `y`, counted from 0 at the top: width * samples bytes. */
  row(y: number, into: Uint8Array): void;
  /** All rows, if they are already in memory in this form. */
  readonly whole?: Uint8Array;
}
