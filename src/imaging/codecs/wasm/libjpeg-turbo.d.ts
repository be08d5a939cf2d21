import type { Glue } from '../wasm-codec';
import type { Decoder, Encoder } from './classes';

export interface LibjpegTurbo {
  readonly JPEGDecoder: new () => Decoder;
  readonly JPEGEncoder: new () => Encoder & {
    setProgressive(progressive: number): void;
    setQuality(quality: number): void;
    /** @param sampling TurboJPEG's number: 0 is 4:4:4, 1 is 4:2:2 */
    setSubSampling(sampling: number): void;
  };
}

declare const glue: Glue<LibjpegTurbo>;
export default glue;
