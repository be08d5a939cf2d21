import { replacing } from '../platform/replacing';

/** What requests have left to do after their answers. */
const unended = new Set<Promise<unknown>>();

/** The same context. Its work ends before the archive is emptied, so that no test sees the work of the test before. */
export function endedInTime<Context extends Pick<ExecutionContext, 'waitUntil'>>(context: Context): Context {
  return replacing(context, {
    waitUntil: (work: Promise<unknown>) => {
      const ending: Promise<unknown> = work.then(
        () => unended.delete(ending),
        () => unended.delete(ending),
      );
      unended.add(ending);
      context.waitUntil(work);
    },
  });
}

/** Waits for all of it. */
export async function workEnded(): Promise<void> {
  while (unended.size > 0) await Promise.all(unended);
}
