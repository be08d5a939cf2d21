/** The request asks for more work than the index does for one request. */
export class TooMuchWorkError extends Error {
  override readonly name = 'TooMuchWorkError';
}

/** The index refuses the content that it was given, and would refuse it again. It keeps none of it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /** @param reason too-large: the content is too large; refused: the index does not accept such content */
  constructor(readonly reason: 'too-large' | 'refused') {
    super(reason);
  }
}

/** The services behind the archive do not answer at the moment. The client may send the request again later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
