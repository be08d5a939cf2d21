import type { DicomJson } from '../../../../src/dicom/json/json-model';
import type { Frame, ImageFormat } from '../../../../src/imaging/frame';
import type { Raster } from '../../../../src/imaging/raster';
import { prepareRendering } from '../../../../src/imaging/render/prepare';
import type { BytesOf, RenderSettings } from '../../../../src/imaging/render/settings';

/** Attributes from tags to values: numbers, text, or items of a sequence. */
export function attributes(values: Record<string, unknown>): DicomJson {
  const dataSet: DicomJson = {};
  for (const [tag, value] of Object.entries(values)) {
    if (value instanceof Uint8Array) dataSet[tag] = inline(value);
    else dataSet[tag] = { vr: 'UN', Value: (Array.isArray(value) ? value : [value]) as never };
  }
  return dataSet;
}

export function inline(bytes: Uint8Array): DicomJson[string] {
  return { vr: 'OW', InlineBinary: btoa(String.fromCharCode(...bytes)) };
}

export const bytesOf: BytesOf = async ({ InlineBinary }) =>
  InlineBinary === undefined ? undefined : Uint8Array.from(atob(InlineBinary), (character) => character.charCodeAt(0));

export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

export function formatOf(columns: number, rows: number, options: Partial<ImageFormat> = {}): ImageFormat {
  const bitsAllocated = options.bitsAllocated ?? 8;
  const bitsStored = options.bitsStored ?? bitsAllocated;
  return {
    rows,
    columns,
    samplesPerPixel: 1,
    bitsAllocated,
    bitsStored,
    highBit: bitsStored - 1,
    signed: false,
    photometricInterpretation: options.samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2',
    planarConfiguration: 0,
    sampleType: 'integer',
    ...options,
  };
}

/** A row of samples as a frame one pixel high, unless the format says otherwise. */
export function rowOf(values: readonly number[], options: Partial<ImageFormat> = {}): Frame {
  const format = formatOf(values.length / (options.samplesPerPixel ?? 1), 1, options);
  return { format, bytes: bytesOfSamples(values, format) };
}

function bytesOfSamples(values: readonly number[], format: ImageFormat): Uint8Array {
  const { bitsAllocated, sampleType, signed } = format;
  if (sampleType === 'float') {
    return new Uint8Array((bitsAllocated === 32 ? Float32Array : Float64Array).from(values).buffer);
  }
  if (bitsAllocated === 8) return Uint8Array.from(values);
  if (bitsAllocated === 16) return new Uint8Array(Uint16Array.from(values).buffer);
  if (bitsAllocated === 32) return new Uint8Array((signed ? Int32Array : Uint32Array).from(values).buffer);
  throw new Error('no such samples');
}

export interface Rendered extends Raster {
  /** Samples of the picture as numbers. */
  readonly pixels: number[];
}

/** Renders a frame of an instance with these attributes. */
export async function rendered(
  frame: Frame,
  dataSet: Record<string, unknown> = {},
  settings: RenderSettings = {},
  frameNumber = 1,
): Promise<Rendered> {
  const rendering = await prepareRendering(attributes(dataSet), frame.format, bytesOf, settings);
  const raster = await rendering.render(frame, frameNumber);
  return { ...raster, pixels: [...raster.bytes] };
}

export async function pixelsOf(...args: Parameters<typeof rendered>): Promise<number[]> {
  return (await rendered(...args)).pixels;
}
