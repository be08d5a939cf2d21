/** The median of some numbers; 0 if there are none. @param {readonly number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/**
 * The number below which a part of some numbers lies; 0 if there are none.
 * @param {readonly number[]} numbers
 * @param {number} part from 0, the smallest, to 1, the largest
 */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
