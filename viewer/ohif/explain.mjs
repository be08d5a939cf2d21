import { notice } from '../not-shown/notice.mjs';
import { failureText } from '../upload/sending/reasons.mjs';
import { wordsOf } from './failed-words.mjs';

/** The properties that session.js sets on the window. */
const page = /** @type {any} */ (window);

/**
 * Replaces "request failed" by the archive's reason, or by what is known without one.
 * @param {Error & { request?: XMLHttpRequest }} error of dicomweb-client
 * @param {() => boolean} isWorking whether the user has something on the page that would be lost; then nothing covers the page
 */
export function explain(error, isWorking) {
  const { request } = error;
  if (!request) return;
  const answer = answerOf(request);
  const reason = answer?.detail ?? failure(answer);
  const words = wordsOf(request.status, reason, request.responseURL);
  if (words) error.message = words;
  // A busy archive says when to try again; an archive that is not configured does not.
  if (request.status === 503 && reason && !request.getResponseHeader('Retry-After') && !isWorking()) {
    notice('This archive does not answer yet', [
      reason,
      'If you run this deployment: the settings in wrangler.toml decide who has access. README, "Deploy", says how.',
    ]);
  }
  if (request.status === 401) page.archiveSession.signIn();
}

/** @param {XMLHttpRequest} request @returns {any} the JSON of its answer; undefined: it is no JSON */
export function answerOf(request) {
  try {
    const { response } = request;
    if (response instanceof ArrayBuffer) return JSON.parse(new TextDecoder().decode(response));
    return typeof response === 'string' ? JSON.parse(response) : response;
  } catch {
    return undefined;
  }
}

/** The reason in a STOW answer (PS3.18 10.5.3): Failed SOP Sequence, or Other Failures Sequence. @param {any} answer */
function failure(answer) {
  const item = (answer?.['00081198'] ?? answer?.['0008119A'])?.Value?.[0];
  return item?.['00081197'] && failureText(item);
}
