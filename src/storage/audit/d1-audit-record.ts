import { type AuditEvent, mergeKey, type RecordedEvent } from '../../archive/audit/audit-event';
import { type AuditRecord, type AuditSearch, CHAIN_START, type ChainEnd } from '../../archive/audit/audit-record';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { retrying } from '../statements/retries';
import { all, type Fragment, sql, value } from '../statements/sql-fragment';

/** The record of an archive in its D1 database. */
export function d1Record(database: StatementsOf): AuditRecord {
  const session = () => database.withSession('first-primary');
  const rows = async <Row>(statement: string, ...parameters: (string | number)[]): Promise<Row[]> =>
    (
      await retrying(() =>
        session()
          .prepare(statement)
          .bind(...parameters)
          .all<Row>(),
      )
    ).results;

  return {
    async add(events) {
      for (const { json } of jsonChunks(eventRecords(events))) await rows(ADD, json);
    },

    async find(search) {
      const found = findSQL(search);
      return (await rows<EventColumns>(found.sql, ...(found.parameters as (string | number)[]))).map(eventOf);
    },

    async unsealed(before, limit) {
      return (await rows<EventColumns>(UNSEALED, before, limit)).map(eventOf);
    },

    async end() {
      const [end] = await rows<ChainEnd>(END);
      return end ?? CHAIN_START;
    },

    async start() {
      const [start] = await rows<ChainEnd>(START);
      return start ?? CHAIN_START;
    },

    async moveStart({ sequence, digest }) {
      await rows('UPDATE audit_chain SET start_sequence = ?, start_digest = ?', sequence, digest);
    },

    async seal(ids, from, to) {
      const results = await retrying(() => {
        const database = session();
        return database.batch([
          database.prepare(NUMBER).bind(JSON.stringify(ids), from.sequence, from.digest),
          database.prepare(MOVE_END).bind(to.sequence, to.digest, from.sequence, from.digest),
          database.prepare(END).bind(),
        ]);
      });
      return (results[2]?.results[0] as ChainEnd | undefined)?.digest === to.digest;
    },

    async forgetBefore(time) {
      await rows(FORGET, time);
    },
  };
}

const COLUMNS = `id, started_at AS startedAt, ended_at AS endedAt, action, outcome, principal_kind AS principalKind,
  principal_id AS principalID, principal_name AS principalName, address, agent, study_instance_uid AS studyInstanceUID,
  subject, requests, searches, retrievals, renderings, instances, byte_length AS bytes, sequence`;

type EventColumns = { [Name in keyof Required<RecordedEvent>]: RecordedEvent[Name] | null };

/** SQL's NULL is an absent member. */
function eventOf(row: EventColumns): RecordedEvent {
  return Object.fromEntries(Object.entries(row).filter(([, held]) => held !== null)) as unknown as RecordedEvent;
}

/** Events as the statement that adds them takes them. A batch that runs twice adds each of them once. */
export function eventRecords(events: readonly AuditEvent[]): (AuditEvent & { mergeKey: string; write: string })[] {
  return events.map((event) => ({ ...event, mergeKey: mergeKey(event), write: crypto.randomUUID() }));
}

/**
 * Adds events. A sealed event cannot change, so a later event with the same key becomes a new row.
 * @param records the parameter with a JSON array of eventRecords
 * @param condition under which they are added
 */
export const addEventsSQL = (records: string, condition = 'true') => `
INSERT INTO audit_event (merge_key, last_write, started_at, ended_at, action, outcome, principal_kind, principal_id,
    principal_name, address, agent, study_instance_uid, subject, requests, searches, retrievals, renderings, instances,
    byte_length)
  SELECT iif(EXISTS (SELECT 1 FROM audit_event WHERE merge_key = j.value ->> 'mergeKey' AND sequence IS NOT NULL),
      j.value ->> 'write', j.value ->> 'mergeKey'), j.value ->> 'write',
    j.value ->> 'startedAt', j.value ->> 'endedAt', j.value ->> 'action', j.value ->> 'outcome',
    j.value ->> 'principalKind', j.value ->> 'principalID', j.value ->> 'principalName', j.value ->> 'address',
    j.value ->> 'agent', j.value ->> 'studyInstanceUID', j.value ->> 'subject', j.value ->> 'requests',
    j.value ->> 'searches', j.value ->> 'retrievals', j.value ->> 'renderings', j.value ->> 'instances',
    j.value ->> 'bytes'
  FROM json_each(${records}) AS j WHERE ${condition}
  ON CONFLICT (merge_key) DO UPDATE SET
    started_at = min(started_at, excluded.started_at), ended_at = max(ended_at, excluded.ended_at),
    requests = requests + excluded.requests, searches = searches + excluded.searches,
    retrievals = retrievals + excluded.retrievals, renderings = renderings + excluded.renderings,
    instances = instances + excluded.instances, byte_length = byte_length + excluded.byte_length,
    last_write = excluded.last_write
  WHERE last_write <> excluded.last_write`;

const ADD = addEventsSQL('?');

const UNSEALED = `SELECT ${COLUMNS} FROM audit_event WHERE sequence IS NULL AND started_at < ? ORDER BY id LIMIT ?`;

const END = 'SELECT sequence, digest FROM audit_chain';

const START = `SELECT start_sequence AS sequence, start_digest AS digest FROM audit_chain
  WHERE start_digest IS NOT NULL`;

const AT_END = (sequence: string, digest: string) =>
  `coalesce((SELECT sequence = ${sequence} AND digest = ${digest} FROM audit_chain), ${sequence} = 0)`;

const NUMBER = `UPDATE audit_event SET sequence = ?2 + 1 + j.key
  FROM json_each(?1) AS j WHERE audit_event.id = j.value AND audit_event.sequence IS NULL AND ${AT_END('?2', '?3')}`;

const MOVE_END = `INSERT INTO audit_chain (id, sequence, digest) SELECT 1, ?1, ?2 WHERE ${AT_END('?3', '?4')}
  ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest`;

/** A run deletes at most 5000 rows, so that the statement does not take long. */
const FORGET = `DELETE FROM audit_event WHERE id IN (
  SELECT id FROM audit_event WHERE started_at < ?1 AND ended_at < ?1 AND sequence IS NOT NULL ORDER BY started_at LIMIT 5000)`;

function findSQL(search: AuditSearch): Fragment {
  const { studyInstanceUID, principalID, action, from, before, after, limit } = search;
  const conditions: Fragment[] = [];
  if (studyInstanceUID !== undefined) conditions.push(sql`study_instance_uid = ${value(studyInstanceUID)}`);
  if (principalID !== undefined) conditions.push(sql`principal_id = ${value(principalID)}`);
  if (action !== undefined) conditions.push(sql`action = ${value(action)}`);
  if (from !== undefined) conditions.push(sql`ended_at >= ${value(from)}`);
  if (before !== undefined) conditions.push(sql`started_at < ${value(before)}`);
  if (after !== undefined) conditions.push(sql`id > ${value(after)}`);
  return sql`SELECT ${COLUMNS} FROM audit_event WHERE ${all(conditions)} ORDER BY id LIMIT ${value(limit)}`;
}
