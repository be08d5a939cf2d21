/**
 * Studies by the replaced Study Instance UIDs that searches have returned to principals who see a whole archive
 * de-identified. A replaced UID is a digest, which cannot be reversed, and an archive has too many studies to compare
 * all of them. One key of the archive makes all these UIDs.
 */
export interface DeidentifiedStudies {
  /** Keeps studies by their replaced UIDs. One that is kept already stays. */
  keep(studies: ReadonlyMap<string, string>): Promise<void>;
  /** @returns the studies that are kept, and that can be seen, by their replaced UIDs */
  find(replaced: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
