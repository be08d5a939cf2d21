/** The most takes of memory by which the pace is measured. */
const MEASURED = 16;

/** The least takes by which a pace is measured. With fewer, one slow image would count for all. */
const LEAST = 4;

/** Milliseconds below which so few takes say nothing about the pace. */
const SHORT_MS = 1000;

/**
 * How fast waiting work moves on: the bytes of memory that waiting requests have taken recently, one after the other.
 * It is known only while requests wait without a break, because an idle isolate says nothing about how fast it works.
 */
export class WorkPace {
  private readonly takes: { readonly at: number; readonly bytes: number }[] = [];

  /**
   * Notes that a request took memory.
   * @param since when it began to wait, milliseconds since 1970. If it is `now`, or after the last take, the memory was free before
   */
  took(bytes: number, now: number, since: number): void {
    const last = this.takes.at(-1);
    if (last !== undefined && (since > last.at || since === now)) this.takes.length = 0;
    this.takes.push({ at: now, bytes });
    if (this.takes.length > MEASURED) this.takes.shift();
  }

  /**
   * Milliseconds that work of so many bytes takes at this pace; 0 when nothing is known. While few have taken memory, the work that
   * holds it is known to take at least the time that it has taken: several images that are worked on side by side end together.
   * @param held bytes of the work that holds memory
   */
  timeFor(bytes: number, held: number, now: number): number {
    const [first, ...later] = this.takes;
    if (first === undefined || (later.length < LEAST && now - first.at < SHORT_MS)) return 0;
    const taken = later.reduce((sum, take) => sum + take.bytes, 0);
    const done = later.length < LEAST ? Math.max(taken + held, 1) : taken;
    return ((now - first.at) * bytes) / done;
  }
}
