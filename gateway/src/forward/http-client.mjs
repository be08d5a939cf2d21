import { request as requestHTTP } from 'node:http';
import { request as requestHTTPS } from 'node:https';
import { httpAgents } from '../http-agents.mjs';

/** Bytes. Answers of the archive list instances; a longer answer comes from another server. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} text
 *
 * @typedef {object} HTTPRequest
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string | number>} headers
 * @property {Buffer | AsyncIterable<Uint8Array>} [body] with a Content-Length among the headers
 */

/** There was no answer: the connection broke, or took too long. */
export class NoAnswer extends Error {
  /** @param {string} code such as ECONNREFUSED */
  constructor(code) {
    super(`no answer from the archive (${code})`);
    this.name = 'NoAnswer';
  }
}

/** Sends HTTP requests with bodies that are streams of a known length. */
export class HTTPClient {
  #agents;
  #timeout;

  /** @param {import('../http-agents.mjs').Connection & { timeout: number }} options timeout: milliseconds without a byte either way */
  constructor({ timeout, ...connection }) {
    this.#agents = httpAgents(connection);
    this.#timeout = timeout;
  }

  /**
   * @param {HTTPRequest} request
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer>} also an answer that came before the end of the body
   * @throws {NoAnswer} and whatever the body throws
   */
  send({ method, url, headers, body }, signal) {
    const secure = url.startsWith('https:');
    return new Promise((resolve, reject) => {
      const begin = secure ? requestHTTPS : requestHTTP;
      const request = begin(url, {
        method,
        headers,
        agent: secure ? this.#agents.https : this.#agents.http,
        ...(signal ? { signal } : {}),
      });
      let answered = false;
      request.setTimeout(this.#timeout, () => request.destroy(new NoAnswer('ETIMEDOUT')));
      request.on('error', (error) => {
        if (!answered) reject(failure(error));
      });
      request.on('response', (response) => {
        answered = true;
        read(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          (error) => reject(failure(error)),
        );
        // The rest of the body is not needed. The connection cannot be used again.
        response.once('end', () => {
          if (!request.writableEnded) request.destroy();
        });
      });
      if (body === undefined || Buffer.isBuffer(body)) request.end(body);
      else {
        write(request, body, () => answered).catch((error) => {
          request.destroy();
          if (!answered) reject(error);
        });
      }
    });
  }

  close() {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

/**
 * @param {import('node:http').ClientRequest} request
 * @param {AsyncIterable<Uint8Array>} body
 * @param {() => boolean} isAnswered
 */
async function write(request, body, isAnswered) {
  for await (const piece of body) {
    if (isAnswered() || request.destroyed) return;
    if (!request.write(piece)) await drained(request);
  }
  request.end();
}

/**
 * @param {import('node:http').ClientRequest} request
 * @returns {Promise<void>} also resolves when the request accepts no more bytes
 */
function drained(request) {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of EVENTS) request.off(event, done);
      resolve();
    };
    for (const event of EVENTS) request.once(event, done);
    if (request.destroyed) done();
  });
}

const EVENTS = ['drain', 'close', 'response'];

/** @param {import('node:http').IncomingMessage} response */
async function read(response) {
  const pieces = [];
  let length = 0;
  for await (const piece of response) {
    length += piece.length;
    if (length > MOST_ANSWER_BYTES) throw new NoAnswer('the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** @param {unknown} error */
function failure(error) {
  if (error instanceof NoAnswer) return error;
  return new NoAnswer(/** @type {NodeJS.ErrnoException} */ (error).code ?? 'error');
}
