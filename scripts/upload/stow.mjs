import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { request as requestHTTP } from 'node:http';
import { request as requestHTTPS } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { storeResponse, unreachable } from '../../viewer/upload/sending/archive.mjs';
import { UnreadableFile } from '../../viewer/upload/sending/run.mjs';
import { storeBody } from '../support/store-body.mjs';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */

/** Bytes that a request needs for each file beside the file's own. */
export const OVERHEAD = 200;

/** Milliseconds without progress after which a request has failed. */
const SILENCE_MS = 120_000;

/**
 * Stores files in one request (PS3.18 10.5), read while they are sent.
 * @param {readonly { item: Item, file: import('./find-files.mjs').Path }[]} files
 * @param {object} options
 * @param {string} options.root the DICOMweb root
 * @param {string} options.session the same request in another session is another request
 * @param {Record<string, string>} options.headers credentials
 * @param {AbortSignal} options.signal
 * @param {() => void} options.onChange `sentBytes` of an item has changed
 * @returns {Promise<{ status: number, dataSet: import('../../viewer/upload/sending/archive.mjs').DataSet }>} rejects with an ArchiveError
 */
export async function storeTogether(files, { root, session, headers, signal, onChange }) {
  // The same files make the same request, so that its answer can be repeated.
  const key = createHash('sha256');
  for (const { item } of files) key.update(`${item.digest}\n`);
  const boundary = key.digest('hex').slice(0, 48);
  const { contentType, length, body } = multipartBody(files, boundary, onChange);

  const url = new URL(`${root}/studies`);
  const send = url.protocol === 'https:' ? requestHTTPS : requestHTTP;
  const request = send(url, {
    method: 'POST',
    signal,
    timeout: SILENCE_MS,
    headers: {
      ...headers,
      Accept: 'application/dicom+json',
      'Content-Type': contentType,
      'Content-Length': length,
      'Idempotency-Key': `${session}-${boundary}`,
    },
  });
  request.once('timeout', () => request.destroy(unreachable()));
  const answered = new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  answered.catch(() => {});
  try {
    // An archive that refuses a request answers before it has read all of it. Then the answer counts.
    const sent = pipeline(Readable.from(body()), request).catch((error) => Promise.race([answered, rejectSoon(error)]));
    const response = await Promise.race([answered, sent.then(() => answered)]);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return {
      status: response.statusCode,
      dataSet: storeResponse(response.statusCode, text, response.headers['retry-after']),
    };
  } catch (error) {
    for (const { item } of files) item.sentBytes = 0;
    signal.throwIfAborted();
    throw isOfConnection(error) ? unreachable() : error;
  } finally {
    request.destroy();
  }
}

/**
 * The body of a request with these files. Its length is announced before the files are read.
 * @param {readonly { item: Item, file: import('./find-files.mjs').Path }[]} files
 * @param {string} boundary
 * @param {() => void} onChange `sentBytes` of an item has changed
 */
function multipartBody(files, boundary, onChange) {
  const { contentType, before, after, end } = storeBody(boundary);
  const length = files.reduce((sum, { item }) => sum + before.length + item.size + after.length, end.length);
  /** @throws UnreadableFile when a file does not have the announced length */
  async function* body() {
    for (const { item, file } of files) {
      yield before;
      item.sentBytes = 0;
      for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
        yield chunk;
        item.sentBytes += chunk.length;
        onChange();
      }
      if (item.sentBytes !== item.size) throw new UnreadableFile(item);
      yield after;
    }
    yield end;
  }
  return { contentType, length, body };
}

/** Leaves time for an answer that is on its way. @param {unknown} error @returns {Promise<never>} */
function rejectSoon(error) {
  return new Promise((_resolve, reject) => setTimeout(reject, 500, error));
}

/** @param {unknown} error */
function isOfConnection(error) {
  return !(error instanceof UnreadableFile) && /** @type {NodeJS.ErrnoException} */ (Object(error)).code !== undefined;
}
