import { join } from 'node:path';

/**
 * The environment for wrangler. Wrangler must not contact the internet, ask the user or write outside the data folder,
 * so that two archives on one machine do not affect each other.
 * @param {string} data
 * @returns {NodeJS.ProcessEnv}
 */
export function wranglerEnvironment(data) {
  return {
    ...process.env,
    CI: '1',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_LOG_PATH: join(data, 'logs'),
    WRANGLER_REGISTRY_PATH: join(data, 'registry'),
    WRANGLER_CACHE_DIR: join(data, 'cache'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
  };
}
