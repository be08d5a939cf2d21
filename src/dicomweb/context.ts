import type { Context, Hono } from 'hono';
import type { CopyRequests } from '../archive/images/copy-requests';
import type { Decoding } from '../archive/images/decode-queue';
import type { Ledger } from '../archive/memory/ledger';
import type { Archive } from '../archive/ports';
import type { InstanceDataCache } from '../archive/retrieve/instance-data';
import type { LayoutCache } from '../archive/retrieve/layout-cache';
import type { IndexingWatch } from '../archive/search-attributes/indexing-watch';
import type { Config } from '../config';

/** What every handler finds on its context once the gate has been passed. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    archive: Archive;
    config: Config;
    /** Absolute URI of the DICOMweb root, without a trailing slash: what RetrieveURL and BulkDataURI start with. */
    baseURI: string;
    /** The isolate's memory of where frames lie. */
    layouts: LayoutCache;
    /** The isolate's memory of attributes. */
    instanceData: InstanceDataCache;
    /** The one account of the isolate's memory, and memory from it to work on images for this request. */
    ledger: Ledger;
    decoding: Decoding;
    /** Which series the isolate has lately asked to copy the frames of. */
    copyRequests: CopyRequests;
    /** How far the attributes of the configuration are indexed. */
    indexing: IndexingWatch;
  };
}

export type AppContext = Context<AppEnv>;
export type App = Hono<AppEnv>;
