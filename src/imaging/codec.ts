import type { Frame, ImageFormat } from './frame';

/** Why a code stream could not be decoded, or a frame could not be encoded. Messages never quote image content. */
export class CodecError extends Error {
  override readonly name = 'CodecError';

  /**
   * @param reason malformed: the bytes are not a code stream, or too little of it is left; unsupported: no codec here
   * can handle this kind; too-large: it would need more memory than a request may take
   * @param needed the memory that would be enough, in bytes, when the isolate has more than the work was given
   */
  constructor(
    readonly reason: 'malformed' | 'unsupported' | 'too-large',
    message: string,
    readonly needed?: number,
  ) {
    super(message);
  }
}

/**
 * Decodes one frame.
 * @param codeStream the frame's fragments, joined; it may end with a padding byte
 * @param format the format in the instance's attributes; where the code stream differs, the code stream counts
 * @param room bytes of memory that the work may take at once; by default, all the memory that an isolate has for images
 * @returns a frame with bytes of its own and interleaved samples (planarConfiguration 0). Its format describes the
 * result: colours that the compression transformed (YBR_RCT, YBR_ICT, YBR_FULL_422 in JPEG) are RGB
 * @throws CodecError
 */
export type Decode = (codeStream: Uint8Array, format: ImageFormat, room?: number) => Promise<Frame>;

/** The code stream of a frame, and the format that its instance must then declare. */
export interface EncodedFrame {
  readonly codeStream: Uint8Array;
  readonly format: ImageFormat;
}

/** Options of `Encode`. */
export interface EncodeOptions {
  /** For lossy encoders: 1 to 100. */
  readonly quality?: number;
  /** Bytes of memory, as for `Decode`. */
  readonly room?: number;
}

/**
 * Encodes one frame. With a lossless encoder, decoding gives exactly the same samples.
 * @throws CodecError `unsupported` for a format that the compression cannot hold
 */
export type Encode = (frame: Frame, options?: EncodeOptions) => Promise<EncodedFrame>;
