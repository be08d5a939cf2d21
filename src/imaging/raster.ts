/** An image as a screen shows it: 8 bits a sample, grey (one sample) or RGB (three, together), rows from the top. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  /** width * height * samples */
  readonly bytes: Uint8Array;
  /** ICC profile that the samples are in, to be embedded; absent: none is. */
  readonly iccProfile?: Uint8Array;
}
