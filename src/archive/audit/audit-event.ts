/** Kinds of acts. `access`: a study was searched, retrieved or rendered. */
export const AUDIT_ACTIONS = [
  'access',
  'search',
  'store',
  'delete',
  'restore',
  'share',
  'sign-in',
  'sign-out',
  'administer',
  'audit',
] as const;

/** What a principal did, as the record names it. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** `refused`: by the gate; `absent`: the resource does not exist, or the principal cannot see it. */
export type AuditOutcome = 'success' | 'refused' | 'absent' | 'failed';

/**
 * Something that a principal did, in one request or in several. It names studies by their UID and holds no value of a patient
 * attribute. Times are milliseconds since 1970, lengths are bytes.
 */
export interface AuditEvent {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  readonly principalKind: string;
  readonly principalID: string;
  readonly principalName?: string | undefined;
  /** Network address of the client. */
  readonly address?: string | undefined;
  /** User-Agent of the client. */
  readonly agent?: string | undefined;
  readonly studyInstanceUID?: string | undefined;
  /** The other object of the act: a series, an instance, a key, a permission. */
  readonly subject?: string | undefined;
  readonly requests: number;
  readonly searches: number;
  readonly retrievals: number;
  readonly renderings: number;
  /** Instances stored. */
  readonly instances: number;
  /** Received by stores, sent by all others. */
  readonly bytes: number;
}

/** An event in the record. */
export interface RecordedEvent extends AuditEvent {
  /** Grows in the order in which events began to be recorded. */
  readonly id: number;
  /** Its number in the chain; absent as long as it is not sealed. */
  readonly sequence?: number | undefined;
}

/** Requests within such a period that do the same to the same study are one event. */
export const EVENT_PERIOD_MS = 10 * 60 * 1000;

/**
 * The key of events that are merged: the same principal, address, action, outcome, study and period. It leaves out the
 * User-Agent, which a client can choose: it must not cause further events.
 */
export function mergeKey(event: AuditEvent): string {
  const { action, outcome, principalID, address, studyInstanceUID, subject, startedAt } = event;
  const period = Math.floor(startedAt / EVENT_PERIOD_MS);
  return JSON.stringify([period, action, outcome, principalID, address, studyInstanceUID, subject]);
}

/** One event of two with the same key. */
export function merged(one: AuditEvent, other: AuditEvent): AuditEvent {
  return {
    ...one,
    startedAt: Math.min(one.startedAt, other.startedAt),
    endedAt: Math.max(one.endedAt, other.endedAt),
    requests: one.requests + other.requests,
    searches: one.searches + other.searches,
    retrievals: one.retrievals + other.retrievals,
    renderings: one.renderings + other.renderings,
    instances: one.instances + other.instances,
    bytes: one.bytes + other.bytes,
  };
}
