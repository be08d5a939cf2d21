/**
 * A search names attributes that were replaced, and the other keys match more than can be compared. An answer that leaves some
 * of the matches out would look complete.
 */
export class TooManyToCompareError extends Error {
  override readonly name = 'TooManyToCompareError';
}
