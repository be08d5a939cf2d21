/** The limits for reading one instance. */
export interface ReaderLimits {
  /** Binary values (OB OW OF OD OL OV UN) longer than this become a BulkDataURI; bytes. */
  maxInlineBytes: number;
  /** Any other value longer than this becomes a BulkDataURI too; bytes. */
  maxValueBytes: number;
  /** Maximum JSON text of one instance; UTF-16 code units. */
  maxMetadataCharacters: number;
  /** Maximum text of the bulk ranges, which the index keeps in one row; UTF-16 code units. */
  maxLayoutCharacters: number;
  /** Maximum depth of nested sequences. */
  maxDepth: number;
  /** Maximum length of an inflated data set; bytes. */
  maxInflatedBytes: number;
  /** Maximum number of fragments of encapsulated pixel data. */
  maxFragments: number;
}

/** The limits that apply unless a caller sets others. */
export const DEFAULT_READER_LIMITS: ReaderLimits = {
  maxInlineBytes: 4096,
  maxValueBytes: 65_536,
  maxMetadataCharacters: 16 * 1024 * 1024,
  maxLayoutCharacters: 1_500_000,
  maxDepth: 256,
  maxInflatedBytes: 4 * 1024 ** 3,
  maxFragments: 1_000_000,
};
