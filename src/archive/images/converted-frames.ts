import { CodecError, type EncodedFrame } from '../../imaging/codec';
import { discard } from '../bytes';
import type { Lease } from '../memory/ledger';
import { FramePlaces } from '../retrieve/frames';
import type { InstanceRow } from '../rows';
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
   * Converts the first of the frames before its turn, so that the response can describe the converted pixels. Finds
   * frames without data before anything is sent; slide scanners write such frames for areas without tissue.
   * @param numbers all frames that the caller will ask for
   * @throws as convertedFrame
   */
  async begin(numbers: readonly number[]): Promise<EncodedFrame> {
    const number = numbers[0]!;
    await ensureData(this.image.row, this.places, numbers);
    const frame = await this.convert(number);
    this.ahead = { number, frame };
    return frame;
  }

  /**
   * Converts one frame.
   * @throws as convertedFrame; CodecError when the frame differs in kind from the one that `begin` converted
   */
  async frame(number: number, like: EncodedFrame): Promise<EncodedFrame> {
    const frame = this.ahead?.number === number ? this.ahead.frame : await this.convert(number);
    this.ahead = undefined;
    if (KIND.some((name) => frame.format[name] !== like.format[name])) {
      throw new CodecError('unsupported', 'the frames of the image differ in kind');
    }
    return frame;
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

/** No JPEG of any kind is shorter: its markers alone take more bytes. */
const SHORTEST_JPEG = 12;

/** @throws CodecError malformed when one of the frames is empty or holds only padding */
async function ensureData(row: InstanceRow, places: FramePlaces, numbers: readonly number[]): Promise<void> {
  if (row.layout.pixels?.kind !== 'encapsulated') return;
  const least = row.transferSyntaxUID.startsWith('1.2.840.10008.1.2.4.') ? SHORTEST_JPEG : 1;
  const pieces = await places.expect(numbers);
  if (pieces.some(({ length }) => length < least)) throw new CodecError('malformed', 'a frame has no data');
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
