import { monotonic } from '../monotonic.mjs';

/**
 * @typedef {object} ClientCredentials OAuth 2.0, RFC 6749 4.4
 * @property {string} tokenURL
 * @property {string} clientID
 * @property {string} clientSecret
 * @property {string} [scope]
 * @property {string} [audience]
 *
 * @typedef {object} Credentials
 * @property {() => Promise<Record<string, string>>} headers
 * @property {() => void} refused called when the archive answered 401: a token is not used again
 */

/** A token is renewed this number of milliseconds before it expires. */
const EARLY = 60_000;

/** The token endpoint refused the client, or its answer cannot be used. */
export class NoToken extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the token endpoint gave no token (status ${status})`);
    this.name = 'NoToken';
    this.status = status;
  }
}

/**
 * @param {string | undefined} key of the archive; none, if it is not given
 * @returns {Credentials}
 */
export function keyCredentials(key) {
  /** @type {Record<string, string>} */
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  return { headers: async () => headers, refused: () => {} };
}

/**
 * @param {ClientCredentials} client
 * @param {import('./http-client.mjs').HTTPClient} http
 * @returns {Credentials}
 */
export function tokenCredentials(client, http) {
  /** @type {{ text: string, until: number } | undefined} */
  let token;
  /** @type {Promise<{ text: string, until: number }> | undefined} */
  let fetching;
  const current = async () => {
    if (token && token.until > monotonic()) return token;
    fetching ??= fetchToken(client, http).finally(() => {
      fetching = undefined;
    });
    token = await fetching;
    return token;
  };
  return {
    headers: async () => ({ Authorization: `Bearer ${(await current()).text}` }),
    refused: () => {
      token = undefined;
    },
  };
}

/**
 * @param {ClientCredentials} client
 * @param {import('./http-client.mjs').HTTPClient} http
 */
async function fetchToken({ tokenURL, clientID, clientSecret, scope, audience }, http) {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope) form.set('scope', scope);
  if (audience) form.set('audience', audience);
  const body = Buffer.from(form.toString());
  // RFC 6749 2.3.1: both parts are form-encoded first.
  const pair = [clientID, clientSecret].map((part) => new URLSearchParams([['', part]]).toString().slice(1)).join(':');
  const { status, text } = await http.send({
    method: 'POST',
    url: tokenURL,
    headers: {
      Accept: 'application/json',
      Authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': body.length,
    },
    body,
  });
  if (status !== 200) throw new NoToken(status);
  const { access_token: token, expires_in: seconds } = json(text) ?? {};
  if (typeof token !== 'string') throw new NoToken(status);
  const life = (Number(seconds) || 300) * 1000;
  return { text: token, until: monotonic() + Math.max(life - EARLY, life / 2) };
}

/** @param {string} text */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
