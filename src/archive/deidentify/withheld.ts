/** An instance exists, but is not served through a de-identification: its pixels may identify the patient. */
export class WithheldError extends Error {
  override readonly name = 'WithheldError';

  /** @param reason as identifyingPixels or pixelClearing gives it: no value of the instance */
  constructor(readonly reason: string) {
    super(reason);
  }
}
