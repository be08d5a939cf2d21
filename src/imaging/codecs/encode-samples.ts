import type { Region } from './coding';
import type { Encoder } from './wasm/classes';
import type { Take } from './wasm-codec';

/** The parts of encoding that are specific to a compression. */
export interface Encoding<Kind> {
  /** Writes the samples into the codec's memory. */
  fill(space: Uint8Array): void;
  configure(encoder: Kind): void;
  readonly colourTransform?: boolean;
}

/** @see Coding */
interface Sizes {
  readonly precision: number;
  readonly format: { readonly samplesPerPixel: number };
}

/** Encodes a region of an image with a class of the glue. @returns its code stream */
export function encodeSamples<Kind extends Encoder>(
  encoder: Kind,
  { precision, format }: Sizes,
  region: Region,
  take: Take,
  encoding: Encoding<Kind>,
): Uint8Array {
  const space = encoder.getDecodedBuffer({
    width: region.width,
    height: region.height,
    bitsPerSample: precision,
    componentCount: format.samplesPerPixel,
    isSigned: false,
    isUsingColorTransform: encoding.colourTransform ?? false,
  });
  encoding.fill(space);
  encoding.configure(encoder);
  encoder.encode();
  const view = encoder.getEncodedBuffer();
  const bytes = take(view);
  // When the result took over the codec's memory, there is nothing to delete.
  if (bytes.buffer !== view.buffer) encoder.delete();
  return bytes;
}
