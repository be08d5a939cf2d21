import type { Glue } from '../wasm-codec';
import type { Decoder, Encoder } from './classes';

export interface OpenJPEG {
  readonly J2KDecoder: new () => Decoder;
  readonly J2KEncoder: new () => Encoder & {
    setDecompositions(levels: number): void;
    setQuality(lossless: boolean, layers: number): void;
    /** @param order 0 LRCP, 1 RLCP, 2 RPCL, 3 PCRL, 4 CPRL */
    setProgressionOrder(order: number): void;
  };
}

declare const glue: Glue<OpenJPEG>;
export default glue;
