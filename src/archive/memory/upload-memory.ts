const MIB = 1024 * 1024;

/**
 * Bytes that are read from the connection at a time, the window of the parser, and what a request takes beside its
 * buffers.
 */
const BASE = MIB;

/** Bytes that open metadata segments hold, and the member that is being compressed. */
const SEGMENTS = 3 * MIB;

/** Bytes of free buffers that the request keeps for its next instance. */
export const POOL = 2 * MIB;

/** Bytes of small pieces of bulk data, and of metadata that is held without asking for extra memory. */
const PIECES = 5 * MIB;

/**
 * Bytes that a request may hold of an instance's metadata, or of its inflated data set, before it has to ask for extra
 * memory.
 */
export const UNASKED = MIB;

/**
 * Extra bytes that one instance may hold: its metadata of 16 Mi characters as attributes, as one text and as bytes, or
 * the inflated copy of a deflated file; or the metadata parts of a request, of 16 MiB, with the values that are parsed
 * from them. It fits an isolate beside the largest possible total of uploads, so a request that waits for it gets it
 * once the images are done.
 */
export const EXTRA = 64 * MIB;

/** What reading a file takes that is not written, unless it is deflated: the parser, its metadata and their segments. */
export const PLACED_FILE = BASE + SEGMENTS + POOL + UNASKED;

/** What the reading of a file takes while its parts arrive: the parser and its metadata, which is no text yet. */
export const READ_FILE = BASE + 2 * UNASKED;

/** A body of up to this length is likely to be one instance. */
const ONE_INSTANCE = MIB;

/**
 * How long the first instance of a Store request is likely to be.
 * @param length of the body as its header states it; undefined when the header does not state it
 */
export function expectedBytes(length: number | undefined): number | undefined {
  return length !== undefined && length <= ONE_INSTANCE ? length : undefined;
}

/** @see Limits */
export interface UploadLimits {
  readonly uploadPartBytes: number;
  readonly uploadBytesInFlight: number;
}

/**
 * The most bytes that a Store request holds at once: what is on its way to R2, two upload parts of the instance that
 * arrives, and the rest. Each byte of a short body is held at most four times: in a buffer, in the smaller buffer that
 * it replaces, and as metadata.
 * @param length of the body as its header states it; undefined when the header does not state it
 * @param described whether the body has metadata parts beside bulk data
 */
export function uploadBytes(limits: UploadLimits, length: number | undefined, described: boolean): number {
  const { uploadPartBytes, uploadBytesInFlight } = limits;
  const most = BASE + uploadBytesInFlight + 2 * uploadPartBytes + SEGMENTS + POOL + (described ? PIECES : 0);
  return length === undefined ? most : Math.min(most, BASE + 4 * length);
}
