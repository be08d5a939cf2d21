const MIB = 1024 * 1024;

/** What is read from the connection at a time, the parser's window, and what a request takes beside its buffers. */
const BASE = MIB;

/** What open metadata segments hold, and the member that is being compressed. */
const SEGMENTS = 3 * MIB;

/** Free buffers that the request keeps for its next instance. */
export const POOL = 2 * MIB;

/** Small pieces of bulk data, and the metadata that is held without asking. */
const PIECES = 5 * MIB;

/** What a request may hold of an instance's metadata, or of its inflated data set, before it has to ask for more. */
export const UNASKED = MIB;

/**
 * What one instance may hold beyond that: its metadata of 16 Mi characters as attributes, as one text and as bytes, or the
 * inflated copy of a deflated file; and the metadata parts of a request, of 16 MiB, with the values that they are parsed to.
 * With every upload there may be it still fits an isolate, so whoever waits for it gets it when the images are done.
 */
export const EXTRA = 64 * MIB;

/** @see Limits */
export interface UploadLimits {
  readonly uploadPartBytes: number;
  readonly uploadBytesInFlight: number;
}

/**
 * The most that a Store request holds at once, bytes: what is on its way to R2, two parts of the instance that arrives,
 * and the rest. Of a body that is short each byte is held four times at most: in a buffer, in the smaller one that the
 * buffer replaces, and as metadata.
 * @param length of the body as its header says; undefined: it does not say
 * @param described the body has metadata parts beside bulk data
 */
export function uploadBytes(limits: UploadLimits, length: number | undefined, described: boolean): number {
  const { uploadPartBytes, uploadBytesInFlight } = limits;
  const most = BASE + uploadBytesInFlight + 2 * uploadPartBytes + SEGMENTS + POOL + (described ? PIECES : 0);
  return length === undefined ? most : Math.min(most, BASE + 4 * length);
}
