/** What was asked is more work than the index does for one request. */
export class TooMuchWorkError extends Error {
  override readonly name = 'TooMuchWorkError';
}

/** The index refuses what it was to keep for what it is, and would refuse it again. Nothing of it is kept. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /** @param reason too-large: there is too much of it; refused: it is not what the index takes */
  constructor(readonly reason: 'too-large' | 'refused') {
    super(reason);
  }
}

/** The stores below the archive do not answer for the moment. What was asked may be asked again, later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
