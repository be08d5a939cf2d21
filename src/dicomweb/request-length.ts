import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';

/**
 * Refuses a request whose body is longer than a request may be, as its header says.
 * @throws HttpProblem 413
 */
export function refuseLongBody(c: AppContext): void {
  if (Number(c.req.header('Content-Length') ?? 0) > c.get('config').limits.requestBytes) throw tooLong(c);
}

/** The answer to a body that is too long. It names the resumable upload for longer files. */
export function tooLong(c: AppContext): HttpProblem {
  return new HttpProblem('too-large', tooLongText(c.get('config').limits.requestBytes, c.get('baseURI')));
}

/** A sentence with the most bytes of a request, and the resumable upload for longer files. */
export function tooLongText(requestBytes: number, baseURI: string): string {
  const uploads = `${new URL(baseURI).pathname}/uploads`;
  return `A request may have at most ${requestBytes} bytes. Send longer files by resumable uploads (tus 1.0): POST ${uploads}.`;
}
