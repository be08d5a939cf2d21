import { hexadecimal, utf8 } from '../bytes';
import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import { EVENT_PERIOD_MS, type RecordedEvent } from './audit-event';
import type { ChainEnd } from './audit-record';

/** The prefix of the objects that hold the sealed record. The sweeper does not look at it. */
export const RECORD_PREFIX = 'record/';

/** The name of a deployment's own archive: access/role.ts. */
const OWN = 'default';

/** Events in one object, and objects in one run. */
const EVENTS_PER_OBJECT = 2000;
const OBJECTS_PER_RUN = 20;

/**
 * Milliseconds from the end of an event's period until the event gets no more requests: an isolate writes its collected requests
 * after some seconds.
 */
const REST_MS = 2 * 60 * 1000;

/**
 * Writes the events that are complete to the bucket. Each line holds the digest of the line before it, so that a line that is
 * changed or removed breaks the chain. An object is written before the index says so; an object that the index does not know of
 * is written again under another name, and its lines are not part of the chain.
 * @param now milliseconds since 1970
 * @returns events sealed
 */
export async function sealRecord(
  { name, record, objects }: Archive,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<number> {
  let sealed = 0;
  const goesOn = budget.units(10);
  for (let run = 0; run < OBJECTS_PER_RUN && goesOn(); run += 1) {
    const [events, from] = await Promise.all([
      record.unsealed(now - EVENT_PERIOD_MS - REST_MS, EVENTS_PER_OBJECT),
      record.end(),
    ]);
    if (events.length === 0) break;
    const { text, end } = await linesOf(events, from, name);
    const day = new Date(now).toISOString().slice(0, 10);
    const number = String(from.sequence + 1).padStart(12, '0');
    await objects.put(`${RECORD_PREFIX}${day}/${number}-${end.digest.slice(0, 16)}.jsonl`, utf8(text));
    const ids = events.map(({ id }) => id);
    if (!(await record.seal(ids, from, end))) break;
    sealed += events.length;
    if (events.length < EVENTS_PER_OBJECT) break;
  }
  return sealed;
}

/** @param archive its name: a line names its archive wherever it is copied to */
async function linesOf(
  events: readonly RecordedEvent[],
  from: ChainEnd,
  archive: string,
): Promise<{ text: string; end: ChainEnd }> {
  let end = from;
  let text = '';
  for (const { id: _, ...event } of events) {
    const line = JSON.stringify({
      archive: archive || OWN,
      ...event,
      sequence: end.sequence + 1,
      previous: end.digest,
    });
    end = { sequence: end.sequence + 1, digest: await digestOfLine(line) };
    text += `${line}\n`;
  }
  return { text, end };
}

/** SHA-256 of a line without its line feed, lower-case hexadecimal. */
export async function digestOfLine(line: string): Promise<string> {
  return hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(line))));
}
