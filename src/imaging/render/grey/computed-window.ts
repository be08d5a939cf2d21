import type { IsPadding } from './padding';
import type { StoredValues } from './stored-values';

/** The lowest and the highest value of an image. */
export interface ValueRange {
  readonly lowest: number;
  readonly highest: number;
}

/** The fraction of values that may be cut off at each end. Otherwise a few bright points would make the rest dark. */
const CUT = 0.005;

/** An image with so few distinct values is a label map or a drawing: each value counts, even a rare one. */
const FEW = 256;

const BINS = 4096;
const BLOCK = 1 << 14;

/**
 * Computes the range of values to show for a frame whose file has no window. With few distinct values, the range holds all
 * of them without padding; otherwise, the values between the percentiles 0.5 and 99.5.
 * @param modality maps stored values to the values of the range
 */
export function computedRange(
  values: StoredValues,
  pixels: number,
  modality: (stored: number) => number,
  isPadding: IsPadding | undefined,
): ValueRange {
  const counted = values.tabular
    ? countedValues(values, pixels, modality, isPadding)
    : binnedValues(values, pixels, modality, isPadding);
  if (counted.length === 0) return { lowest: 0, highest: 0 };
  const all = { lowest: counted[0]!.value, highest: counted.at(-1)!.value };
  if (counted.length <= FEW) return all;
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  const lowest = percentile(counted, total * CUT);
  const highest = percentile(counted, total * (1 - CUT));
  return highest > lowest ? { lowest, highest } : all;
}

interface Counted {
  readonly value: number;
  readonly count: number;
}

function percentile(counted: readonly Counted[], rank: number): number {
  let seen = 0;
  for (const { value, count } of counted) {
    seen += count;
    if (seen >= rank) return value;
  }
  return counted.at(-1)!.value;
}

function countedValues(
  values: StoredValues,
  pixels: number,
  modality: (stored: number) => number,
  isPadding: IsPadding | undefined,
): Counted[] {
  const counts = new Uint32Array(2 ** values.bits);
  const block = new Uint16Array(BLOCK);
  for (let first = 0; first < pixels; first += BLOCK) {
    const count = Math.min(BLOCK, pixels - first);
    values.patterns(first, count, block);
    for (let at = 0; at < count; at++) counts[block[at]!]!++;
  }
  const counted: Counted[] = [];
  counts.forEach((count, pattern) => {
    const stored = values.valueOf(pattern);
    if (count > 0 && !isPadding?.(stored)) counted.push({ value: modality(stored), count });
  });
  return counted.sort((one, other) => one.value - other.value);
}

/** Values of a frame that needs too large a table, rounded to 1/4096 of their range. */
function binnedValues(
  values: StoredValues,
  pixels: number,
  modality: (stored: number) => number,
  isPadding: IsPadding | undefined,
): Counted[] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  const block = new Float64Array(BLOCK);
  const each = (visit: (value: number) => void) => {
    for (let first = 0; first < pixels; first += BLOCK) {
      const count = Math.min(BLOCK, pixels - first);
      values.values(first, count, block);
      for (let at = 0; at < count; at++) {
        const stored = block[at]!;
        if (Number.isFinite(stored) && !isPadding?.(stored)) visit(modality(stored));
      }
    }
  };
  each((value) => {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  });
  if (!(highest > lowest)) return Number.isFinite(lowest) ? [{ value: lowest, count: 1 }] : [];
  const counts = new Uint32Array(BINS + 1);
  each((value) => {
    counts[Math.round(((value - lowest) / (highest - lowest)) * BINS)]!++;
  });
  const counted: Counted[] = [];
  counts.forEach((count, bin) => {
    if (count > 0) counted.push({ value: lowest + ((highest - lowest) * bin) / BINS, count });
  });
  return counted;
}
