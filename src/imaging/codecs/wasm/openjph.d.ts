import type { Glue } from '../wasm-codec';
import type { Decoder, Encoder } from './classes';

export interface OpenJPH {
  readonly HTJ2KDecoder: new () => Decoder;
  readonly HTJ2KEncoder: new () => Encoder & {
    setDecompositions(levels: number): void;
    setQuality(lossless: boolean, quantizationStep: number): void;
    /** @param order 0 LRCP, 1 RLCP, 2 RPCL, 3 PCRL, 4 CPRL */
    setProgressionOrder(order: number): void;
    setTLMMarker(present: boolean): void;
    setTilePartDivisionsAtResolutions(divided: boolean): void;
  };
}

declare const glue: Glue<OpenJPH>;
export default glue;
