import type { DicomJson } from '../../../dicom/json/json-model';
import type { ImageFormat } from '../../frame';
import { numberOf } from '../attributes';

/** Whether a stored value is padding and therefore not part of the image. */
export type IsPadding = (stored: number) => boolean;

/**
 * Pixel Padding Value and Range Limit (PS3.3 C.7.5.1.1.2), and their counterparts for floating point pixels. All values
 * between the two are padding, both limits included.
 * @returns undefined when the image has no padding
 */
export function pixelPadding(dataSet: DicomJson, format: ImageFormat): IsPadding | undefined {
  const [value, limit] =
    format.sampleType === 'integer'
      ? ['00280120', '00280121']
      : format.bitsAllocated === 32
        ? ['00280122', '00280124']
        : ['00280123', '00280125'];
  const one = stored(numberOf(dataSet, value!), format);
  if (one === undefined) return undefined;
  const other = stored(numberOf(dataSet, limit!), format) ?? one;
  const least = Math.min(one, other);
  const most = Math.max(one, other);
  return (sample) => sample >= least && sample <= most;
}

/** Some writers confuse signed and unsigned values; the bits are the same. */
function stored(value: number | undefined, { sampleType, signed, bitsAllocated }: ImageFormat): number | undefined {
  if (value === undefined || sampleType === 'float' || bitsAllocated > 16) return value;
  if (signed && value >= 2 ** (bitsAllocated - 1)) return value - 2 ** bitsAllocated;
  if (!signed && value < 0) return value + 2 ** bitsAllocated;
  return value;
}
