import { request as requestHTTP } from 'node:http';
import { request as requestHTTPS } from 'node:https';
import { httpAgents } from '../http-agents.mjs';

/** An answer that is read whole: a page of results. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** Milliseconds to wait at most before a request is sent again after a busy status (PS3.18 table 8.5-1). */
const MOST_RETRY_MS = 5000;

/**
 * @typedef {object} Credentials of the gateway at the archive
 * @property {() => Promise<Record<string, string>>} headers
 * @property {() => void} refused called when the archive answered 401: a token is not used again
 *
 * @typedef {object} Opened an answer whose body is still to be read
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {import('node:http').IncomingMessage} body
 *
 * @typedef {object} Asked
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {AbortSignal} [signal]
 */

/** The archive refused a request, or did not answer. */
export class ArchiveError extends Error {
  /**
   * @param {number} status of the answer; 0: there was none
   * @param {string} [detail] a sentence of the archive, which has no values of the request
   */
  constructor(status, detail) {
    super(detail ?? (status === 0 ? 'the archive does not answer' : `the archive answered ${status}`));
    this.name = 'ArchiveError';
    this.status = status;
  }
}

/** The archive, by DICOMweb. Bodies of instances are streams: nothing of them is collected. */
export class Archive {
  #base;
  #credentials;
  #timeout;
  #agents;

  /**
   * @param {object} options
   * @param {string} options.base such as https://host/dicomweb
   * @param {Credentials} [options.credentials]
   * @param {string | Buffer | undefined} [options.ca] that signed the certificate of the archive
   * @param {string | undefined} [options.proxy] URL of an HTTP proxy
   * @param {number} [options.timeout] milliseconds without a byte either way
   */
  constructor({ base, credentials, ca, proxy, timeout = 60_000 }) {
    this.#base = base.replace(/\/+$/, '');
    this.#credentials = credentials ?? { headers: async () => ({}), refused: () => {} };
    this.#agents = httpAgents({ ca, proxy });
    this.#timeout = timeout;
  }

  /**
   * Gets DICOM JSON: search results or a module.
   * @param {string} path with its query, after the base
   * @param {Asked} [asked]
   * @returns {Promise<{ value: any, warnings: string | undefined }>} value: undefined without a body
   * @throws {ArchiveError}
   */
  async json(path, asked = {}) {
    const headers = { Accept: 'application/dicom+json', ...asked.headers };
    const { status, body, headers: answered } = await this.open(path, { ...asked, headers });
    const text = await readWhole(body);
    if (status >= 300) throw new ArchiveError(status, detailIn(text));
    const warnings = answered.warning;
    return {
      value: text === '' ? undefined : parsed(text),
      warnings: Array.isArray(warnings) ? warnings.join() : warnings,
    };
  }

  /**
   * Sends a request, again once with a new token after 401, and once after a busy answer or a broken connection.
   * @param {string} path
   * @param {Asked} [asked]
   * @returns {Promise<Opened>} the body has to be read or destroyed
   * @throws {ArchiveError} when there is no answer
   */
  async open(path, asked = {}) {
    for (let attempt = 1; ; attempt++) {
      let opened;
      try {
        opened = await this.#send(path, asked);
      } catch (error) {
        if (attempt > 1 || asked.signal?.aborted || (asked.method ?? 'GET') !== 'GET') throw error;
        continue;
      }
      const { status, headers, body } = opened;
      const again = attempt === 1 && !asked.signal?.aborted;
      if (again && status === 401) this.#credentials.refused();
      else if (again && (status === 503 || status === 429)) await pause(Number(headers['retry-after'] ?? 1) * 1000);
      else return opened;
      body.resume();
    }
  }

  close() {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /**
   * @param {string} path
   * @param {Asked} asked
   * @returns {Promise<Opened>}
   */
  async #send(path, { method = 'GET', headers, body, signal }) {
    const url = this.#base + path;
    const secure = url.startsWith('https:');
    const credentials = await this.#credentials.headers();
    return new Promise((resolve, reject) => {
      const request = (secure ? requestHTTPS : requestHTTP)(url, {
        method,
        headers: {
          ...credentials,
          ...headers,
          ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        },
        agent: secure ? this.#agents.https : this.#agents.http,
        ...(signal ? { signal } : {}),
      });
      request.setTimeout(this.#timeout, () => request.destroy());
      request.on('error', () => reject(new ArchiveError(0)));
      request.on('response', (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
      });
      request.end(body);
    });
  }
}

/** @param {import('node:http').IncomingMessage} body */
async function readWhole(body) {
  const pieces = [];
  let length = 0;
  try {
    for await (const piece of body) {
      length += piece.length;
      if (length > MOST_ANSWER_BYTES) break;
      pieces.push(piece);
    }
  } catch {
    throw new ArchiveError(0);
  }
  if (length > MOST_ANSWER_BYTES) throw new ArchiveError(0, 'the answer of the archive is too long');
  return Buffer.concat(pieces).toString('utf8');
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ArchiveError(0, 'the answer of the archive is no JSON');
  }
}

/** @param {string} text of a problem (RFC 9457) */
function detailIn(text) {
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  const bounded = Math.min(Math.max(Number.isFinite(milliseconds) ? milliseconds : 1000, 100), MOST_RETRY_MS);
  return new Promise((resolve) => setTimeout(resolve, bounded));
}
