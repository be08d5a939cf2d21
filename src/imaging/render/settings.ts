import type { DicomJson } from '../../dicom/json/json-model';
import type { Frame } from '../frame';
import type { Raster } from '../raster';

/** An image cannot be rendered as requested, or not at all. Messages never quote values of the data set. */
export class RenderError extends Error {
  override readonly name = 'RenderError';

  constructor(
    readonly reason: 'bad-request' | 'unsupported',
    message: string,
  ) {
    super(message);
  }
}

/** A part of an image, in pixels from the upper left corner. A negative width or height flips the part. */
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

/** A window (PS3.3 C.11.2.1.2, C.11.2.1.3), in the units of the Modality LUT output. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly function: 'linear' | 'linear-exact' | 'sigmoid';
}

/** The rendering that a request asks for (PS3.18 8.3.5.1, 9.1.2.2). */
export interface RenderSettings {
  readonly viewport?: Viewport;
  /** Replaces the VOI LUTs of the file. Colour images have no VOI LUT. */
  readonly window?: Window;
  /** Lines of text to burn into the picture. */
  readonly annotation?: readonly ('patient' | 'technique')[];
  /** The ICC profile to embed; colours are converted to it. Absent means `no`. */
  readonly iccprofile?: 'no' | 'yes' | 'srgb' | 'adobergb' | 'rommrgb';
  /** The Grayscale Softcopy Presentation State (PS3.3 A.33.1) to apply. */
  readonly presentation?: DicomJson;
  /** The part of the image to show, in fractions of the image. */
  readonly region?: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  /** The largest number of rows and columns of the picture. The aspect ratio is kept. */
  readonly rows?: number;
  readonly columns?: number;
}

/** Reads the value of a binary attribute, inline or bulk data, in little-endian byte order. */
export type BytesOf = (attribute: DicomJson[string]) => Promise<Uint8Array | undefined>;

/** Renders frames of one instance. Everything but the frame itself has been read before. */
export interface Rendering {
  /**
   * Renders one frame. Pauses between rows: start the next frame only after this one has finished.
   * @param frameNumber counted from 1
   * @returns a raster, which may share its bytes with the frame
   * @throws RenderError
   */
  render(frame: Frame, frameNumber: number): Promise<Raster>;
  /**
   * The bytes of memory that the picture of a frame needs, known before the frame is read.
   * @throws RenderError
   */
  rasterBytes(frameNumber: number): number;
}
