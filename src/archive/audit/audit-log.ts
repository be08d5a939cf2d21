import { type AuditEvent, merged, mergeKey } from './audit-event';
import type { AuditRecord } from './audit-record';

/** Milliseconds for which an isolate collects further requests of an event before it adds them to the record. */
export const COLLECTED_MS = 5000;

/** Milliseconds that an isolate waits for a request that has to write. After that, another request writes. */
const GIVEN_UP_MS = 15_000;

/** Events that an isolate keeps in memory, and at most while the record does not take them. */
const MOST_EVENTS = 500;
const MOST_UNWRITTEN = 5000;

/** An event with its key. */
type Keyed = readonly [key: string, event: AuditEvent];

/**
 * Collects the events of an isolate's requests for one archive. The first request of an event is written at once, so that
 * every access is in the record. Its further requests only raise its counts: one of them writes all of them some seconds
 * later. If the isolate ends before that, the counts lack the requests of these seconds. Events that could not be written
 * are kept. They are written some seconds later or, if that fails too, with a later event.
 */
export class AuditLog {
  /** Tests that wait for all that a request does set this to 0. */
  static collectedMs = COLLECTED_MS;

  /** The keys of events that are in the record, each with the requests that are not yet added to it. */
  private readonly known = new Map<string, AuditEvent | undefined>();
  private writerSince: number | undefined;
  /** Events could not be written. */
  private isBehind = false;

  constructor(private readonly record: AuditRecord) {}

  /**
   * Notes an event.
   * @param later runs a promise after the answer
   * @returns work that the request still has to do; undefined when another request does it
   * @throws when the event could not be written at once
   */
  note(event: AuditEvent, now: number, later: (work: Promise<void>) => void): Promise<void> | undefined {
    const key = mergeKey(event);
    const isFirst = !this.known.has(key);
    if (isFirst) this.remember(key);
    else this.collect(key, event);
    if (!isFirst || this.isBehind) this.appointWriter(now, later);
    if (!isFirst) return undefined;
    return this.write([[key, event]]).catch((error: unknown) => {
      this.appointWriter(now, later);
      throw error;
    });
  }

  /** Writes the collected requests now. */
  async flush(): Promise<void> {
    const collected = [...this.known].filter((each): each is [string, AuditEvent] => each[1] !== undefined);
    for (const [key] of collected) this.known.set(key, undefined);
    this.writerSince = undefined;
    this.isBehind = false;
    if (collected.length > 0) await this.write(collected);
  }

  /** Makes this request write everything that is collected, some seconds later, unless another request already will. */
  private appointWriter(now: number, later: (work: Promise<void>) => void): void {
    if (this.writerSince !== undefined && now - this.writerSince < GIVEN_UP_MS) return;
    this.writerSince = now;
    later(this.writeLater());
  }

  private async writeLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, AuditLog.collectedMs));
    await this.flush();
  }

  private async write(events: readonly Keyed[]): Promise<void> {
    try {
      await this.record.add(events.map(([, event]) => event));
    } catch (error) {
      this.isBehind = true;
      for (const [key, event] of events) this.collect(key, event);
      throw error;
    }
  }

  private collect(key: string, event: AuditEvent): void {
    const before = this.known.get(key);
    this.known.set(key, before === undefined ? event : merged(before, event));
  }

  private remember(key: string): void {
    this.known.set(key, undefined);
    if (this.known.size <= MOST_EVENTS) return;
    // Forgets only events without collected requests: the next request of such an event adds to it in the record.
    for (const [old, event] of this.known) {
      if ((event !== undefined && this.known.size <= MOST_UNWRITTEN) || old === key) continue;
      this.known.delete(old);
      if (this.known.size <= MOST_EVENTS) return;
    }
  }
}
