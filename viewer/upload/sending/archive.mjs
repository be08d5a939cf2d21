import { lastingFault } from './unreached.mjs';

/**
 * An answer of the archive that is not a success, or none at all.
 * `status` is 0 if the archive could not be reached; `retryAfter` is in seconds, if the archive said when to try again; `code` is
 * that of its problem (RFC 9457), if it said one.
 */
export class ArchiveError extends Error {
  /** @param {string} message @param {number} status @param {number} [retryAfter] @param {string} [code] */
  constructor(message, status, retryAfter, code) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.code = code;
  }
}

/** Says that the archive cannot be reached. @param {unknown} [error] of fetch */
export function unreachable(error) {
  const fault = lastingFault(error);
  return new ArchiveError(fault?.text ?? 'The archive cannot be reached.', 0, undefined, fault?.code);
}

/** Something between here and the archive has answered in its place, such as the page of a router: it may pass. */
function notTheArchive() {
  return new ArchiveError('Something other than the archive answers at its address.', 0);
}

/**
 * @param {number} status
 * @param {string} body
 * @param {string | null | undefined} retryAfter the header
 */
export function refusal(status, body, retryAfter) {
  const seconds = Number(retryAfter ?? Number.NaN);
  const { detail, code } = problemIn(body);
  return new ArchiveError(
    detail ?? `The archive answered ${status}.`,
    status,
    Number.isFinite(seconds) ? seconds : undefined,
    code,
  );
}

/**
 * The reason in a problem (RFC 9457).
 * @param {string} body
 * @returns {{ detail?: string, code?: string }}
 */
function problemIn(body) {
  try {
    const { detail, code } = JSON.parse(body);
    return { ...(typeof detail === 'string' && { detail }), ...(typeof code === 'string' && { code }) };
  } catch {
    return {};
  }
}

/** @typedef {{ sopInstanceUID: string, sha256: string }} Known */
/** @typedef {Record<string, { Value?: unknown[] }>} DataSet a Store Instances Response as DICOM JSON */

/** The most files of one request. */
export const MOST_KNOWN = 1000;

/**
 * Milliseconds within which the archive answers: it waits for at most 20 seconds itself, and for memory 90. Every request
 * may be sent again, and gets the same answer. A connection that was lost while the computer slept is not reported
 * otherwise.
 */
const SILENCE_MS = 120_000;

/** The origin of an absolute URL; empty for a path, which is at the origin of the page. @param {string} url */
export function originOf(url) {
  return URL.canParse(url) ? new URL(url).origin : '';
}

/**
 * Requests with these credentials. They reject with an ArchiveError when the archive cannot be reached or does not answer in time.
 * @param {Record<string, string>} headers
 */
function requestsWith(headers) {
  /** @param {string} url @param {RequestInit} init */
  const ask = async (url, { headers: more, ...init }) => {
    const patience = AbortSignal.timeout(SILENCE_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, patience]) : patience;
    // The archive does not redirect. Another server must not get the credentials.
    const response = await fetch(url, {
      redirect: 'error',
      cache: 'no-store',
      ...init,
      signal,
      headers: { ...headers, ...more },
    }).catch((error) => {
      if (init.signal?.aborted) throw error;
      throw unreachable(error);
    });
    const body = await response.text().catch(() => undefined);
    if (body === undefined) {
      init.signal?.throwIfAborted();
      throw unreachable();
    }
    return { status: response.status, body, retryAfter: response.headers.get('Retry-After') };
  };
  /** @param {string} url @param {RequestInit} init @returns {Promise<any>} */
  const json = async (url, init) => {
    const { status, body, retryAfter } = await ask(url, init);
    if (status < 200 || status > 299) throw refusal(status, body, retryAfter);
    const answer = parsed(body);
    if (answer === undefined) throw notTheArchive();
    return answer;
  };
  const post = (/** @type {string} */ url, /** @type {AbortSignal} */ signal, /** @type {object} */ body, more = {}) =>
    json(url, {
      method: 'POST',
      signal,
      headers: { 'Content-Type': 'application/json', ...more },
      body: JSON.stringify(body),
    });

  return { ask, json, post };
}

/**
 * The upload sessions of an archive.
 * @param {string} root the address before /upload-sessions: "/dicomweb", or an absolute URL
 * @param {Record<string, string>} [headers] credentials
 */
