/** Bytes of index rows that an isolate keeps for frame requests: some 5000 rows of usual images. */
export const LAYOUT_CACHE_BYTES = 6 * 1024 * 1024;

/**
 * Milliseconds for which an isolate uses a row. Within this time, it may answer as before for an instance that another
 * isolate has deleted, replaced or restored. The requests of a viewer follow each other faster.
 */
export const LAYOUT_CACHE_MS = 2000;

/**
 * Milliseconds after which a row that is used is read again in the background. A viewer that scrolls then waits for the database
 * only once, also when the database is far away.
 */
export const LAYOUT_REFRESH_MS = 1000;

/** Bytes of data sets that an isolate keeps for conversion and rendering. */
export const ATTRIBUTE_CACHE_BYTES = 6 * 1024 * 1024;

/** Bytes of answers with metadata that an isolate keeps: the metadata of some 600 usual images. */
export const METADATA_CACHE_BYTES = 8 * 1024 * 1024;
