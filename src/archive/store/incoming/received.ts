/** What is known of a received instance. The identity is incomplete when the file could not be read far enough. */
export interface Received {
  readonly sopClassUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
  readonly studyInstanceUID?: string | undefined;
  readonly seriesInstanceUID?: string | undefined;
}
