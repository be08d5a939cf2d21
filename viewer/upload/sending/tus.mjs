import { Upload } from 'tus-js-client';
import { ArchiveError, originOf, refusal, unreachable } from './archive.mjs';

/**
 * Bytes. A file up to this length is sent in one request: it is below the platform's limit of 100 MB. The archive reads
 * such a file while it arrives, which takes half the time, and keeps what has arrived before a cut.
 */
const AT_ONCE = 90_000_000;

/**
 * Bytes of one request for a longer file, and after an attempt that has failed: a line may not bear long requests. Six parts of the
 * archive's: what does not fill a part is written, and read, once more.
 */
const CHUNK = 30 * 1024 * 1024;

/** Bytes. A file up to this length is sent with the request that creates its upload. */
const WITH_CREATION = 8 * 1024 * 1024;

/**
 * Milliseconds without progress after which a request has failed: a connection that was lost while the computer slept is
 * not reported.
 */
const SILENCE_MS = 120_000;

/** Milliseconds. When the connection may be back, a request without progress for this time has failed. */
const SILENCE_BEFORE_WAKE_MS = 10_000;

/**
 * Sends a file by the resumable protocol (tus 1.0), from where an earlier attempt ended.
 * @param {import('../files/look.mjs').Item} item its `url` and `sentBytes` are kept up to date
 * @param {object} options
 * @param {any} options.file what tus-js-client can send, such as a File, or what `fileReader` reads
 * @param {import('tus-js-client').UploadOptions['fileReader']} [options.fileReader] absent: the client's own
 * @param {string} options.uploads URL where uploads are created
 * @param {string} options.session id
 * @param {Record<string, string>} [options.headers] credentials
 * @param {AbortSignal} options.signal
 * @param {EventTarget} [options.wake] its event "wake" says that the line may be back
 * @param {() => void} options.onURL is told when `url` is there
 * @param {() => void} options.onChange is told when `sentBytes` has changed
 * @returns {Promise<void>} rejects with an ArchiveError when an attempt fails
 */
export async function sendByTus(item, options) {
  const isLong = item.size > CHUNK;
  const atOnce = item.url === undefined && item.size <= AT_ONCE;
  try {
    await send(item, options, atOnce ? AT_ONCE : CHUNK);
  } catch (error) {
    // The archive takes shorter requests.
    if (!(error instanceof ArchiveError && error.status === TOO_LARGE && atOnce && isLong)) throw error;
    await send(item, options, CHUNK);
  }
}

/** RFC 9110 15.5.14. */
const TOO_LARGE = 413;

/**
 * @param {import('../files/look.mjs').Item} item
 * @param {Parameters<typeof sendByTus>[1]} options
 * @param {number} chunkSize bytes of one request
 * @returns {Promise<void>}
 */
function send(item, { file, fileReader, uploads, session, headers = {}, signal, wake, onURL, onChange }, chunkSize) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: uploads,
      uploadUrl: item.url === undefined ? null : originOf(uploads) + item.url,
      // The name of a file may name a patient, and the archive does not need it.
      metadata: { session },
      headers,
      ...(fileReader && { fileReader }),
      chunkSize,
      uploadDataDuringCreation: item.size <= WITH_CREATION,
      // run.mjs repeats, and page.mjs remembers.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => {
        if (request.getMethod() === 'POST')
          request.setHeader('Idempotency-Key', `${session}-${item.digest ?? keyOf(item)}`);
      },
      onUploadUrlAvailable: () => {
        const path = upload.url === null ? undefined : new URL(upload.url, 'http://localhost').pathname;
        if (path === undefined || item.url === path) return;
        item.url = path;
        onURL();
      },
      onProgress: (sent) => {
        watch();
        item.sentBytes = sent;
        onChange();
      },
      onAfterResponse: watch,
      onSuccess: () => end(resolve),
      onError: (error) => end(() => reject(failure(error))),
    });
    /** @type {ReturnType<typeof setTimeout>} */
    let watchdog;
    let watchedAt = 0;
    function watch() {
      watchedAt = Date.now();
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, SILENCE_MS, unreachable());
    }
    function stop(/** @type {unknown} */ reason) {
      upload.abort().catch(() => {});
      end(() => reject(reason));
    }
    const abort = () => stop(signal.reason);
    const doubt = () => Date.now() - watchedAt > SILENCE_BEFORE_WAKE_MS && stop(unreachable());
    function end(/** @type {() => void} */ settle) {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', abort);
      wake?.removeEventListener('wake', doubt);
      settle();
    }
    signal.addEventListener('abort', abort);
    wake?.addEventListener('wake', doubt);
    watch();
    upload.start();
  });
}

/** A key for a file whose bytes were not hashed. @param {import('../files/look.mjs').Item} item */
function keyOf({ path, size, modified }) {
  return (
    [...`${path}|${size}|${modified}`].reduce(
      (hash, char) => Math.imul(hash, 31) + (char.codePointAt(0) ?? 0),
      size,
    ) >>> 0
  );
}

/** @param {Error | import('tus-js-client').DetailedError} error */
function failure(error) {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  const status = response?.getStatus() ?? 0;
  if (response === null || status === 0) return unreachable();
  // Another request of the same upload is still being written, or its bytes have arrived in the meantime: 409.
  const passing = status === 409 || status === 423 ? 423 : status;
  return refusal(passing, response.getBody(), response.getHeader('Retry-After'));
}
