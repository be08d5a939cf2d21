import type { DicomJson } from '../../dicom/json/json-model';
import { numberOf, numbersOf } from './attributes';

const DEFAULT_DELAY = 100;

/**
 * The display time of one frame of a cine, in milliseconds (PS3.3 C.7.6.5), by Frame Time, the mean of Frame Time Vector,
 * Recommended Display Frame Rate or Cine Rate. It is 100 when none of these is present.
 */
export function frameDelay(dataSet: DicomJson): number {
  const steps = numbersOf(dataSet, '00181065').slice(1);
  const mean = steps.length > 0 ? steps.reduce((sum, step) => sum + step, 0) / steps.length : undefined;
  const times = [numberOf(dataSet, '00181063'), mean];
  const rates = [numberOf(dataSet, '00082144'), numberOf(dataSet, '00180040')];
  const delays = [...times, ...rates.map((rate) => rate && 1000 / rate)];
  return delays.find((delay) => delay !== undefined && delay > 0 && Number.isFinite(delay)) ?? DEFAULT_DELAY;
}
