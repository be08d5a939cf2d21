import { CodecError, type EncodedFrame } from '../../imaging/codec';
import type { ImageFormat } from '../../imaging/frame';
import { discard } from '../bytes';
import type { Lease } from '../memory/ledger';
import { FramePlaces } from '../retrieve/frames';
import { ensureFrames, loggingBreak } from './ensure-frames';
import { convertedFrame, type Image } from './transcode';

/**
 * The frames of an image in another transfer syntax. One frame is held at a time: a caller that asks for the next frame
 * must no longer use the one before.
 */
export class ConvertedFrames {
  private held: { readonly frame: EncodedFrame; readonly lease: Lease } | undefined;
  private ahead: { readonly number: number; readonly frame: EncodedFrame } | undefined;

  private readonly image: Image;
  private readonly places: FramePlaces;

  constructor(
    image: Image,
    readonly transferSyntaxUID: string,
  ) {
    this.places = new FramePlaces(image.archive, image.row);
    this.image = { ...image, places: this.places };
  }

  /**
   * Converts the first of the frames before its turn, so that the response can describe the converted pixels. It also
   * finds which of the others cannot be decoded, as far as their headers or the end of the file show it.
   * @param numbers all frames that the caller will ask for
   * @throws as convertedFrame
   */
  async begin(numbers: readonly number[]): Promise<EncodedFrame> {
    const number = numbers[0];
    if (number === undefined) throw new CodecError('malformed', 'the instance has no whole frame');
    await ensureFrames(this.image, this.places, numbers, true);
    const frame = await this.convert(number);
    this.ahead = { number, frame };
    return frame;
  }

  /**
   * Like `begin`, for frames that a client reads by the metadata of the instance (PS3.18 10.4.1.1.6), so they must be
   * what the metadata says.
   * @throws as begin; CodecError when the code stream holds another size or number of samples
   */
  async beginAsDescribed(numbers: readonly number[]): Promise<EncodedFrame> {
    const frame = await this.begin(numbers);
    if (isDescribed(frame.format, this.image.format)) return frame;
    this.release();
    throw new CodecError('unsupported', 'the decoded frame is not what the metadata of the instance describes');
  }

  /**
   * Converts one frame, when a part of the response has been sent. A failure of the frame is logged.
   * @throws as convertedFrame; CodecError when the frame differs in kind from the one that `begin` converted
   */
  async frame(number: number, like: EncodedFrame): Promise<EncodedFrame> {
    return await loggingBreak(this.image.row, number, async () => {
      const frame = this.ahead?.number === number ? this.ahead.frame : await this.convert(number);
      this.ahead = undefined;
      if (KIND.some((name) => frame.format[name] !== like.format[name])) {
        throw new CodecError('unsupported', 'the frames of the image differ in kind');
      }
      return frame;
    });
  }

  /** Releases the frame that is held. */
  release(): void {
    if (this.held !== undefined) {
      discard(this.held.frame.codeStream);
      this.held.lease.release();
    }
    this.held = undefined;
    this.ahead = undefined;
  }

  private async convert(number: number): Promise<EncodedFrame> {
    this.release();
    const { value, lease } = await convertedFrame(this.image, number, this.transferSyntaxUID);
    this.held = { frame: value, lease };
    return value;
  }
}

function isDescribed(frame: ImageFormat, named: ImageFormat): boolean {
  return (
    frame.rows === named.rows &&
    frame.columns === named.columns &&
    frame.samplesPerPixel === named.samplesPerPixel &&
    // A sample of 12 allocated bits takes two bytes in a code stream.
    Math.ceil(frame.bitsAllocated / 8) === Math.ceil(named.bitsAllocated / 8)
  );
}

/** The fields of a frame that an instance states once for all its frames. */
const KIND = [
  'rows',
  'columns',
  'samplesPerPixel',
  'bitsAllocated',
  'bitsStored',
  'signed',
  'photometricInterpretation',
] as const;
