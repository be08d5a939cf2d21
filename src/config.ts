import type { DuplicatePolicy, DuplicateSettings } from './archive/commit';
import { type ExtraAttribute, parseExtraAttributes, SearchAttributeError } from './archive/extra-attributes';

/** The deployment's settings, parsed once from the Worker's variables. Every limit stands here with its default. */
export interface Config {
  /** Requests without an identity are let in. Unset, a deployment answers 503. */
  readonly allowAnonymous: boolean;
  /** The origin of absolute URIs in answers; empty: the request's own. */
  readonly publicOrigin: string;
  /** Origins whose pages may call the API; `*` for any. */
  readonly corsOrigins: readonly string[];
  readonly duplicates: DuplicateSettings;
  /** Attributes that searches match beyond the standard's keys. */
  readonly searchAttributes: readonly ExtraAttribute[];
  /** Case counts in searches for texts but names, as PS3.4 C.2.2.2.1 has it. */
  readonly searchCaseSensitive: boolean;
  /** Uncompressed frames get a losslessly compressed copy, for viewers on slow lines. */
  readonly frameCopies: boolean;
  readonly limits: Limits;
}

export interface Limits {
  /** Bytes of one STOW request's body. The platform's own limit, 100 MB to 500 MB by plan, comes before. */
  readonly requestBytes: number;
  /** Bytes of one instance, as a Part 10 file. */
  readonly instanceBytes: number;
  /** Parts of one STOW request. Each costs one to three R2 writes, or more for a large one: see callsPerRequest. */
  readonly partsPerRequest: number;
  /** Of the header block of one part of a multipart body. */
  readonly partHeaderBytes: number;
  readonly partHeaderLines: number;
  /** Bytes of the metadata parts of one STOW request, which are held while its bulk data arrives. */
  readonly metadataBytes: number;
  /** Sequences within sequences of one instance. */
  readonly nestingDepth: number;
  /** UTF-16 code units of one instance's metadata as JSON, which are held until its file has been read. */
  readonly metadataCharacters: number;
  /** Bytes of one part of an R2 multipart upload; also what is held of an instance until it is known to be shorter. */
  readonly uploadPartBytes: number;
  /** Bytes of one STOW request that are on their way to R2 at once. */
  readonly uploadBytesInFlight: number;
  /**
   * Calls of R2 that the parts of one STOW request may make. Of the 10,000 subrequests that a request may make, the rest is
   * for its commit, for what has to be tried again and for tidying up.
   */
  readonly callsPerRequest: number;
  /** Results of a search of the whole archive that names no limit, and the most that one may name. */
  readonly searchDefault: number;
  readonly searchMaximum: number;
  /** Results of a search within one study, which has all of them where no limit is named. */
  readonly searchWithinStudy: number;
  /** Instances of one retrieve answer; each costs an R2 read, of the 10,000 subrequests. */
  readonly instancesPerRetrieve: number;
  /** Samples of all pictures of one rendered answer: a pixel of colour is three. */
  readonly renderedSamples: number;
  /** How often a list of frames may name frames that it has named before. */
  readonly repeatedFrames: number;
  /** Metadata segments merged by one run of the compactor. */
  readonly segmentsPerCompaction: number;
}

