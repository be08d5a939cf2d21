import type { AppContext } from '../dicomweb/context';

/** Whether the method of a request changes nothing (RFC 9110 9.2.1). */
export function isSafe(c: AppContext): boolean {
  return SAFE_METHODS.has(c.req.method);
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
