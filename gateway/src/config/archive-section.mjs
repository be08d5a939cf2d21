import { canUseProxy } from '../http-agents.mjs';
import { ConfigError } from './table.mjs';

/**
 * @typedef {import('./table.mjs').Table} Table
 *
 * @typedef {object} ArchiveSettings
 * @property {string} url such as https://host/dicomweb, without a slash at the end
 * @property {string | undefined} key
 * @property {import('../forward/credentials.mjs').ClientCredentials | undefined} oauth
 * @property {string | undefined} ca certificates of the archive's authority, if it is a private one
 * @property {string | undefined} proxy URL of an HTTP proxy
 * @property {number} timeout milliseconds without a byte
 */

/**
 * Reads [archive].
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file the text of a file
 * @param {NodeJS.ProcessEnv} env
 * @returns {ArchiveSettings}
 * @throws {ConfigError}
 */
export function archiveSection(table, file, env) {
  const url = table.requiredText('url').replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(url)) throw new ConfigError('archive.url must begin with https:// or http://');
  const oauth = table.table('oauth');
  const keyFile = table.text('keyFile');
  const result = {
    url,
    key: env.DICOMWEB_GATEWAY_KEY ?? file(keyFile)?.trim(),
    oauth: oauth && client(oauth, file, env),
    ca: file(table.text('caFile')),
    proxy: proxy(table.text('proxy')),
    timeout: table.number('timeoutSeconds', 300, 1) * 1000,
  };
  table.end();
  if (result.key !== undefined || oauth !== undefined) mayGetSecrets(url, 'archive.url');
  return result;
}

/** @param {string} url @param {string} name @throws {ConfigError} when it would send a credential over a network in the clear */
function mayGetSecrets(url, name) {
  if (/^https:\/\/[^/]/.test(url) || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(`${url}/`)) return;
  throw new ConfigError(`${name} must begin with https://, because a credential is sent to it`);
}

/** @param {string | undefined} url */
function proxy(url) {
  if (url === undefined) return undefined;
  if (!/^http:\/\/[^/]/.test(url)) throw new ConfigError('archive.proxy must begin with http://');
  if (!canUseProxy()) throw new ConfigError('archive.proxy needs Node 24.5 or newer');
  return url;
}

/**
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file
 * @param {NodeJS.ProcessEnv} env
 */
function client(table, file, env) {
  const secretFile = table.text('clientSecretFile');
  const secret = env.DICOMWEB_GATEWAY_CLIENT_SECRET ?? file(secretFile)?.trim();
  if (!secret) throw new ConfigError('archive.oauth.clientSecretFile must be given');
  const scope = table.text('scope');
  const audience = table.text('audience');
  const tokenURL = table.requiredText('tokenURL');
  mayGetSecrets(tokenURL, 'archive.oauth.tokenURL');
  const result = {
    tokenURL,
    clientID: table.requiredText('clientID'),
    clientSecret: secret,
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
  };
  table.end();
  return result;
}
