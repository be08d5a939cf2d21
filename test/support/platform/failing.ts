import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { type PlatformOperation, watchedBindings } from './platform-calls';

/** How an operation fails: before it has started, or by losing its answer after it was carried out. */
export interface Failure {
  readonly message: string;
  readonly when: 'before' | 'after';
}

const OPERATIONS = ['query', 'batch', 'put', 'get', 'head', 'delete', 'begin', 'part', 'complete', 'abort'] as const;

/** A round trip to D1, or a call of R2; begin, part, complete and abort are those of a multipart upload. */
export type Operation = (typeof OPERATIONS)[number];

/**
 * Bindings that fail at times, as the platform does.
 * @param plan is called before each operation; undefined means that the operation succeeds
 */
export function failing(
  bindings: ArchiveBindings,
  plan: (operation: Operation) => Failure | undefined,
): ArchiveBindings {
  return watchedBindings(bindings, async ({ operation }, work) => {
    const failure = isOperation(operation) ? plan(operation) : undefined;
    if (failure?.when === 'before') throw new Error(failure.message);
    const result = await work();
    if (failure?.when === 'after') throw new Error(failure.message);
    return result;
  });
}

function isOperation(operation: PlatformOperation): operation is Operation {
  return (OPERATIONS as readonly string[]).includes(operation);
}
