/** Milliseconds that a request waits for the look-up of another request: longer than a living look-up takes. */
export const SHARED_WAIT_MS = 400;

/** Look-ups of other requests that a request waits for, one after the other, before it does its own look-up. */
const MOST_WAITS = 4;

/** Whether a look-up is the newest one of its key and has not been disowned since. */
export type IsCurrent = () => boolean;

interface UnderWay<Value> {
  readonly promise: Promise<Value>;
  readonly since: number;
}

/**
 * Look-ups that are under way in an isolate: requests for the same key share one. The request that looks may end at any
 * moment, and then the promise of its look-up never settles. So a request waits for another request's look-up only for
 * a short time, by a timer of its own, and then does its own look-up. The other requests then wait for that one.
 */
export class SharedLookUps<Value> {
  private readonly underWay = new Map<string, UnderWay<Value>>();

  /**
   * Does the look-up, or waits for the same look-up of another request.
   * @param look may keep its result only while `isCurrent()`
   * @param fits whether the result of another request's look-up answers this request
   * @throws the error of the look-up, its own or the one it waited for
   */
  async share(
    key: string,
    look: (isCurrent: IsCurrent) => Promise<Value>,
    fits: (value: Value) => boolean = () => true,
  ): Promise<Value> {
    for (let waits = 0; waits < MOST_WAITS; waits += 1) {
      const other = this.underWay.get(key);
      const left = other === undefined ? 0 : other.since + SHARED_WAIT_MS - Date.now();
      if (other === undefined || left <= 0) break;
      const value = await within(other.promise, left);
      if (value !== undefined && fits(value)) return value;
    }
    return await this.lead(key, look);
  }

  /** Whether a look-up of the key is under way that other requests wait for. */
  isUnderWay(key: string): boolean {
    const other = this.underWay.get(key);
    return other !== undefined && other.since + SHARED_WAIT_MS > Date.now();
  }

  /** No request waits any longer for the look-ups of these keys that are under way, and their results are not kept. */
  disown(matches: (key: string) => boolean): void {
    for (const key of this.underWay.keys()) if (matches(key)) this.underWay.delete(key);
  }

  private async lead(key: string, look: (isCurrent: IsCurrent) => Promise<Value>): Promise<Value> {
    const isCurrent = (): boolean => this.underWay.get(key) === mine;
    const mine: UnderWay<Value> = { promise: Promise.resolve().then(() => look(isCurrent)), since: Date.now() };
    this.underWay.set(key, mine);
    try {
      return await mine.promise;
    } finally {
      if (isCurrent()) this.underWay.delete(key);
    }
  }
}

/** @returns undefined when the promise has not settled in time */
async function within<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
