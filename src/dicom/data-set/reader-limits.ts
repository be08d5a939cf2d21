/** What one instance may cost. */
export interface ReaderLimits {
  /** Binary values (OB OW OF OD OL OV UN) longer than this become BulkDataURI; bytes. */
  maxInlineBytes: number;
  /** Any other value longer than this becomes BulkDataURI too; bytes. */
  maxValueBytes: number;
  /** JSON text of one instance; UTF-16 code units. */
  maxMetadataCharacters: number;
  /** Text of the bulk ranges, which the index keeps in one row; UTF-16 code units. */
  maxLayoutCharacters: number;
  /** Nested sequences. */
  maxDepth: number;
  /** Data set of a deflated instance; bytes. */
  maxInflatedBytes: number;
  /** Fragments of encapsulated pixel data. */
  maxFragments: number;
}

export const DEFAULT_LIMITS: ReaderLimits = {
  maxInlineBytes: 4096,
  maxValueBytes: 65_536,
  maxMetadataCharacters: 16 * 1024 * 1024,
  maxLayoutCharacters: 1_500_000,
  maxDepth: 256,
  maxInflatedBytes: 4 * 1024 ** 3,
  maxFragments: 1_000_000,
};
