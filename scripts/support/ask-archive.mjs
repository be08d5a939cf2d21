/* How the commands ask an archive for JSON. */

/**
 * @typedef {object} Question
 * @property {string} method
 * @property {string} credential empty: none
 * @property {object} [body] sent as JSON
 */

/**
 * Sends a request to an archive.
 * @param {string} url
 * @param {Question} question
 * @returns {Promise<any>} its answer; undefined if it is empty
 * @throws Error in words: no answer, a status of failure, or an answer that is not of an archive
 */
export async function askArchive(url, { method, credential, body }) {
  const response = await fetch(url, {
    method,
    // The archive does not redirect. Another server must not get the key.
    redirect: 'error',
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(credential && { Authorization: `Bearer ${credential}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => undefined);
  const text = await response?.text().catch(() => undefined);
  if (response === undefined || text === undefined) throw new Error(noAnswerFrom(url));
  if (!response.ok) throw new Error(refusalOf(response.status, text));
  return text === '' ? undefined : jsonOf(text, url);
}

/** The JSON of an answer. @param {string} text @param {string} url @returns {any} */
export function jsonOf(text, url) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${new URL(url).origin} does not answer as this archive does. Is the address right?`);
  }
}

/** @param {string} url */
export const noAnswerFrom = (url) => `No answer from ${new URL(url).origin}.`;

/**
 * What a refusal says: its status, and its reason if it is a problem (RFC 9457). The texts of other servers are not repeated.
 * @param {number} status @param {string} text
 */
export function refusalOf(status, text) {
  try {
    const { detail } = JSON.parse(text);
    if (typeof detail === 'string') return `The archive answers ${status}: ${detail}`;
  } catch {
    // The answer of a proxy, or of something else.
  }
  return `The archive answers ${status}.`;
}
