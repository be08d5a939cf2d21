/** A picture of 8-bit samples that is made a row at a time, so that none need be held whole. */
export interface RowSource {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  /** Writes row `y`, from 0 at the top, of width * samples bytes. */
  row(y: number, into: Uint8Array): void;
  /** All rows, where they lie somewhere as they are. */
  readonly whole?: Uint8Array;
}
