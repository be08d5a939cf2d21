/**
 * Runs a request that the platform ends. Whatever the request has started, its timers and the continuations of its
 * promises, never runs. Only the code before the first pause runs.
 */
export function asEndedRequest(work: () => unknown): void {
  const { setTimeout, setInterval } = globalThis;
  const { withResolvers } = Promise;
  Object.assign(globalThis, { setTimeout: () => 0, setInterval: () => 0 });
  Promise.withResolvers = <T>() => ({
    promise: new Promise<T>(() => undefined),
    resolve: () => undefined,
    reject: () => undefined,
  });
  try {
    void work();
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval });
    Promise.withResolvers = withResolvers;
  }
}
