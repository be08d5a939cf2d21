import { ObjectMissing } from '../../archive/body/stream-pieces';
import { TooManyToCompareError } from '../../archive/deidentify/too-many-to-compare';
import { WithheldError } from '../../archive/deidentify/withheld';
import { TooMuchWorkError, UnavailableError } from '../../archive/unavailable';
import { HttpProblem, problemResponse } from '../../http/problem';
import { logFailure } from '../../log';
import { ConfigurationError } from '../../settings';
import type { AppContext } from '../context';

/**
 * The answer to every error. An unexpected error is reported without its message, because the message could quote
 * patient data.
 */
export function errorResponse(error: Error): Response {
  if (error instanceof HttpProblem) return problemResponse(error);
  if (error instanceof ConfigurationError) {
    return problemResponse(new HttpProblem('misconfigured', `This deployment is misconfigured: ${error.message}`));
  }
  if (error instanceof UnavailableError) {
    logFailure('unavailable', undefined, { reason: error.message });
    const headers = { 'Retry-After': '10' };
    return problemResponse(new HttpProblem('unavailable', 'The archive is busy. Send the request again.', headers));
  }
  if (error instanceof ObjectMissing) return problemResponse(new HttpProblem('object-missing', LOST));
  if (error instanceof WithheldError) {
    const detail = `The instance is not available in de-identified form: ${error.reason}.`;
    return problemResponse(new HttpProblem('not-acceptable', detail));
  }
  if (error instanceof TooManyToCompareError) {
    const detail =
      'The search names attributes whose values are replaced, and too much matches its other keys. Name a study.';
    return problemResponse(new HttpProblem('too-large', detail));
  }
  if (error instanceof TooMuchWorkError) {
    logFailure('too-much-work');
    return problemResponse(new HttpProblem('too-large', 'The request asks for too much at once. Ask for less.'));
  }
  return problemResponse(new HttpProblem('internal', 'The server failed to answer.'));
}

/**
 * The index names an object that is not in the bucket. Not 404 or 410: a harvester would take the instance for deleted.
 * Not 503: sending the request again does not help (PS3.18 table 8.5-1).
 */
const LOST =
  'The archive has lost stored bytes of this resource. Sending the request again does not help. ' +
  'Tell the operator of the archive: the log names the lost object under the id in X-Request-Id.';

/** RFC 9110 15.5.6. @param allowed methods that the resource has */
export function methodNotAllowed(allowed: readonly string[]): () => Response {
  const headers = { Allow: allowed.join(', ') };
  return () => problemResponse(new HttpProblem('method-not-allowed', 'The resource has no such method.', headers));
}

/** Answers 404 for a path that no route has. */
export function notFound(_c: AppContext): Response {
  return problemResponse(new HttpProblem('not-found', 'There is no such resource.'));
}
