import { explain, explained } from './explained.mjs';

/*
 * Why an image failed, as Cornerstone tells it. The page says it over the viewport, so OHIF need not say it again.
 */

/** The texts of browsers for a request or an answer that broke off. */
const BROKEN = /failed to fetch|network ?error|load failed|connection/i;

/** @param {string} message of an error of OHIF, which says the status or what the browser says @returns {number} NaN without one */
function statusIn(message) {
  const [, status] = /got status (\d+)/.exec(message) ?? [];
  return status === undefined && BROKEN.test(message) ? 0 : Number(status);
}

/** An error of Cornerstone, and the errors and requests inside it.  @param {any} error @returns {any[]} the error and what is in it */
const partsOf = (error) => [error, error?.error, error?.request, error?.error?.request].filter(isObject);

/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null;

/**
 * Reads the reason of a failed image, and notes that the page says it.
 * @param {any} error of the event
 * @param {(request: XMLHttpRequest) => any} answerOf reads the archive's problem from its answer
 * @returns {{ status?: number, detail?: string, message?: string }} the status of the answer, 0 without one; undefined if it came
 */
export function failureOf(error, answerOf) {
  const parts = partsOf(error);
  for (const part of parts) explain(part);
  const request = parts.find((part) => part instanceof XMLHttpRequest);
  const cause = error.error ?? error;
  const status = request?.status ?? statusIn(String(cause.message));
  if (Number.isNaN(status) || (status > 0 && status < 400))
    return { message: String(cause.message ?? cause).slice(0, 200) };
  return { status, detail: request && answerOf(request)?.detail };
}

/** Whether the page says the reason of an error that nothing in OHIF caught. @param {unknown} error */
export const isExplained = (error) => partsOf(error).some((part) => explained.has(part));
