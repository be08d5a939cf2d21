/**
 * The time of the archives under test: it goes on as usual, tests set it forward, and what waits for a time sets it forward
 * too. Never back: the wrapper of R2 keeps when it wrote a key.
 */
let ahead = 0;
const realNow = Date.now.bind(Date);
const realTimeout = globalThis.setTimeout;

/** Waits of the code under test, such as those between two tries, take this many times less than they say. */
const HURRY = 50;

/** From now on Date.now() is the clock's time, and timers keep it. @returns puts both back */
export function useClock(): () => void {
  Date.now = () => realNow() + ahead;
  const hurried = (work: (...of: unknown[]) => void, ms = 0, ...of: unknown[]) => {
    const due = Date.now() + ms;
    return realTimeout(() => {
      advance(Math.max(0, due - Date.now()));
      work(...of);
    }, ms / HURRY);
  };
  globalThis.setTimeout = hurried as typeof setTimeout;
  return () => {
    Date.now = realNow;
    globalThis.setTimeout = realTimeout;
  };
}

/** Sets the clock forward. @param ms milliseconds */
export function advance(ms: number): void {
  ahead += ms;
}
