import type { PlatformOperation } from '../platform/platform-calls';

/** What happens at one call. */
export interface FaultKind {
  /** Whether the platform carries the call out before that. */
  readonly when: 'before' | 'after';
  /**
   * fail: the caller gets an error. kill: the isolate ends. wait: the caller waits while other clients do their work.
   * fail on: the same service fails from then on, until the work has ended. break: what is read ends in the middle.
   */
  readonly what: 'fail' | 'fail on' | 'kill' | 'wait' | 'break';
  /** The text of the error, as the service words it. */
  readonly message?: Readonly<Record<Service, string>>;
}

export type Service = 'D1' | 'R2' | 'queue' | 'cache';

/** The service that an operation calls. */
export function serviceOf(operation: PlatformOperation): Service {
  if (operation === 'query' || operation === 'batch') return 'D1';
  if (operation === 'send') return 'queue';
  return operation === 'match' || operation === 'keep' ? 'cache' : 'R2';
}

const everywhere = (text: string) => ({ D1: `D1_ERROR: ${text}`, R2: text, queue: text, cache: text });
const LOST = everywhere('Network connection lost.');
const UNKNOWN = everywhere('something went wrong');
const TIMEOUT = {
  D1: 'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
  R2: 'The operation timed out. (10001)',
  queue: 'Queue send failed: the operation timed out',
  cache: 'The operation timed out.',
};
const OVERLOADED = {
  D1: 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
  R2: 'Service temporarily unavailable. (10043)',
  queue: 'Queue is overloaded. Please back off.',
  cache: 'The cache is overloaded.',
};

/** Every kind of fault that is tried at each call. */
export const FAULT_KINDS = {
  error: { when: 'before', what: 'fail', message: UNKNOWN },
  timeout: { when: 'before', what: 'fail', message: TIMEOUT },
  'timeout, but carried out': { when: 'after', what: 'fail', message: TIMEOUT },
  'connection lost': { when: 'before', what: 'fail', message: LOST },
  'connection lost, and from then on': { when: 'before', what: 'fail on', message: LOST },
  overloaded: { when: 'before', what: 'fail', message: OVERLOADED },
  'answer lost': { when: 'after', what: 'fail', message: LOST },
  'answer lost, unknown error': { when: 'after', what: 'fail', message: UNKNOWN },
  slow: { when: 'before', what: 'wait' },
  'slow to answer': { when: 'after', what: 'wait' },
  'killed before': { when: 'before', what: 'kill' },
  'killed after': { when: 'after', what: 'kill' },
  'body breaks off': { when: 'after', what: 'break', message: LOST },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULT_KINDS;

/** Whether the kind says something about this call. */
export function concerns(kind: FaultKind, operation: PlatformOperation): boolean {
  return kind.what !== 'break' || operation === 'get';
}
