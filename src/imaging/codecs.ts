import type { Decode, Encode } from './codec';

const DECODERS: ReadonlyMap<string, Decode> = new Map();
const ENCODERS: ReadonlyMap<string, Encode> = new Map();

/** The decoder of a transfer syntax; undefined: there is none. */
export function decoderOf(transferSyntaxUID: string): Decode | undefined {
  return DECODERS.get(transferSyntaxUID);
}

/** The encoder of a transfer syntax; undefined: there is none. */
export function encoderOf(transferSyntaxUID: string): Encode | undefined {
  return ENCODERS.get(transferSyntaxUID);
}
