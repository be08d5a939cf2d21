import type { Frame, ImageFormat } from './frame';

/** Why a code stream could not be decoded, or a frame not be encoded. Messages never quote what an image holds. */
export class CodecError extends Error {
  override readonly name = 'CodecError';

  /**
   * @param reason malformed: the code stream is none, or cut short beyond use; unsupported: of a kind that no codec here
   * takes; too-large: it would need more memory than a request may have
   * @param needed the memory that would do, bytes, where more is to be had than the work was given
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
 * @param codeStream of the frame, fragments joined; it may end in a byte of padding
 * @param format as the instance's attributes describe it; the code stream itself decides where they differ
 * @param room bytes that the work may take at once; absent: all that an isolate has for it
 * @returns a frame of its own bytes, samples of a pixel together (planarConfiguration 0), whose format says what came out:
 * colours that the compression had transformed (YBR_RCT, YBR_ICT, YBR_FULL_422 in JPEG) are RGB then
 * @throws CodecError
 */
export type Decode = (codeStream: Uint8Array, format: ImageFormat, room?: number) => Promise<Frame>;

/** A frame's code stream, and how its instance has to be described. */
export interface EncodedFrame {
  readonly codeStream: Uint8Array;
  readonly format: ImageFormat;
}

export interface EncodeOptions {
  /** 1 to 100, for lossy ones. */
  readonly quality?: number;
  /** As for `Decode`. */
  readonly room?: number;
}

/**
 * Encodes one frame. Lossless encoders give back, decoded, the very samples.
 * @throws CodecError `unsupported` for a format that the compression cannot hold
 */
export type Encode = (frame: Frame, options?: EncodeOptions) => Promise<EncodedFrame>;
