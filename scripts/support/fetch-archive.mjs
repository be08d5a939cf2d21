/* How the commands send a request to an archive. */

/** Milliseconds in which an archive begins its answer, also when it is busy. */
const ANSWER_MS = 120_000;

/** The longest wait, in milliseconds, that an answer can ask for. */
const LONGEST_WAIT_MS = 60_000;

/** The request has arrived, and no answer has begun. */
export class SilentError extends Error {
  /** @param {string} url @param {number} milliseconds */
  constructor(url, milliseconds) {
    super(`No answer from ${new URL(url).origin} within ${milliseconds / 1000} seconds.`);
  }
}

/**
 * @param {string} url
 * @param {object} request
 * @param {string} request.method
 * @param {string} request.credential empty: none
 * @param {Record<string, string>} request.headers
 * @param {NonNullable<RequestInit['body']>} [request.body]
 * @param {number} [answerMs] milliseconds in which the answer has to begin
 * @returns {Promise<Response>}
 * @throws SilentError, or the error of fetch
 */
export async function fetchArchive(url, { credential, headers, ...request }, answerMs = ANSWER_MS) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new SilentError(url, answerMs)), answerMs);
  try {
    return await fetch(url, {
      ...request,
      headers: { ...headers, ...(credential && { Authorization: `Bearer ${credential}` }) },
      // The archive does not redirect. Another server must not get the key.
      redirect: 'error',
      signal: silence.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Milliseconds after which a request that was not carried out may be sent again, by the header Retry-After of the answer.
 * @param {Response} response
 * @returns {number | undefined} undefined: the answer does not say it
 */
export function waitOf(response) {
  if (response.status !== 429 && response.status !== 503) return undefined;
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return seconds >= 0 ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : undefined;
}
