import { type AuditEvent, merged, mergeKey } from './audit-event';
import type { AuditRecord } from './audit-record';

/** Milliseconds for which an isolate collects what is added to an event that the record has already. */
export const COLLECTED_MS = 5000;

/** Milliseconds after which a request that has undertaken to write, and has not, is not waited for. */
const GIVEN_UP_MS = 15_000;

/** Events that an isolate keeps in mind. */
const MOST_EVENTS = 500;

/**
 * Collects the events of an isolate's requests for one archive. The first request of an event is written at once, so that
 * no access goes unrecorded. Its further requests only raise its counts: they are written together some seconds later, by one
 * of the requests. If an isolate ends before that, counts are too low by what some seconds added.
 */
export class AuditLog {
  /** Tests that wait for all that a request does set this to 0. */
  static collectedMs = COLLECTED_MS;

  /** The keys of events that the record has, and what is not yet added to them. */
  private readonly known = new Map<string, AuditEvent | undefined>();
  private writerSince: number | undefined;

  constructor(private readonly record: AuditRecord) {}

  /**
   * Notes an event.
   * @returns what the request still has to do, in waitUntil; undefined when another request will write it
   */
  note(event: AuditEvent, now: number): Promise<void> | undefined {
    const key = mergeKey(event);
    if (!this.known.has(key)) {
      this.remember(key);
      return this.write([event], () => this.known.delete(key));
    }
    const before = this.known.get(key);
    this.known.set(key, before === undefined ? event : merged(before, event));
    if (this.writerSince !== undefined && now - this.writerSince < GIVEN_UP_MS) return undefined;
    this.writerSince = now;
    return this.writeLater();
  }

  /** Writes what is collected, now. */
  async flush(): Promise<void> {
    const collected = [...this.known].filter(([, event]) => event !== undefined) as [string, AuditEvent][];
    for (const [key] of collected) this.known.set(key, undefined);
    this.writerSince = undefined;
    if (collected.length === 0) return;
    await this.write(
      collected.map(([, event]) => event),
      () => {
        for (const [key, event] of collected) {
          const since = this.known.get(key);
          this.known.set(key, since === undefined ? event : merged(event, since));
        }
      },
    );
  }

  private async writeLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, AuditLog.collectedMs));
    await this.flush();
  }

  private async write(events: readonly AuditEvent[], undo: () => void): Promise<void> {
    try {
      await this.record.add(events);
    } catch (error) {
      undo();
      throw error;
    }
  }

  private remember(key: string): void {
    this.known.set(key, undefined);
    if (this.known.size <= MOST_EVENTS) return;
    // Only what is written already is forgotten: the next request of the event adds to it in the record.
    for (const [old, event] of this.known) {
      if (event !== undefined || old === key) continue;
      this.known.delete(old);
      if (this.known.size <= MOST_EVENTS) return;
    }
  }
}
