import type { AppContext } from './context';
import { HttpProblem, problemResponse } from './problem';

/** Every error's answer. What was not foreseen is told by its kind alone: a message could quote a patient's data. */
export function errorResponse(error: Error, _c: AppContext): Response {
  if (error instanceof HttpProblem) return problemResponse(error);
  console.error(JSON.stringify({ event: 'unforeseen-error', name: error.name }));
  return problemResponse(new HttpProblem('internal', 'The server failed to answer.'));
}

export function notFound(_c: AppContext): Response {
  return problemResponse(new HttpProblem('not-found', 'There is no such resource.'));
}
