import { Agent as HTTPAgent } from 'node:http';
import { Agent as HTTPSAgent } from 'node:https';

/** A connection that is not used is closed before the archive closes it, in milliseconds. */
const UNUSED = 4000;

/**
 * @typedef {object} Connection how the archive is reached
 * @property {string | Buffer | undefined} [ca] that signed the archive's certificate, if it is a private authority
 * @property {string | undefined} [proxy] URL of an HTTP proxy; needs Node 24.5
 */

/** @param {Connection} connection */
export function httpAgents({ ca, proxy }) {
  const options = {
    keepAlive: true,
    timeout: UNUSED,
    ...(proxy ? { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } } : {}),
  };
  return { http: new HTTPAgent(options), https: new HTTPSAgent({ ...options, ...(ca ? { ca } : {}) }) };
}

/** Whether this Node can use a proxy. */
export function canUseProxy(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5);
}
