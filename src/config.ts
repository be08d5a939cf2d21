import type { DuplicatePolicy, DuplicateSettings } from './archive/commit-group';
import {
  type ExtraAttribute,
  parseExtraAttributes,
  SearchAttributeError,
} from './archive/search-attributes/extra-attributes';

/** The deployment's settings, parsed once from the Worker's variables. Every limit stands here with its default. */
export interface Config {
  /** Requests without an identity are let in. Unset, a deployment answers 503. */
  readonly allowAnonymous: boolean;
  /**
   * Where clients reach the archive, for the absolute URIs in answers: a request to one of these gets that one, any other
   * request gets the first. None: each request's own origin.
   */
  readonly publicOrigins: readonly string[];
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

/** A setting has a value that cannot be meant, or does not exist. The deployment answers nobody until this is corrected. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The Worker's variables, as they are read. wrangler.toml may give a setting as a string, a number or a boolean. */
class Settings {
  private readonly known = new Set<string>();

  constructor(private readonly env: Record<string, unknown>) {}

  /** @returns the setting as text without surrounding white space; empty when it is not set */
  text(name: string): string {
    this.known.add(name);
    const value = this.env[name];
    return isVariable(value) ? String(value).trim() : '';
  }

  /** @throws ConfigurationError when the value is neither `true` nor `false`; not set means `false` */
  flag(name: string): boolean {
    const value = this.text(name);
    if (value !== '' && value !== 'true' && value !== 'false') {
      throw new ConfigurationError(`${name} must be true or false.`);
    }
    return value === 'true';
  }

  /**
   * @returns the setting; the first of the choices when it is not set
   * @throws ConfigurationError when it is none of them
   */
  choice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(name) || choices[0];
    const chosen = choices.find((each) => each === value);
    if (chosen === undefined) throw new ConfigurationError(`${name} must be one of ${choices.join(', ')}.`);
    return chosen;
  }

  /** @returns the names in a list that is separated by commas */
  list(name: string): string[] {
    const names = this.text(name).split(',');
    return names.map((each) => each.trim()).filter((each) => each !== '');
  }

  /**
   * Call this after every setting was read: a mistyped name must not leave another setting at its default.
   * @throws ConfigurationError when a variable is none of the settings
   */
  refuseUnknown(): void {
    for (const [name, value] of Object.entries(this.env)) {
      // Names of another form are a test runner's or the platform's own.
      if (!isVariable(value) || this.known.has(name) || !/^[A-Z]/.test(name)) continue;
      throw new ConfigurationError(
        `There is no setting ${name}. The settings are ${[...this.known].sort().join(', ')}.`,
      );
    }
  }
}

/** Bindings are objects; variables are not. */
function isVariable(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/**
 * A mistyped limit must not become another limit, or none: it is refused, not replaced by its default.
 * @throws ConfigurationError
 */
function parseLimits(settings: Settings): Limits {
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

/**
 * @param env the Worker's variables and bindings; bindings are ignored
 * @throws ConfigurationError
 */
export function parseConfig(env: Record<string, unknown>): Config {
  const settings = new Settings(env);
  const searchCaseSensitive = settings.choice('SEARCH_CASE', ['insensitive', 'sensitive']) === 'sensitive';
  const config: Config = {
    allowAnonymous: settings.flag('ALLOW_ANONYMOUS'),
    publicOrigins: settings.list('PUBLIC_ORIGIN').map(parseOrigin),
    corsOrigins: settings.list('CORS_ORIGINS'),
    duplicates: parseDuplicates(settings),
    searchAttributes: parseSearchAttributes(settings.text('SEARCH_ATTRIBUTES'), searchCaseSensitive),
    searchCaseSensitive,
    frameCopies: settings.choice('FRAME_COPIES', ['jpeg-ls', 'none']) === 'jpeg-ls',
    limits: parseLimits(settings),
  };
  settings.refuseUnknown();
  return config;
}

/**
 * @returns an http or https URL without a slash at its end, with a path where a proxy puts the archive under one
 * @throws ConfigurationError: every URI in every answer would start with it
 */
function parseOrigin(text: string): string {
  const origin = text.replace(/\/+$/, '');
  if (/^https?:\/\/[^?#]+$/.test(origin) && URL.canParse(origin)) return origin;
  throw new ConfigurationError('PUBLIC_ORIGIN must be an http or https URL such as https://pacs.example.org.');
}

/**
 * @param url of a request: absolute, normalised, with a path; every request asks, so it is not parsed
 * @returns where the request's client reaches the archive, without a slash at the end
 */
export function publicOrigin({ publicOrigins }: Config, url: string): string {
  const origin = url.slice(0, url.indexOf('/', url.indexOf('://') + 3));
  return publicOrigins.find((each) => each === origin || each.startsWith(`${origin}/`)) ?? publicOrigins[0] ?? origin;
}

/** @throws ConfigurationError: a mistyped policy must not become another */
function parseDuplicates(settings: Settings): DuplicateSettings {
  const duplicates = settings.choice<DuplicatePolicy>('DUPLICATES', ['reject', 'replace', 'keep']);
  const days = settings.text('RETENTION_DAYS');
  if (!/^\d{0,5}$/.test(days)) throw new ConfigurationError('RETENTION_DAYS must be a whole number of days.');
  return { duplicates, retentionMs: days === '' ? DEFAULT_DUPLICATES.retentionMs : Number(days) * DAY_MS };
}

/** @throws ConfigurationError: every search for a mistyped attribute would miss */
function parseSearchAttributes(list: string, caseSensitive: boolean): readonly ExtraAttribute[] {
  try {
    return parseExtraAttributes(list, caseSensitive);
  } catch (error) {
    if (!(error instanceof SearchAttributeError)) throw error;
    throw new ConfigurationError(`SEARCH_ATTRIBUTES: ${error.message}.`);
  }
}
