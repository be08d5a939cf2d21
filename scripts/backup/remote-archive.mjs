import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { lastingFault } from '../../viewer/upload/sending/unreached.mjs';
import { jsonOf, noAnswerFrom, notAnArchive, refusalOf } from '../support/ask-archive.mjs';
import { fetchArchive, SilentError, waitOf } from '../support/fetch-archive.mjs';
import { noting } from './noting.mjs';

/**
 * Tries of a request that fails for a passing reason, and milliseconds before the second one; each further wait is
 * twice as long. All of them together are longer than a minute, the longest period of a limit on the rate of requests.
 */
const TRIES = 9;
const FIRST_PAUSE_MS = 300;

/** Tries of a request that gets no answer: each takes minutes. */
const SILENT_TRIES = 3;

/** Answers that say to send the request again later. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/**
 * An object as the archive's index knows it. instance: the UIDs of its instance, when the key does not have them.
 * @typedef {{ key: string, byteLength: number | null, digest: string | null, instance?: string }} NamedObject
 */

/**
 * An object as the archive sends it; byteLength: of the whole object, undefined if the answer does not say it.
 * @typedef {{ body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, byteLength: number | undefined }} ObjectAnswer
 */

/** The archive refuses a request, and will refuse it again. */
export class RefusedError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** An archive, over HTTP, as its administrator. */
export class RemoteArchive {
  /**
   * @param {object} options
   * @param {string} options.root
   * @param {string} options.credential
   * @param {number} [options.answerMs] milliseconds in which an answer has to begin
   */
  constructor({ root, credential, answerMs }) {
    this.root = root;
    this.credential = credential;
    this.answerMs = answerMs;
  }

  /**
   * Copies rows of changed studies into the bucket, until none waits or others change as fast.
   * @param {(line: string) => void} say
   * @param {readonly string[]} [missing] studies whose rows are not in the bucket
   * @returns {Promise<string>} the id of the archive
   */
  async prepare(say, missing) {
    if (missing !== undefined) await this.json('POST', '/backup', { missing });
    const progress = noting(say);
    for (let tries = 0; ; tries += 1) {
      const { archiveID, taken, more, waiting } = await this.json('POST', '/backup');
      if (waiting === undefined) throw notAnArchive(this.root);
      progress(taken, waiting);
      if (more) continue;
      if (waiting === 0 || tries >= 20) return archiveID;
      // Another run of the archive may be copying them.
      await pause(FIRST_PAUSE_MS);
    }
  }

  /** The studies of the index, those that were deleted as a whole too, a page at a time. @returns {AsyncGenerator<string[]>} */
  async *studies() {
    for (let after = '0'; after !== null; ) {
      const page = await this.json('GET', `/backup/studies?${new URLSearchParams({ after })}`);
      yield page.studies;
      after = page.after;
    }
  }

  /** All keys with a prefix, in their order. @param {string} prefix @returns {AsyncGenerator<string>} */
  async *keys(prefix) {
    let cursor = '';
    for (;;) {
      const query = new URLSearchParams({ prefix, ...(cursor && { cursor }) });
      const page = await this.json('GET', `/backup/objects?${query}`);
      yield* page.keys;
      if (page.cursor === null) return;
      cursor = page.cursor;
    }
  }

  /**
   * The objects that a page of a snapshot names.
   * @param {string} page
   * @returns {Promise<NamedObject[] | undefined>} undefined: the page does not exist any more
   */
  async namedBy(page) {
    const path = `/backup/objects?${new URLSearchParams({ 'named-by': page })}`;
    const text = await this.send('GET', path, [404], undefined, async (response) =>
      response.status === 404 ? undefined : await response.text(),
    );
    return text === undefined ? undefined : jsonOf(text, this.root).objects;
  }

  /**
   * Opens an object.
   * @param {string} key
   * @returns {Promise<ObjectAnswer | undefined>} undefined: there is no such object
   */
  async read(key) {
    const response = await this.send('GET', pathOf('backup', key), [404]);
    if (response.status === 404) return undefined;
    const length = response.headers.get('Content-Length');
    // Of a compressed answer, it is not the length of the object.
    const isPlain = length !== null && !response.headers.has('Content-Encoding');
    return { body: response.body ?? [], byteLength: isPlain ? Number(length) : undefined };
  }

  /** @param {string} key @param {Buffer} bytes of the whole object */
  async put(key, bytes) {
    await this.send('PUT', pathOf('restoration', key), [], bytes);
  }

  /**
   * Writes a large object.
   * @param {string} key
   * @param {AsyncIterable<Buffer>} pieces of the same length, except the last
   */
  async putParts(key, pieces) {
    const path = pathOf('restoration', key);
    const { upload } = await this.json('POST', path);
    const parts = [];
    for await (const piece of pieces) {
      const query = new URLSearchParams({ upload, part: String(parts.length + 1) });
      parts.push(await this.json('PUT', `${path}?${query}`, piece));
    }
    await this.send('POST', path, [], { upload, parts });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Buffer | object} [body] bytes, or JSON
   * @returns {Promise<any>} the answer
   */
  async json(method, path, body) {
    return jsonOf(await this.send(method, path, [], body, (response) => response.text()), this.root);
  }

  /**
   * Sends a request, again when it fails for a passing reason, also while its answer is read. Every request may be sent twice.
   * @template Read
   * @param {string} method
   * @param {string} path
   * @param {readonly number[]} also statuses that are answers, beside those of success
   * @param {Buffer | object} [body] bytes, or JSON
   * @param {(response: Response) => Read | Promise<Read>} [read] of an answer; absent: the answer itself
   * @returns {Promise<Read>}
   */
  async send(method, path, also, body, read = (response) => /** @type {Read} */ (response)) {
    let wrong = new Error();
    let silent = 0;
    for (let [tries, wait] = [0, 0]; tries < TRIES && silent < SILENT_TRIES; tries += 1) {
      await pause(wait);
      wait = FIRST_PAUSE_MS * 2 ** tries;
      try {
        const response = await this.fetched(method, path, body);
        if (response.ok || also.includes(response.status)) return await read(response);
        wait = Math.max(wait, waitOf(response) ?? 0);
        wrong = new RefusedError(response.status, refusalOf(response.status, await response.text()));
        if (!PASSING.has(response.status)) break;
      } catch (error) {
        wrong = new Error(noAnswerFrom(this.root, error));
        if (lastingFault(error) !== undefined) break;
        if (!(error instanceof SilentError)) continue;
        silent += 1;
        if (silent < SILENT_TRIES) console.error(`${wrong.message} Trying again.`);
      }
    }
    throw wrong;
  }

  /** @param {string} method @param {string} path @param {Buffer | object | undefined} body */
  async fetched(method, path, body) {
    const isBytes = Buffer.isBuffer(body);
    const digest = isBytes ? createHash('sha256').update(body).digest('base64') : '';
    const type = isBytes ? 'application/octet-stream' : 'application/json';
    const headers = {
      // A proxy must not compress an object: its length would not be known.
      'Accept-Encoding': 'identity',
      ...(body !== undefined && { 'Content-Type': type }),
      ...(isBytes && { 'Content-Digest': `sha-256=:${digest}:` }),
    };
    const sent = body !== undefined && { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) };
    const { credential, answerMs } = this;
    return await fetchArchive(this.root + path, { method, credential, headers, ...sent }, answerMs);
  }
}

/** @param {string} of @param {string} key */
function pathOf(of, key) {
  return `/${of}/objects/${key.split('/').map(encodeURIComponent).join('/')}`;
}
