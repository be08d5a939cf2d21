import { LEDGER_LIMITS } from './archive/memory/ledger-limits';
import { EXTRA } from './archive/memory/upload-memory';
import {
  ATTRIBUTE_CACHE_BYTES,
  LAYOUT_CACHE_BYTES,
  LAYOUT_CACHE_MS,
  METADATA_CACHE_BYTES,
} from './archive/retrieve/cache-limits';
import { LONGEST_UPLOAD } from './archive/upload/upload-terms';
import { DECODED_LIMIT, IDLE_BYTES } from './imaging/codecs/codec-memory';
import { ConfigurationError, type Settings } from './settings';

/*
 * DEFAULT_LIMITS, RUN_LIMITS and ISOLATE_LIMITS show every limit of a request, of a run of the queue's consumer and of an
 * isolate with its value. docs/conformance.md also lists the bounds of single algorithms and of the hourly run.
 */

/** The limits on what one request may send, ask for or cost. Units are given with each limit. */
export interface Limits {
  /**
   * Bytes of the body of one request. The default is the platform's own limit in its smaller plans; it is 200 MB or 500 MB in
   * others. Longer files are sent by resumable uploads.
   */
  readonly requestBytes: number;
  /** Bytes of one resumable upload: a Part 10 file or a ZIP archive. */
  readonly uploadBytes: number;
  /** Bytes of one instance as a Part 10 file. */
  readonly instanceBytes: number;
  /**
   * Bytes of Part 10 files, and instances, that the archive may hold, removed ones that can be restored included. Each
   * instance beyond is refused with A700H, a request of which nothing fits into a full archive with 507.
   */
  readonly archiveBytes: number;
  readonly archiveInstances: number;
  /**
   * Parts of one STOW request. Each part costs one to three R2 writes, and a large part costs more: see
   * callsPerRequest.
   */
  readonly partsPerRequest: number;
  /** Bytes of the header block of one part of a multipart body. */
  readonly partHeaderBytes: number;
  readonly partHeaderLines: number;
  /** Bytes of the metadata parts of one STOW request. They are held in memory until the bulk data has arrived. */
  readonly metadataBytes: number;
  /** Depth of nested sequences in one instance. */
  readonly nestingDepth: number;
  /**
   * UTF-16 code units of the metadata of one instance as JSON. They are held in memory until the file has been read.
   */
  readonly metadataCharacters: number;
  /**
   * Bytes of one part of an R2 multipart upload. The archive also holds this much of an instance until it knows that
   * the instance is shorter.
   */
  readonly uploadPartBytes: number;
  /** Bytes of one STOW request that may be on their way to R2 at the same time. */
  readonly uploadBytesInFlight: number;
  /**
   * R2 calls that the parts of one STOW request may make. A request may make 10,000 subrequests; the remaining ones are
   * for its commit, for retries and for cleaning up.
   */
  readonly callsPerRequest: number;
  /**
   * Results of a search of the whole archive that names no limit, and the largest limit that such a search may name.
   */
  readonly searchDefault: number;
  readonly searchMaximum: number;
  /** Results of a search within one study. Without a limit such a search returns all results. */
  readonly searchWithinStudy: number;
  /** Instances in one retrieve answer. Each costs one R2 read out of the 10,000 subrequests. */
  readonly instancesPerRetrieve: number;
  /** Samples of all pictures in one rendered answer. A pixel of colour has three samples. */
  readonly renderedSamples: number;
  /** How many times a list of frames may repeat frames that it has already named. */
  readonly repeatedFrames: number;
  /** Metadata segments that one run of the compactor merges. */
  readonly segmentsPerCompaction: number;
}

/** The limits of a deployment that sets none of them. Sizes are in bytes unless the limit says otherwise. */
export const DEFAULT_LIMITS: Limits = {
  requestBytes: 100_000_000,
  uploadBytes: 16 * 1024 ** 3,
  instanceBytes: 8 * 1024 ** 3,
  archiveBytes: Number.POSITIVE_INFINITY,
  archiveInstances: Number.POSITIVE_INFINITY,
  partsPerRequest: 5000,
  partHeaderBytes: 16 * 1024,
  partHeaderLines: 64,
  metadataBytes: 16 * 1024 ** 2,
  nestingDepth: 256,
  metadataCharacters: 16 * 1024 ** 2,
  uploadPartBytes: 5 * 1024 * 1024,
  uploadBytesInFlight: 4 * 1024 * 1024,
  callsPerRequest: 9500,
  searchDefault: 100,
  searchMaximum: 1000,
  searchWithinStudy: 50_000,
  instancesPerRetrieve: 9000,
  renderedSamples: 256 * 1024 ** 2,
  repeatedFrames: 100,
  segmentsPerCompaction: 1000,
};

