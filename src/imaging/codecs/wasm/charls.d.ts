import type { Glue } from '../wasm-codec';
import type { Decoder, Encoder } from './classes';

export interface CharLS {
  readonly JpegLSDecoder: new () => Decoder & {
    /** ILV of the scan header (T.87 C.2.3). */
    getInterleaveMode(): number;
  };
  readonly JpegLSEncoder: new () => Encoder & {
    setInterleaveMode(mode: number): void;
    setNearLossless(near: number): void;
  };
}

declare const glue: Glue<CharLS>;
export default glue;
