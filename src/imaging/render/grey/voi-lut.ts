import type { DicomJson } from '../../../dicom/json/json-model';
import { itemsOf, numberOf, textOf } from '../attributes';
import type { Window } from '../settings';
import { entryFor, type LookupTable } from './lookup-table';

/** Maps Modality LUT output to the range from 0 to 1. */
export type ValueOfInterest = (value: number) => number;

/** The window as a function: PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT), C.11.2.1.3.1 (SIGMOID). */
export function windowed({ center, width, function: name }: Window): ValueOfInterest {
  if (name === 'sigmoid') return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (name === 'linear' && width >= 1) {
    const middle = center - 0.5;
    const half = (width - 1) / 2;
    return (value) => {
      if (value <= middle - half) return 0;
      if (value > middle + half) return 1;
      return (value - middle) / (width - 1) + 0.5;
    };
  }
  return (value) => {
    if (value <= center - width / 2) return 0;
    if (value > center + width / 2) return 1;
    return (value - center) / width + 0.5;
  };
}

/** A VOI LUT as a function. The bits of its descriptor give the output range of the table (PS3.3 C.11.2.1.1). */
export function tabulated(table: LookupTable): ValueOfInterest {
  const most = 2 ** table.bits - 1;
  return (value) => Math.min(1, entryFor(table, value) / most);
}

/** Spreads a range of values over the whole output. Every value becomes 0 when the range has only one value. */
export function spread(lowest: number, highest: number): ValueOfInterest {
  if (!(highest > lowest)) return () => 0;
  return (value) => Math.min(1, Math.max(0, (value - lowest) / (highest - lowest)));
}

/**
 * The first Window Center and Width of an image, a Frame VOI LUT or a Softcopy VOI LUT item.
 * @returns undefined when there is no window, or no function accepts it
 */
export function windowOf(dataSet: DicomJson): Window | undefined {
  const center = numberOf(dataSet, '00281050');
  const width = numberOf(dataSet, '00281051');
  if (center === undefined || width === undefined || width <= 0) return undefined;
  const name = textOf(dataSet, '00281056');
  return {
    center,
    width,
    function: name === 'SIGMOID' ? 'sigmoid' : name === 'LINEAR_EXACT' ? 'linear-exact' : 'linear',
  };
}

/** The first item of a VOI LUT Sequence. */
export function tableItem(dataSet: DicomJson): DicomJson | undefined {
  return itemsOf(dataSet, '00283010')[0];
}
