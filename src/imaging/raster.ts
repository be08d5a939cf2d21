/** An image for a screen: 8 bits per sample, grey (one sample) or RGB (three samples, interleaved), rows from the top. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  /** width * height * samples */
  readonly bytes: Uint8Array;
  /** The ICC profile of the samples, to be embedded. Absent: no profile is embedded. */
  readonly iccProfile?: Uint8Array;
}
