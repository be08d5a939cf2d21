import { CodecError } from '../codec';

/** Bytes that the samples of a frame, and what decoding them takes, may have beside the code stream: an isolate has 128 MiB. */
const MOST_BYTES = 48 * 1024 * 1024;

/** @throws CodecError too-large, before anything is allocated */
export function checkDecodedSize(bytes: number): void {
  if (bytes > MOST_BYTES) throw new CodecError('too-large', `A frame of ${bytes} bytes is too large to be decoded`);
}
