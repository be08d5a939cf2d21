/** What was asked is more work than the index does for one request. */
export class TooMuchWorkError extends Error {
  override readonly name = 'TooMuchWorkError';
}

/** The stores below the archive do not answer for the moment. What was asked may be asked again, later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
