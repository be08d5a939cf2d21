import { CodecError } from '../codec';
import { bytesOfSample, type CodedSamples } from './samples';
import type { Decoder } from './wasm/classes';
import type { Take } from './wasm-codec';

/**
 * Decodes with a class of the glue. The result must have the size that was read from the code stream.
 * @param prepare changes the code stream in the codec's memory
 * @returns one or two bytes for each sample
 * @throws CodecError
 */
export function decodeSamples<Kind extends Decoder>(
  decoder: Kind,
  codeStream: Uint8Array,
  coded: CodedSamples,
  take: Take,
  prepare: (space: Uint8Array) => void = () => {},
  finish: (decoder: Kind) => void = () => {},
): Uint8Array {
  const space = decoder.getEncodedBuffer(codeStream.length);
  space.set(codeStream);
  prepare(space);
  decoder.decode();
  const view = decoder.getDecodedBuffer();
  const { width, height, componentCount } = decoder.getFrameInfo();
  const { rows, columns, samples, precision } = coded;
  const same = width === columns && height === rows && componentCount === samples;
  if (!same || view.byteLength !== rows * columns * samples * bytesOfSample(precision)) {
    throw new CodecError('malformed', 'the decoded image does not match the header of the code stream');
  }
  const bytes = take(view);
  finish(decoder);
  // When the result took over the codec's memory, there is nothing to delete.
  if (bytes.buffer !== view.buffer) decoder.delete();
  return bytes;
}
