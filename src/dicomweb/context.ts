import type { Context, Hono } from 'hono';
import type { Identity } from '../access/identity';
import type { Principal } from '../access/principal';
import type { Share } from '../archive/access/shares';
import type { AuditAction } from '../archive/audit/audit-event';
import type { DeidentifiedArchives } from '../archive/deidentify/deidentified-archive';
import type { DeidentifiedView } from '../archive/deidentify/deidentified-view';
import type { CopyRequests } from '../archive/images/copy-requests';
import type { Decoding } from '../archive/memory/image-memory';
import type { KeptBuffers } from '../archive/memory/kept-buffers';
import type { Ledger } from '../archive/memory/ledger';
import type { MetadataCache } from '../archive/metadata/metadata-cache';
import type { Archive } from '../archive/ports';
import type { Separation } from '../archive/remove/sweep-index';
import type { InstanceDataCache } from '../archive/retrieve/instance-data';
import type { LayoutCache } from '../archive/retrieve/layout-cache';
import type { SearchCache } from '../archive/search/search-cache';
import type { IndexingWatch } from '../archive/search-attributes/indexing-watch';
import type { Config } from '../config';
import type { HttpProblem } from '../http/problem';

/** The values that every handler finds on its context after the gate. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** The archive as the principal of the request sees it. Only set where the route needs a permission: see auth/gate. */
    archive: Archive;
    /** The name of the archive that the URL names, as roles name it. Undefined: there is no such archive. */
    archiveName: string | undefined;
    /** The names of all archives of the deployment; its own is the first. */
    archiveNames: readonly string[];
    /** The share that the URL names. */
    shareID: string | undefined;
    /** The archive without restrictions, for the gate and for work on the archive itself rather than on its studies. */
    wholeArchive: Archive;
    /** Undefined without a credential. */
    identity: Identity | undefined;
    /**
     * For long requests: whether the credential was ended meanwhile. The result is at most `maxAgeMs` old. Absent: the
     * credential cannot be ended.
     */
    isEnded?: ((maxAgeMs: number) => Promise<boolean>) | undefined;
    /** Why the credential of the request is not valid. */
    refusal: HttpProblem | undefined;
    /** The share whose credential the request carries, although it cannot be used. */
    endedShare?: Share | undefined;
    /** The reason why the archive's bucket and index do not belong together; undefined when they do. */
    separation: () => Promise<Separation | undefined>;
    config: Config;
    /** The deployment's own archive: sessions are there, and its settings say who has access. */
    home: { readonly config: Config; readonly archive: Archive };
    /** Absent until it is needed: see `requestId` in observability/request-log. */
    requestId?: string;
    /** Values for the record that the route does not show. */
    recorded?: Recorded;
    /** The name of the transaction of the route; absent when no route matches. */
    transaction?: string;
    /** Absolute URI under which the archive's services lie, without a trailing slash. */
    rootURI: string;
    /** Absolute URI of the DICOMweb root, without a trailing slash. RetrieveURL and BulkDataURI start with it. */
    baseURI: string;
    /** The isolate's cache of frame positions. */
    layouts: LayoutCache;
    /** Set by the gate when the principal sees studies only de-identified (PS3.15 E): the handlers' archive is then seen so. */
    deidentified?: DeidentifiedView;
    /** The isolate's de-identified archives. */
    deidentifiedArchives: DeidentifiedArchives;
    /** The isolate's cache of attributes. */
    instanceData: InstanceDataCache;
    /** The isolate's cache of answers with metadata. */
    metadata: MetadataCache;
    /** The isolate's cache of search results. */
    searches: SearchCache;
    /** Buffers of Store requests that the isolate keeps. */
    buffers: KeptBuffers;
    /** Counts the isolate's memory; this request takes memory for its work from it. */
    ledger: Ledger;
    decoding: Decoding;
    /** The series for which this isolate has recently requested copies of frames. */
    copyRequests: CopyRequests;
    /** How much of the archive is indexed by the configured attributes. */
    indexing: IndexingWatch;
  };
}

/** Values that a handler gives to the record of who did what. */
export interface Recorded {
  readonly action?: AuditAction;
  /** The person who signed in: the request had no identity yet. */
  readonly principal?: Principal;
  /** The changed object: the id of a key or of a share, the name of a setting. */
  readonly subject?: string;
  /** The study that the request is about, where its path does not name the study, or where a search has found it. */
  readonly studyInstanceUID?: string;
  /** How many instances a Store request stored, by Study Instance UID. */
  readonly stored?: ReadonlyMap<string, number>;
  /** Bytes of the body of a Store request that were read. */
  readonly received?: number;
}

/** The context that handlers get. */
export type AppContext = Context<AppEnv>;
/** The Hono app with the context above. */
export type App = Hono<AppEnv>;
