import type { Archive } from '../../../src/archive/ports';

/**
 * The same archive, but something happens before each call of its index or its bucket.
 * @param before gets the call, such as `removals.restore`; its error replaces the call, as when a request is ended
 * there
 */
export function stepwise(archive: Archive, before: (call: string) => unknown): Archive {
  const watched = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(of, method) {
        const value = Reflect.get(of, method);
        if (typeof value !== 'function') return value;
        return async (...parameters: unknown[]) => {
          await before(`${name}.${String(method)}`);
          return await value.apply(of, parameters);
        };
      },
    });
  return {
    ...archive,
    objects: watched('objects', archive.objects),
    index: watched('index', archive.index),
    removals: watched('removals', archive.removals),
    sweeps: watched('sweeps', archive.sweeps),
  };
}

/** Ends a run before the call with this number, counted from 1. @returns whether the run reached this call */
export async function endedBefore(
  archive: Archive,
  number: number,
  run: (archive: Archive) => Promise<unknown>,
): Promise<boolean> {
  let calls = 0;
  const ended = new Error('ended here');
  const stepped = stepwise(archive, () => {
    calls += 1;
    if (calls >= number) throw ended;
  });
  try {
    await run(stepped);
    return false;
  } catch (error) {
    if (error !== ended) throw error;
    return true;
  }
}

/** A run that is under way, and stands still. */
interface PausedRun {
  /** Whether the run reached its pause; false: it has ended before. */
  readonly isPaused: boolean;
  /** Runs it to its end. */
  end(): Promise<unknown>;
}

/**
 * Runs up to one of the calls of `kind`.
 * @param number of the call, counted from 1
 */
export async function pausedBefore(
  archive: Archive,
  number: number,
  kind: RegExp,
  run: (archive: Archive) => Promise<unknown>,
): Promise<PausedRun> {
  const [reached, goOn] = [Promise.withResolvers<true>(), Promise.withResolvers<void>()];
  let calls = 0;
  const stepped = stepwise(archive, async (call) => {
    if (kind.test(call)) calls += 1;
    if (!kind.test(call) || calls !== number) return;
    reached.resolve(true);
    await goOn.promise;
  });
  const running = run(stepped);
  const isPaused = await Promise.race([reached.promise, running.then(() => false)]);
  return {
    isPaused,
    end: async () => {
      goOn.resolve();
      return await running;
    },
  };
}
