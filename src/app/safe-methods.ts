import type { AppContext } from '../dicomweb/context';
import { isSafeMethod } from '../http/safe-methods';

/** Whether the method of a request changes nothing (RFC 9110 9.2.1). */
export function isSafe(c: AppContext): boolean {
  return isSafeMethod(c.req.method);
}
