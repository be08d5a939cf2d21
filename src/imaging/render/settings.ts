import type { DicomJson } from '../../dicom/json-model';
import type { Frame } from '../frame';
import type { Raster } from '../raster';

/** Whether an image cannot be rendered as asked for, or not at all. Messages never quote what a data set holds. */
export class RenderError extends Error {
  override readonly name = 'RenderError';

  constructor(
    readonly reason: 'bad-request' | 'unsupported',
    message: string,
  ) {
    super(message);
  }
}

/** A part of an image, in its pixels from its upper left corner; a negative width or height turns it over. */
export interface SourceRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** PS3.18 8.3.5.1.3. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
  readonly source?: SourceRegion;
}

/** PS3.3 C.11.2.1.2, C.11.2.1.3: in what the modality LUT gives. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly function: 'linear' | 'linear-exact' | 'sigmoid';
}

/** How a picture is wanted (PS3.18 8.3.5.1, 9.1.2.2). */
export interface RenderSettings {
  readonly viewport?: Viewport;
  /** In the place of the file's VOI LUTs; colour images have none. */
  readonly window?: Window;
  /** Lines of text burnt in. */
  readonly annotation?: readonly ('patient' | 'technique')[];
  /** Which ICC profile is embedded, and the colours converted to; `no` when absent. */
  readonly iccprofile?: 'no' | 'yes' | 'srgb' | 'adobergb' | 'rommrgb';
  /** A Grayscale Softcopy Presentation State (PS3.3 A.33.1) to be applied. */
  readonly presentation?: DicomJson;
  /** Fractions of the image. */
  readonly region?: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  /** The most rows and columns of the picture, its aspect kept. */
  readonly rows?: number;
  readonly columns?: number;
}

/** The value of a binary attribute, inline or bulk, little-endian as explicit VR little endian has it. */
export type BytesOf = (attribute: DicomJson[string]) => Promise<Uint8Array | undefined>;

/** Frames of one instance as pictures, all read beforehand that is not the frame itself. */
export interface Rendering {
  /**
   * Gives way between rows: the next frame is rendered when this one is done.
   * @param frameNumber counted from 1
   * @returns a raster; its bytes may be the frame's own
   * @throws RenderError
   */
  render(frame: Frame, frameNumber: number): Promise<Raster>;
  /**
   * Bytes that the picture of a frame takes, told before the frame is there.
   * @throws RenderError
   */
  rasterBytes(frameNumber: number): number;
}
