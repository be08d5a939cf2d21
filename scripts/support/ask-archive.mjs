import { lastingFault } from '../../viewer/upload/sending/unreached.mjs';

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
  }).catch((error) => {
    throw new Error(noAnswerFrom(url, error));
  });
  const text = await response.text().catch((error) => {
    throw new Error(noAnswerFrom(url, error));
  });
  if (!response.ok) throw new Error(refusalOf(response.status, text));
  return text === '' ? undefined : jsonOf(text, url);
}

/** The JSON of an answer, an object or an array. @param {string} text @param {string} url @returns {any} */
export function jsonOf(text, url) {
  try {
    const answer = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // As below.
  }
  throw notAnArchive(url);
}

/** @param {string} url */
export function notAnArchive(url) {
  return new Error(`${new URL(url).origin} does not answer as this archive does. Is the address right?`);
}

/**
 * @param {string} url
 * @param {unknown} error of fetch, or of the answer's body
 */
export function noAnswerFrom(url, error) {
  const { code } = Object(Object(error).cause);
  const why = lastingFault(error)?.text ?? (typeof code === 'string' ? `The reason: ${code}.` : '');
  return `No answer from ${new URL(url).origin}. ${why}`.trimEnd();
}

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
