import type { AuditAction, AuditEvent, RecordedEvent } from './audit-event';

/** The record of an archive. Clients can add to it and read it. No event is changed or removed before its retention time ends. */
export interface AuditRecord {
  /** Adds events. An event with the key of one that is not sealed yet is added to it. */
  add(events: readonly AuditEvent[]): Promise<void>;
  /** Events in the order of the record, oldest first. */
  find(search: AuditSearch): Promise<readonly RecordedEvent[]>;
  /** Events that began before a time and are not sealed yet, the oldest first. */
  unsealed(before: number, limit: number): Promise<readonly RecordedEvent[]>;
  /** The line after which the chain begins: those before it have passed their retention time. */
  start(): Promise<ChainEnd>;
  /** The chain begins after another line from now on. */
  moveStart(to: ChainEnd): Promise<void>;
  /** The end of the chain. */
  end(): Promise<ChainEnd>;
  /**
   * Notes events as sealed, in their order, if the chain still ends at `from`.
   * @returns whether it did
   */
  seal(ids: readonly number[], from: ChainEnd, to: ChainEnd): Promise<boolean>;
  /** Removes sealed events that ended before a time from the index. Their lines stay in the bucket. */
  forgetBefore(time: number): Promise<void>;
}

/** The last line of the chain of sealed events. */
export interface ChainEnd {
  /** 0: no event is sealed. */
  readonly sequence: number;
  /** SHA-256 of the line, lower-case hexadecimal. */
  readonly digest: string;
}

/** The end of an empty chain, before its first line. */
export const CHAIN_START: ChainEnd = { sequence: 0, digest: '0'.repeat(64) };

/** Which events are sought. All conditions must hold. */
export interface AuditSearch {
  readonly studyInstanceUID?: string | undefined;
  readonly principalID?: string | undefined;
  readonly action?: AuditAction | undefined;
  /** The event ended at this time or later, and began before the other. Milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly before?: number | undefined;
  /** Finds only events after the one with this id. */
  readonly after?: number | undefined;
  readonly limit: number;
}
