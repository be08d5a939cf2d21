import type { DicomJson } from '../../dicom/json/json-model';
import { CodecError } from '../../imaging/codec';
import { gifEnd, gifFrame, gifHeader } from '../../imaging/encoders/gif';
import { encodeJP2 } from '../../imaging/encoders/jp2';
import { encodeJPEG } from '../../imaging/encoders/jpeg';
import { encodePNG } from '../../imaging/encoders/png';
import { frameBytes } from '../../imaging/frame';
import type { Raster } from '../../imaging/raster';
import { frameDelay } from '../../imaging/render/frame-delay';
import { prepareRendering } from '../../imaging/render/prepare';
import type { Rendering, RenderSettings } from '../../imaging/render/settings';
import { picturingBytes } from '../../imaging/working-memory';
import type { Body } from '../body/body';
import { bytesPiece, type Piece } from '../body/pieces';
import type { PiecesInTurn } from '../body/stream-in-turn';
import { concatenated, discard } from '../bytes';
import type { Leased } from '../memory/image-memory';
import type { Lease } from '../memory/ledger';
import { FramePlaces } from '../retrieve/frames';
import { type InstanceData, valuesOf } from '../retrieve/instance-data';
import type { InstanceRow } from '../rows';
import { TooMuchWorkError } from '../unavailable';
import { ensureFrames, loggingBreak } from './ensure-frames';
import { decodedFrame, type Image } from './transcode';

/** Media types of rendered images: PS3.18 table 8.7.4-1. The first is the default. */
export const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/jp2'] as const;
/** One of the media types above. */
export type PictureType = (typeof PICTURE_TYPES)[number];

/** How a request wants its picture: PS3.18 8.3.5. */
export interface PictureOptions {
  readonly mediaType: PictureType;
  readonly settings: RenderSettings;
  /** Quality of a JPEG, 1 to 100. */
  readonly quality?: number;
}

/** Frames of one animation at most. */
const LONGEST_ANIMATION = 2000;

/** An image whose frames can be rendered. */
export interface RenderableImage extends Image {
  readonly data: InstanceData;
  /** The presentation state of the settings, which has values of its own outside its metadata. */
  readonly presentationState?: InstanceRow;
}

/**
 * Renders a frame: decodes it, sends it through the grayscale or colour pipeline (PS3.4 N.2), and encodes it.
 * @throws CodecError, RenderError, ObjectMissing, TooMuchWorkError, UnavailableError
 */
export async function picture(
  image: RenderableImage,
  number: number,
  options: PictureOptions,
): Promise<Leased<Uint8Array>> {
  const rendering = await prepared(image, options.settings);
  const { value: raster, lease } = await rasterOf(image, rendering, number, options.mediaType);
  return await encoded(raster, lease, options);
}

async function encoded(raster: Raster, lease: Lease, options: PictureOptions): Promise<Leased<Uint8Array>> {
  try {
    const value = await encode(raster, options);
    discard(raster.bytes, value);
    lease.shrink(value.buffer.byteLength);
    return { value, lease };
  } catch (error) {
    lease.release();
    throw error;
  }
}

async function encode(raster: Raster, { mediaType, quality }: PictureOptions): Promise<Uint8Array> {
  switch (mediaType) {
    case 'image/jpeg':
      return await encodeJPEG(raster, quality);
    case 'image/png':
      return await encodePNG(raster);
    case 'image/jp2':
      return await encodeJP2(raster);
    case 'image/gif':
      return await gifOf(raster);
  }
}

async function gifOf(raster: Raster): Promise<Uint8Array> {
  return concatenated([gifHeader(raster.width, raster.height, false), await gifFrame(raster, 0), gifEnd()]);
}

/**
 * Renders frames as one animated GIF: PS3.18 8.7.4 has it for multi-frame images. Its length is not known before the
 * last frame.
 * @param most samples of all frames together
 * @throws as picture, for the first frame; a failure after that breaks the body off. TooMuchWorkError for more samples
 */
export async function animation(
  image: RenderableImage,
  numbers: readonly number[],
  settings: RenderSettings,
  most: number,
): Promise<Body> {
  if (numbers.length > LONGEST_ANIMATION)
    throw new CodecError('too-large', 'the image has too many frames to be animated');
  const rendering = await prepared(image, settings);
  boundSamples(rendering, numbers, most);
  const delay = Math.round(frameDelay(image.data.dataSet) / 10);
  const inTurn = { ...image, places: new FramePlaces(image.archive, image.row) };
  await ensureFrames(inTurn, inTurn.places, numbers, false);
  const first = await rasterOf(inTurn, rendering, numbers[0]!, 'image/gif');
  let { lease } = first;
  const release = () => lease.release();
  const pieces = async function* (): PiecesInTurn & AsyncGenerator<Piece> {
    try {
      yield bytesPiece(gifHeader(first.value.width, first.value.height, true));
      yield bytesPiece(await gifFrame(first.value, delay));
      for (const number of numbers.slice(1)) {
        release();
        const next = await loggingBreak(image.row, number, () => rasterOf(inTurn, rendering, number, 'image/gif'));
        lease = next.lease;
        yield bytesPiece(await gifFrame(next.value, delay));
      }
      yield bytesPiece(gifEnd());
    } finally {
      release();
    }
  };
  return { pieces: pieces(), release };
}

/**
 * Refuses a response whose pictures would take the isolate's thread for too long.
 * @param most samples of all pictures together
 * @throws TooMuchWorkError; RenderError when a picture cannot be made at all
 */
export async function ensureSamples(
  image: RenderableImage,
  numbers: readonly number[],
  settings: RenderSettings,
  most: number,
): Promise<void> {
  boundSamples(await prepared(image, settings), numbers, most);
}

function boundSamples(rendering: Rendering, numbers: readonly number[], most: number): void {
  let samples = 0;
  for (const number of numbers) {
    samples += rendering.rasterBytes(number);
    if (samples > most) throw new TooMuchWorkError();
  }
}

async function prepared(image: RenderableImage, settings: RenderSettings): Promise<Rendering> {
  const { archive, row, format, data, presentationState } = image;
  const values = valuesOf(archive, presentationState === undefined ? [row] : [row, presentationState]);
  return await prepareRendering(data.dataSet, format, values, settings);
}

/** Releases the decoded frame as soon as the raster no longer needs it. */
async function rasterOf(
  image: RenderableImage,
  rendering: Rendering,
  number: number,
  mediaType: PictureType,
): Promise<Leased<Raster>> {
  const most = rendering.rasterBytes(number);
  const later = Math.max(frameBytes(image.format) + 2 * most, picturingBytes(mediaType, most));
  const { value: frame, lease } = await decodedFrame(image, number, later);
  try {
    const raster = await rendering.render(frame, number);
    discard(frame.bytes, raster.bytes);
    lease.shrink(picturingBytes(mediaType, raster.bytes.length));
    return { value: raster, lease };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** The number of the frame that represents an image: Representative Frame Number (0028,6010), PS3.3 C.7.6.6. */
export function representativeFrame(dataSet: DicomJson, count: number, otherwise = 1): number {
  const number = Number(dataSet['00286010']?.Value?.[0]);
  return Number.isInteger(number) && number >= 1 && number <= count ? number : otherwise;
}
