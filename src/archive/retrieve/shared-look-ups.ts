/** How long a request waits for another one's look-up, milliseconds: longer than a look-up takes that is alive. */
export const SHARED_WAIT_MS = 400;

/** Look-ups of others that a request waits for, one after the other, before it looks for itself whatever others do. */
const MOST_WAITS = 4;

/** Whether a look-up is the newest of its key, and has not been disowned since. */
export type IsCurrent = () => boolean;

interface UnderWay<Value> {
  readonly promise: Promise<Value>;
  readonly since: number;
}

/**
 * Look-ups under way in an isolate: requests that want the same share one. The request that looks may end at any moment,
 * and then the promise of its look-up never settles. So a request that waits for another one's look-up waits for a short
 * time, by a timer of its own, and then looks for itself; the rest wait for that one.
 */
export class SharedLookUps<Value> {
  private readonly underWay = new Map<string, UnderWay<Value>>();

  /**
   * Looks, or waits for the look-up that is under way.
   * @param look may keep what it finds only while `isCurrent()`
   * @param fits whether the value of another one's look-up answers this request
   * @throws what the look-up throws, its own or the one it waited for
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

  /** Nobody waits any longer for the look-ups under way of these keys, and what they find is not kept. */
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
