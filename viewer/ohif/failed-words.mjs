/* The words for requests of OHIF that failed. */

/** The address of what is read by a link for somebody outside. There is no sign-in for it. */
const SHARE = /\/shares\//;

/** The archive's own reason is for programs: it names tokens and keys. */
const SIGNED_OUT = 'You are no longer signed in. Sign in on another tab of this browser, and try again here.';

/**
 * What the user reads about a request that failed.
 * @param {number} status of HTTP; 0: no answer came
 * @param {string | undefined} reason of the archive; none in the answer of a proxy before it
 * @param {string} address of the request
 * @returns {string | undefined} undefined: nothing is known
 */
export function wordsOf(status, reason, address) {
  if (status === 401 && !SHARE.test(address)) return SIGNED_OUT;
  if (reason !== undefined) return reason;
  if (status === 0) return 'The archive cannot be reached.';
  if (status === 429 || status === 503) return 'The archive is busy. Try again in a moment.';
  return status >= 500 ? `The archive answered ${status}.` : undefined;
}
