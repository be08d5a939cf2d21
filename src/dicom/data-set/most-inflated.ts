/** A data set, or a file in a ZIP archive, may always be as long as this, inflated. */
const FREE_BYTES = 256 * 1024 ** 2;
const MAX_RATIO = 100;

/**
 * How many bytes may come out of deflated ones. Beyond `freeBytes`, the length is limited to a multiple of the deflated
 * length: pixels rarely shrink that much, and data made to shrink, by up to a thousand times, would cost the server far
 * more than its sender.
 * @param freeBytes that may come out of any
 */
export function mostInflated(deflatedBytes: number, freeBytes = FREE_BYTES): number {
  return freeBytes + MAX_RATIO * deflatedBytes;
}
