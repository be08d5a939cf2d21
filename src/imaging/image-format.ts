import type { DicomJson } from '../dicom/json/json-model';
import type { ImageFormat } from './frame';

/** Reads the Image Pixel Module (PS3.3 C.7.6.3) of a data set. @returns undefined when it does not describe an image */
export function imageFormat(dataSet: DicomJson): ImageFormat | undefined {
  const number = (tag: string): number | undefined => {
    const value = Number(dataSet[tag]?.Value?.[0] ?? Number.NaN);
    return Number.isInteger(value) ? value : undefined;
  };
  const float = dataSet['7FE00008'] !== undefined ? 32 : dataSet['7FE00009'] !== undefined ? 64 : undefined;
  const sampleType = float !== undefined && dataSet['7FE00010'] === undefined ? 'float' : 'integer';
  const bitsAllocated = (sampleType === 'float' ? float : undefined) ?? number('00280100');
  const rows = number('00280010');
  const columns = number('00280011');
  if (!rows || !columns || !bitsAllocated || bitsAllocated > 64) return undefined;
  const samplesPerPixel = number('00280002') || 1;
  const bitsStored = within(number('00280101'), bitsAllocated) ?? bitsAllocated;
  return {
    rows,
    columns,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    highBit: number('00280102') ?? bitsStored - 1,
    signed: number('00280103') === 1,
    photometricInterpretation: String(
      dataSet['00280004']?.Value?.[0] ?? (samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2'),
    ).trim(),
    planarConfiguration: number('00280006') ?? 0,
    sampleType,
  };
}

/**
 * The format of native frames, corrected by their length: frames with three samples for every pixel cannot be
 * YBR_FULL_422, which has two (PS3.3 C.7.6.3.1.2). JPEG decompressors leave that name on RGB, and nothing shows another
 * format.
 * @param bitsPerFrame computed from the length of the pixel data
 */
export function formatByLength(format: ImageFormat, bitsPerFrame: number): ImageFormat {
  const { rows, columns, samplesPerPixel, bitsAllocated, photometricInterpretation } = format;
  const full = samplesPerPixel === 3 && bitsPerFrame >= rows * columns * 3 * bitsAllocated;
  return full && photometricInterpretation.endsWith('_422') ? { ...format, photometricInterpretation: 'RGB' } : format;
}

function within(value: number | undefined, most: number): number | undefined {
  return value !== undefined && value > 0 && value <= most ? value : undefined;
}
