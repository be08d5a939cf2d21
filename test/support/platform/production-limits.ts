/// <reference path="../async-hooks.d.ts" />
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { limitedBucket } from './limited-bucket';
import { limitedDatabase } from './limited-database';
import { type Call, PRODUCTION } from './platform-limits';
import { replacing } from './replacing';

/** Limits that a test may set lower, to reach them with little data. */
interface InvocationLimits {
  readonly subrequests: number;
  readonly queries: number;
}

/** The operations of one request, queue batch or scheduled run on the platform. */
export class Invocation {
  subrequests = 0;
  queries = 0;
  mostWaiting = 0;
  private waiting = 0;
  private readonly queued: (() => void)[] = [];

  constructor(private readonly limits: InvocationLimits = PRODUCTION) {}

  /** @param queries D1 statements of the call @throws with the platform's message */
  async call<T>(queries: number, work: () => Promise<T>): Promise<T> {
    this.subrequests += 1;
    this.queries += queries;
    if (this.subrequests > this.limits.subrequests)
      throw new Error('Too many subrequests by single Worker invocation.');
    if (this.queries > this.limits.queries) {
      throw new Error('D1_ERROR: Too many API requests by single Worker invocation.');
    }
    while (this.waiting >= PRODUCTION.connections) await new Promise<void>((resolve) => this.queued.push(resolve));
    this.waiting += 1;
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting);
    try {
      return await work();
    } finally {
      this.waiting -= 1;
      this.queued.shift()?.();
    }
  }
}

const current = new AsyncLocalStorage<Invocation>();

/** Runs `work` as one request of a Worker. All its calls to limited bindings are counted together. */
export function asInvocation<T>(work: () => T, invocation = new Invocation()): T {
  return current.run(invocation, work);
}

/** A call outside of every request, such as a test's own, is checked alone, and not counted with others. */
function call<T>(queries: number, work: () => Promise<T>): Promise<T> {
  return (current.getStore() ?? new Invocation()).call(queries, work);
}

const limited = new WeakMap<object, object>();

/** @returns the wrapper that an object has, or gets now */
function once<Of extends object>(of: Of, wrap: (of: Of, through: Call) => Of): Of {
  const known = (limited.get(of) as Of | undefined) ?? wrap(of, call);
  limited.set(of, known);
  return known;
}

/** The same bindings within production's limits. The same database gives the same wrapper. */
export function withinLimits(bindings: ArchiveBindings): ArchiveBindings {
  const { database, bucket, queue, others } = bindings;
  return {
    database: once(database, limitedDatabase),
    bucket: once(bucket, limitedBucket),
    queue: limitedQueue(queue),
    ...(others && { others: others.map((one) => once(one, limitedDatabase)) }),
  };
}

function limitedQueue(queue: Queue): Queue {
  return replacing(queue, {
    send: (...of: Parameters<Queue['send']>) => call(0, () => queue.send(...of)),
    sendBatch: (...of: Parameters<Queue['sendBatch']>) => call(0, () => queue.sendBatch(...of)),
  });
}
