/** Takes that the pace is measured by. */
const MEASURED = 16;

/** With fewer, one slow image would count for all. */
const LEAST = 4;

/**
 * How fast waiting work moves on: the bytes of memory that waiting requests have taken lately, one after the other. It is known only
 * while requests wait without a break, because an idle isolate says nothing about how fast it works.
 */
export class Pace {
  private readonly takes: { readonly at: number; readonly bytes: number }[] = [];

  /**
   * A request took memory.
   * @param since when it began to wait, milliseconds since 1970. After the last take: the memory was free before
   */
  took(bytes: number, now: number, since: number): void {
    const last = this.takes.at(-1);
    if (last !== undefined && since > last.at) this.takes.length = 0;
    this.takes.push({ at: now, bytes });
    if (this.takes.length > MEASURED) this.takes.shift();
  }

  /** Milliseconds that work of so many bytes takes at this pace; 0 when the pace is not known. */
  timeFor(bytes: number, now: number): number {
    const [first, ...later] = this.takes;
    if (first === undefined || later.length < LEAST) return 0;
    const taken = later.reduce((sum, take) => sum + take.bytes, 0);
    return ((now - first.at) * bytes) / taken;
  }
}