export const DEFAULT_LIMITS: Limits = {
  requestBytes: 16 * 1024 ** 3,
  instanceBytes: 8 * 1024 ** 3,
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

const DAY_MS = 24 * 60 * 60 * 1000;

export const DEFAULT_DUPLICATES: DuplicateSettings = { duplicates: 'reject', retentionMs: 30 * DAY_MS };

/**
 * The limits that variables may set, and what each may be: not so much that a request would need more than an isolate's
 * memory, or more than a request's subrequests.
 */
const SETTABLE = {
  requestBytes: ['MAX_REQUEST_BYTES', 1, Number.MAX_SAFE_INTEGER],
  instanceBytes: ['MAX_INSTANCE_BYTES', 1, Number.MAX_SAFE_INTEGER],
  partsPerRequest: ['MAX_PARTS', 1, 9000],
  partHeaderBytes: ['MAX_PART_HEADER_BYTES', 256, 1024 ** 2],
  partHeaderLines: ['MAX_PART_HEADER_LINES', 1, 10_000],
  metadataBytes: ['MAX_METADATA_BYTES', 1, 16 * 1024 ** 2],
  nestingDepth: ['MAX_NESTING_DEPTH', 1, 1000],
  renderedSamples: ['MAX_RENDERED_SAMPLES', 1, 4 * 1024 ** 3],
  metadataCharacters: ['MAX_METADATA_CHARACTERS', 1, 16 * 1024 ** 2],
} as const satisfies Partial<Record<keyof Limits, readonly [variable: string, least: number, most: number]>>;

/** A variable that is set, but to nothing that can be meant. The deployment answers nobody until it is put right. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * A limit mistyped must not become another limit, or none: it is refused instead of replaced by its default.
 * @throws ConfigurationError
 */
function parseLimits(text: (name: string) => string): Limits {
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...DEFAULT_LIMITS };
  for (const [name, [variable, least, most]] of Object.entries(SETTABLE)) {
    const value = text(variable);
    if (value === '') continue;
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw new ConfigurationError(`${variable} must be a whole number from ${least} to ${most}.`);
    }
    limits[name as keyof typeof SETTABLE] = number;
  }
  return limits;
}

/**
 * @param env the Worker's variables; anything that is not a variable is ignored
 * @throws ConfigurationError
 */
export function parseConfig(env: Record<string, unknown>): Config {
  const text = (name: string): string => (typeof env[name] === 'string' ? (env[name] as string).trim() : '');
  const searchCaseSensitive = parseSearchCase(text('SEARCH_CASE'));
  return {
    allowAnonymous: text('ALLOW_ANONYMOUS') === 'true',
    publicOrigin: text('PUBLIC_ORIGIN').replace(/\/+$/, ''),
    corsOrigins: text('CORS_ORIGINS')
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    duplicates: parseDuplicates(text),
    searchAttributes: parseSearchAttributes(text('SEARCH_ATTRIBUTES'), searchCaseSensitive),
    searchCaseSensitive,
    frameCopies: parseFrameCopies(text('FRAME_COPIES')),
    limits: parseLimits(text),
  };
}

const DUPLICATE_POLICIES: readonly DuplicatePolicy[] = ['reject', 'replace', 'keep'];

/** @throws ConfigurationError: a policy mistyped must not become another */
function parseDuplicates(text: (name: string) => string): DuplicateSettings {
  const policy = text('DUPLICATES') || DEFAULT_DUPLICATES.duplicates;
  const duplicates = DUPLICATE_POLICIES.find((each) => each === policy);
  if (duplicates === undefined) {
    throw new ConfigurationError(`DUPLICATES must be one of ${DUPLICATE_POLICIES.join(', ')}.`);
  }
  const days = text('RETENTION_DAYS');
  if (!/^\d{0,5}$/.test(days)) throw new ConfigurationError('RETENTION_DAYS must be a whole number of days.');
  return { duplicates, retentionMs: days === '' ? DEFAULT_DUPLICATES.retentionMs : Number(days) * DAY_MS };
}

/** @throws ConfigurationError */
function parseFrameCopies(value: string): boolean {
  if (!['', 'jpeg-ls', 'none'].includes(value)) throw new ConfigurationError('FRAME_COPIES must be jpeg-ls or none.');
  return value !== 'none';
}

/** @throws ConfigurationError */
function parseSearchCase(value: string): boolean {
  if (!['', 'insensitive', 'sensitive'].includes(value)) {
    throw new ConfigurationError('SEARCH_CASE must be insensitive or sensitive.');
  }
  return value === 'sensitive';
}

/** @throws ConfigurationError: an attribute mistyped would be one that every search for it misses */
function parseSearchAttributes(list: string, caseSensitive: boolean): readonly ExtraAttribute[] {
  try {
    return parseExtraAttributes(list, caseSensitive);
  } catch (error) {
    if (!(error instanceof SearchAttributeError)) throw error;
    throw new ConfigurationError(`SEARCH_ATTRIBUTES: ${error.message}.`);
  }
}
