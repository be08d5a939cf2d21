/**
 * Does what a request did before the platform ended it: whatever the request set going, its timers and the continuations
 * of its promises, never runs. Only what happens before the first pause has happened.
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
