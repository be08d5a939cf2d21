import { join } from 'node:path';

/**
 * The environment of wrangler: nothing is asked of the internet or of the user, and nothing is kept outside the data
 * folder, so that two archives beside each other know nothing of one another. Wrangler does not read a request's body to
 * its end before it passes the answer on, as it does by default: a client that stops sending would never be answered.
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
    WRANGLER_DISABLE_REQUEST_BODY_DRAINING: 'true',
  };
}
