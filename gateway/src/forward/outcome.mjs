import { otherFailures, readStoreAnswer } from './store-answer.mjs';

/**
 * What an answer means for a request with some instances.
 * @typedef {object} Outcome
 * @property {'answered' | 'wait' | 'configuration' | 'too-large' | 'unclear' | 'refused'} kind answered: `results` says
 * what became of each instance. wait: the archive is not able to store now. configuration: the archive refuses the
 * gateway, or the address is not that of an archive; an administrator has to correct it. too-large: the request is too
 * long for the archive. unclear: some instance of the request is wrong; the gateway sends each one alone to find out
 * which. refused: the only instance of the request is refused.
 * @property {import('./store-answer.mjs').StoreAnswer} results
 * @property {import('../outbox/refused.mjs').Refusal} refusal why nothing was stored, for all kinds but answered
 * @property {number} retryAfter milliseconds
 */

/**
 * Failure Reasons that may pass: out of resources (A7xxH), processing failure (0110H). PS3.18 table I.2-2.
 * @param {string} failureReason
 */
function isTransient(failureReason) {
  return /^A7|^0110$/.test(failureReason);
}

/**
 * Whether the reason why an instance was not stored may be temporary, so that another request may succeed.
 * @param {string | undefined} failureReason undefined: the archive did not name one
 * @param {number | undefined} status of the answer
 */
export function mayPass(failureReason, status) {
  return failureReason === undefined || (isTransient(failureReason) && status !== 413);
}

const WAIT = new Set([408, 423, 425, 429]);
const CONFIGURATION = new Set([401, 403, 404, 405, 406, 415, 421]);

/**
 * @param {import('./http-client.mjs').Answer} answer to a Store request
 * @param {number} instances in the request
 * @returns {Outcome}
 */
export function outcomeOf({ status, headers, text }, instances) {
  const results = status < 500 ? readStoreAnswer(text) : undefined;
  const [other] = otherFailures(text);
  const refusal = {
    reason: other === undefined ? `the archive answered ${status}` : 'the archive cannot read the instance',
    failureReason: other,
    status,
  };
  const kind = () => {
    if (results !== undefined && results.size > 0) return 'answered';
    if (status >= 500 || WAIT.has(status)) return 'wait';
    if (status === 413) return 'too-large';
    // Only a Failure Reason of an instance is a refusal by the archive: a proxy may answer 400 too.
    if (other !== undefined && !isTransient(other) && instances === 1) return 'refused';
    return CONFIGURATION.has(status) || status < 400 ? 'configuration' : 'unclear';
  };
  return { kind: kind(), results: results ?? new Map(), refusal, retryAfter: retryAfter(headers['retry-after']) };
}

/** @param {string | undefined} value seconds, or a date (RFC 9110 10.2.3) */
function retryAfter(value) {
  if (value === undefined) return 0;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) * 1000 : 0;
}
