/**
 * What the replaced Study Instance UIDs stand for that searches have told to principals who see all of an archive
 * de-identified. A replacement is a digest, which cannot be reversed, and an archive has too many studies to compare all of them.
 * The same key of the archive makes all of these replacements.
 */
export interface DeidentifiedStudies {
  /** Keeps studies by their replaced UIDs. One that is kept already stays. */
  keep(studies: ReadonlyMap<string, string>): Promise<void>;
  /** @returns the studies that are kept, and that can be seen, by their replaced UIDs */
  find(replaced: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
