import { setTimeout as pause } from 'node:timers/promises';
import { lastingFault } from '../../viewer/upload/sending/unreached.mjs';
import { fetchArchive, SilentError, waitOf } from './fetch-archive.mjs';

/* How the commands ask an archive for JSON. */

/**
 * @typedef {object} Question
 * @property {string} method
 * @property {string} credential empty: none
 * @property {object} [body] sent as JSON
 */

/** How often a request is sent to an archive that is busy, and says when it may be sent again. */
const TRIES = 10;

/**
 * Sends a request to an archive, again while the archive is busy.
 * @param {string} url
 * @param {Question} question
 * @returns {Promise<any>} its answer; undefined if it is empty
 * @throws Error in words: no answer, a status of failure, or an answer that is not of an archive
 */
export async function askArchive(url, { method, credential, body }) {
  const json = body && { body: JSON.stringify(body) };
  const headers = { ...(body && { 'Content-Type': 'application/json' }) };
  for (let tries = 1; ; tries += 1) {
    const { response, text } = await answerTo(url, { method, credential, headers, ...json });
    if (response.ok) return text === '' ? undefined : jsonOf(text, url);
    const refusal = refusalOf(response.status, text);
    const wait = waitOf(response);
    if (wait === undefined || tries === TRIES) throw new Error(refusal);
    console.error(`${refusal} Trying again in ${Math.ceil(wait / 1000)} s.`);
    await pause(wait);
  }
}

/** @param {string} url @param {Parameters<typeof fetchArchive>[1]} request */
async function answerTo(url, request) {
  try {
    const response = await fetchArchive(url, request);
    return { response, text: await response.text() };
  } catch (error) {
    throw new Error(noAnswerFrom(url, error));
  }
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
  if (error instanceof SilentError) return error.message;
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
