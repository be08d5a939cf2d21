import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { entryName } from '../outbox/entry-name.mjs';
import { DamagedFile, entryBytes } from './entry-file.mjs';
import { NoAnswer } from './http-client.mjs';
import { outcomeOf } from './outcome.mjs';

/** Status codes of OPTIONS, with and without resumable uploads. */
const TELLING = new Set([200, 204, 404, 405, 501]);

const TUS = { 'Tus-Resumable': '1.0.0' };

/** Bytes that are read and sent at once. */
const PIECE_BYTES = 64 * 1024;

/** The usual length of the archive's parts. The archive writes and reads bytes that do not fill a part once more. */
const PART_BYTES = 5 * 1024 * 1024;

/** Requests for the result, while the archive reads the file that it received. */
const MOST_POLLS = 2000;

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 * @typedef {import('./outcome.mjs').Outcome} Outcome
 *
 * @typedef {object} UploadParts
 * @property {import('./http-client.mjs').HTTPClient} http
 * @property {import('./credentials.mjs').Credentials} credentials
 * @property {import('./bandwidth.mjs').Bandwidth} bandwidth
 * @property {string} base of the archive
 * @property {number} requestBytes the longest body of a request
 * @property {(entry: Entry) => string} pathOf
 */

/**
 * Sends instances that are longer than a request by the archive's resumable uploads (tus 1.0). Nothing is kept here
 * about an upload: the Idempotency-Key of its creation leads to it again after a crash, and the archive knows the offset.
 */
export class ResumableUploads {
  #parts;
  /** @type {boolean | undefined} */
  #offered;

  /** @param {UploadParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Whether the archive has resumable uploads.
   * @param {AbortSignal} signal
   * @throws {NoAnswer} when the answer does not tell
   */
  async areOffered(signal) {
    if (this.#offered === undefined) {
      const { status, headers } = await this.#send('OPTIONS', `${this.#parts.base}/uploads`, {}, undefined, signal);
      // Other statuses describe the present state of the archive, not what it offers.
      if (!TELLING.has(status)) throw new NoAnswer(`status ${status}`);
      this.#offered = String(headers['tus-version'] ?? '')
        .split(',')
        .includes('1.0.0');
    }
    return this.#offered;
  }

  /**
   * @param {Entry} entry
   * @param {string} attempt changes the key, after an upload that failed
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async store(entry, attempt, signal) {
    // The whole file is checked first, since it is then read in ranges.
    for await (const _ of entryBytes(entry, this.#parts.pathOf(entry)));
    const created = await this.#create(entry, attempt, signal);
    if (created.status !== 201 || typeof created.headers.location !== 'string') return outcomeOf(created, 1);
    const { pathname, search } = new URL(created.headers.location, `${this.#parts.base}/uploads`);
    // Credentials go to the configured archive only.
    const url = new URL(pathname + search, this.#parts.base).href;
    const failed = await this.#sendFrom(url, entry, signal);
    if (failed) return lost(failed);
    return lost(await this.#resultOf(url, signal));
  }

  /**
   * @param {Entry} entry
   * @param {string} attempt
   * @param {AbortSignal} signal
   */
  #create(entry, attempt, signal) {
    const key = createHash('sha256')
      .update(`${entryName(entry)}\n${attempt}`)
      .digest('hex');
    const filename = Buffer.from(`${entry.sopInstanceUID}.dcm`).toString('base64');
    const headers = {
      'Idempotency-Key': `"${key}"`,
      'Upload-Length': entry.bytes,
      'Upload-Metadata': `filename ${filename}`,
      'Content-Length': 0,
    };
    return this.#send('POST', `${this.#parts.base}/uploads`, headers, undefined, signal);
  }

  /**
   * @param {string} url of the upload
   * @param {Entry} entry
   * @param {AbortSignal} signal
   * @returns {Promise<import('./http-client.mjs').Answer | undefined>} the answer that stopped it; undefined: all is sent
   */
  async #sendFrom(url, entry, signal) {
    const head = await this.#send('HEAD', url, {}, undefined, signal);
    if (head.status !== 200 && head.status !== 204) return head;
    let offset = Number(head.headers['upload-offset']);
    const { requestBytes } = this.#parts;
    while (offset < entry.bytes) {
      const whole = requestBytes - ((offset + requestBytes) % PART_BYTES);
      const length = Math.min(whole > 0 ? whole : requestBytes, entry.bytes - offset);
      const headers = {
        'Content-Type': 'application/offset+octet-stream',
        'Upload-Offset': offset,
        'Content-Length': length,
      };
      const answer = await this.#send('PATCH', url, headers, this.#range(entry, offset, length), signal);
      if (answer.status !== 204) return answer;
      const next = Number(answer.headers['upload-offset']);
      if (!(next > offset)) return { ...answer, status: 502 };
      offset = next;
    }
    return undefined;
  }

  /**
   * Waits for the archive's result for the instance.
   * @param {string} url
   * @param {AbortSignal} signal
   */
  async #resultOf(url, signal) {
    for (let poll = 0; ; poll++) {
      const answer = await this.#send('GET', url, { Accept: 'application/dicom+json' }, undefined, signal);
      if (answer.status !== 503 || poll >= MOST_POLLS || signal.aborted) return answer;
      const seconds = Number(answer.headers['retry-after']) || 1;
      await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 30) * 1000));
    }
  }

  /**
   * @param {Entry} entry
   * @param {number} offset
   * @param {number} length
   */
  async *#range(entry, offset, length) {
    const handle = await open(this.#parts.pathOf(entry), 'r').catch(() => undefined);
    if (!handle) throw new DamagedFile(entry);
    try {
      for (let at = offset; at < offset + length; ) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, offset + length - at));
        const { bytesRead } = await handle.read(piece, 0, piece.length, at);
        if (bytesRead === 0) throw new DamagedFile(entry);
        await this.#parts.bandwidth.take(bytesRead);
        yield piece.subarray(0, bytesRead);
        at += bytesRead;
      }
    } finally {
      await handle.close();
    }
  }

  /**
   * @param {string} method
   * @param {string} url
   * @param {Record<string, string | number>} headers
   * @param {AsyncIterable<Uint8Array> | undefined} body
   * @param {AbortSignal} signal
   */
  async #send(method, url, headers, body, signal) {
    const { credentials, http } = this.#parts;
    const all = { ...(await credentials.headers()), ...TUS, ...headers };
    const answer = await http.send({ method, url, headers: all, ...(body ? { body } : {}) }, signal);
    if (answer.status === 401) credentials.refused();
    return answer;
  }
}

/** Statuses that show that the upload does not exist, or cannot be continued. */
const LOST = new Set([400, 404, 409, 410, 412, 413, 422]);

/**
 * The outcome of an answer from an upload. An upload that has expired or was damaged is begun again, with another key.
 * @param {import('./http-client.mjs').Answer} answer
 * @returns {Outcome}
 */
function lost(answer) {
  const outcome = outcomeOf(answer, 1);
  const isDecided = outcome.kind === 'answered' || outcome.kind === 'refused';
  return LOST.has(answer.status) && !isDecided ? { ...outcome, kind: 'unclear' } : outcome;
}
