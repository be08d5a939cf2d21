import { digestOf } from '../bytes';
import type { AuditEvent } from './audit-event';
import type { AuditRecord } from './audit-record';

/**
 * The principal of a change of settings. Everybody who may deploy can change them, and the archive does not learn which person
 * made a change.
 */
const DEPLOYMENT = 'deployment';

/** Digits of a digest: they tell versions of a setting apart. */
const DIGITS = 12;

const PAGE = 1000;

/**
 * Notes in the record that settings differ from those noted last. The event names each setting with the start of the
 * SHA-256 of its value, so that an auditor sees which one changed and when, and can compare it with wrangler.toml of that time.
 * @param settings values by name, without secrets
 * @param now milliseconds since 1970
 * @returns whether they had changed
 */
export async function noteSettings(
  record: Pick<AuditRecord, 'add' | 'find'>,
  settings: Readonly<Record<string, unknown>>,
  now: number,
): Promise<boolean> {
  const named = Object.entries(settings).map(async ([name, value]) => {
    const digest = await digestOf(JSON.stringify(value, written));
    return `${name} ${digest.slice(0, DIGITS)}`;
  });
  const subject = `Settings ${(await Promise.all(named)).join(', ')}`;
  if ((await lastSubject(record)) === subject) return false;
  await record.add([changedAt(now, subject)]);
  return true;
}

async function lastSubject(record: Pick<AuditRecord, 'find'>): Promise<string | undefined> {
  let last: string | undefined;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const events = await record.find({ principalID: DEPLOYMENT, after, limit: PAGE });
    last = events.at(-1)?.subject ?? last;
    after = events.length < PAGE ? undefined : events.at(-1)?.id;
  }
  return last;
}

/** JSON of maps and sets, whose order says nothing. */
function written(_name: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].sort());
  return value instanceof Set ? [...value].sort() : value;
}

function changedAt(now: number, subject: string): AuditEvent {
  return {
    startedAt: now,
    endedAt: now,
    action: 'administer',
    outcome: 'success',
    principalKind: DEPLOYMENT,
    principalID: DEPLOYMENT,
    subject,
    requests: 0,
    searches: 0,
    retrievals: 0,
    renderings: 0,
    instances: 0,
    bytes: 0,
  };
}