/** The most work of one run of the queue's consumer. It requests the rest by new messages. */
export const RUN_LIMITS = {
  /** R2 reads: well below the 10,000 subrequests of a run. */
  reads: 5000,
  /** Series that are merged: each takes about ten of the 1,000 statements that a run may send to D1. */
  series: 80,
  /** Milliseconds that are spent on copies of frames. Other messages wait for the run. */
  copyingMs: 30_000,
} as const;

/**
 * The memory that an isolate may hold. No variable sets these limits: they divide the 128 MB of an isolate, so one of them
 * can grow only if another one shrinks. The archive may not import this file, so each value is defined where it is used,
 * and this table shows them together.
 */
export const ISOLATE_LIMITS = {
  /** Memory of requests, by purpose, and how long a request waits for memory. */
  memory: LEDGER_LIMITS,
  /** Bytes that one instance of a Store request may hold beyond the memory of its request. */
  extraBytesPerInstance: EXTRA,
  /** Bytes of one decoded frame. */
  decodedFrameBytes: DECODED_LIMIT,
  /** Bytes of WebAssembly memory that the codecs keep between frames. */
  idleCodecBytes: IDLE_BYTES,
  /** Bytes of index rows that an isolate keeps for frame requests, and milliseconds that a row is used. */
  layoutCacheBytes: LAYOUT_CACHE_BYTES,
  layoutCacheMs: LAYOUT_CACHE_MS,
  /** Bytes of attributes that an isolate keeps for conversion and rendering. */
  attributeCacheBytes: ATTRIBUTE_CACHE_BYTES,
  /** Bytes of answers with metadata that an isolate keeps. */
  metadataCacheBytes: METADATA_CACHE_BYTES,
} as const;

/**
 * The limits that variables may set, with the range of each. The upper ends keep a request within the memory of an
 * isolate and within the subrequests of a request.
 */
const SETTABLE = {
  requestBytes: ['MAX_REQUEST_BYTES', 1, Number.MAX_SAFE_INTEGER],
  uploadBytes: ['MAX_UPLOAD_BYTES', 1, LONGEST_UPLOAD],
  instanceBytes: ['MAX_INSTANCE_BYTES', 1, Number.MAX_SAFE_INTEGER],
  archiveBytes: ['MAX_ARCHIVE_BYTES', 1, Number.MAX_SAFE_INTEGER],
  archiveInstances: ['MAX_ARCHIVE_INSTANCES', 1, Number.MAX_SAFE_INTEGER],
  partsPerRequest: ['MAX_PARTS', 1, 9000],
  partHeaderBytes: ['MAX_PART_HEADER_BYTES', 256, 1024 ** 2],
  partHeaderLines: ['MAX_PART_HEADER_LINES', 1, 10_000],
  metadataBytes: ['MAX_METADATA_BYTES', 1, 16 * 1024 ** 2],
  nestingDepth: ['MAX_NESTING_DEPTH', 1, 1000],
  renderedSamples: ['MAX_RENDERED_SAMPLES', 1, 4 * 1024 ** 3],
  metadataCharacters: ['MAX_METADATA_CHARACTERS', 1, 16 * 1024 ** 2],
} as const satisfies Partial<Record<keyof Limits, readonly [variable: string, least: number, most: number]>>;

/**
 * Reads the limits. A mistyped limit is refused: it must not become another limit, no limit or the default.
 * @throws ConfigurationError
 */
export function parseLimits(settings: Settings): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...DEFAULT_LIMITS };
  for (const [name, [variable, least, most]] of Object.entries(SETTABLE)) {
    const value = settings.text(variable);
    if (value === '') continue;
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw new ConfigurationError(`${variable} must be a whole number from ${least} to ${most}.`);
    }
    limits[name as keyof typeof SETTABLE] = number;
  }
  return limits;
}