export function archiveAt(root, headers = {}) {
  const sessions = `${root}/upload-sessions`;
  const { ask, json, post } = requestsWith(headers);

  return {
    uploads: `${root}/uploads`,

    /**
     * @param {AbortSignal} signal
     * @param {string} key the same when the request is sent again
     * @returns {Promise<string>} the id of the session
     */
    openSession: async (signal, key) => {
      const { id } = await post(sessions, signal, {}, { 'Idempotency-Key': key });
      if (typeof id !== 'string') throw notTheArchive();
      return id;
    },

    /** @param {AbortSignal} signal @param {string} session @returns {Promise<boolean>} whether it is there, for this user */
    hasSession: async (signal, session) => {
      const { status, body, retryAfter } = await ask(`${sessions}/${session}`, { signal });
      if (status === 404 || status === 410) return false;
      if (status !== 200) throw refusal(status, body, retryAfter);
      const { state } = parsed(body) ?? {};
      if (typeof state !== 'string') throw notTheArchive();
      return state !== 'closed';
    },

    /**
     * @param {AbortSignal} signal @param {string} session @param {Known[]} files at most MOST_KNOWN
     * @returns {Promise<Known[]>} those that the archive has with exactly these bytes
     */
    known: async (signal, session, files) => {
      const known = await post(`${sessions}/${session}/known`, signal, files);
      if (!Array.isArray(known)) throw notTheArchive();
      return known;
    },

    /** @param {AbortSignal} signal @param {string} session @returns {Promise<DataSet>} rejects with 503 while an upload is not stored yet */
    close: async (signal, session) => {
      const init = { method: 'POST', signal, headers: { Accept: 'application/dicom+json' } };
      const { status, body, retryAfter } = await ask(`${sessions}/${session}/close`, init);
      return storeResponse(status, body, retryAfter);
    },

    /**
     * What became of one upload: of its file, or of each file in its ZIP file.
     * @param {AbortSignal} signal
     * @param {string} upload the path of its URL
     * @returns {Promise<import('./outcome.mjs').Result[]>}
     */
    resultsOf: (signal, upload) =>
      allResults((after) => json(originOf(root) + upload + after, { signal, headers: { Accept: 'application/json' } })),

    /**
     * Ends the unfinished uploads of a session, which could not be closed otherwise.
     * @param {AbortSignal} signal
     * @param {string} session
     */
    abandon: async (signal, session) => {
      const { uploads } = await json(`${sessions}/${session}`, { signal });
      for (const { id, state } of uploads) {
        if (state !== 'receiving') continue;
        await ask(`${root}/uploads/${id}`, { method: 'DELETE', signal, headers: { 'Tus-Resumable': '1.0.0' } });
      }
    },
  };
}

/**
 * The results of an upload, page by page.
 * @param {(after: string) => Promise<any>} page the description of the upload; `after`: the query of a further page
 * @returns {Promise<import('./outcome.mjs').Result[]>} rejects with 503 while they are not known
 */
async function allResults(page) {
  const found = [];
  for (let after = ''; ; ) {
    const { state, reason, results, next } = await page(after);
    if (state === 'receiving' || state === 'received')
      throw new ArchiveError('The archive has not stored all files yet.', 503);
    found.push(...results);
    if (next === undefined)
      return found.length > 0 || state !== 'failed'
        ? found
        : [{ result: 'storage', detail: reason, failureReason: 0x0110 }];
    after = `?after=${next}`;
  }
}

/**
 * Some failures have a response too, with a reason for each instance (PS3.18 10.5.3): 409 of all kinds, 413, 503.
 * @param {number} status @param {string} body @param {string | null | undefined} retryAfter
 * @returns {DataSet}
 */
export function storeResponse(status, body, retryAfter) {
  const dataSet = parsed(body);
  const isResponse =
    dataSet !== undefined && ['00081198', '00081199', '0008119A', '00081190'].some((tag) => tag in dataSet);
  if (isResponse) return dataSet;
  throw status >= 200 && status <= 299 && dataSet === undefined ? notTheArchive() : refusal(status, body, retryAfter);
}

/** @param {string} body @returns {any} undefined if it is no JSON */
function parsed(body) {
  try {
    return Object(JSON.parse(body));
  } catch {
    return undefined;
  }
}
