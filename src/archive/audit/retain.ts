import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import { RECORD_PREFIX } from './seal';
import { Chain, recordKeys } from './verify';

/** Objects that one run deletes. */
const OBJECTS_PER_RUN = 100;

/** How long the record is kept, in milliseconds: sealed in the bucket, and in the index for searches. */
export interface RecordRetention {
  readonly sealedMs: number;
  readonly searchedMs: number;
}

/**
 * Ends the retention of old events. Before an object is deleted, the index notes the line at which the chain begins from then
 * on.
 * @param now milliseconds since 1970
 */
export async function forgetRecord(
  archive: Archive,
  retention: RecordRetention,
  now: number,
  budget = StatementBudget.UNLIMITED,
): Promise<void> {
  const { record, objects } = archive;
  await record.forgetBefore(now - Math.min(retention.searchedMs, retention.sealedMs));
  const today = new Date(now - retention.sealedMs).toISOString().slice(0, 10);
  let deleted = 0;
  const goesOn = budget.units(5);
  for await (const key of recordKeys(archive)) {
    const day = key.slice(RECORD_PREFIX.length, RECORD_PREFIX.length + today.length);
    if (day >= today || deleted === OBJECTS_PER_RUN || !goesOn()) return;
    // Collected whole: an object has at most EVENTS_PER_OBJECT lines (seal.ts).
    const stream = await objects.read(key);
    const last =
      stream === null ? undefined : await new Chain(await record.start()).add(await new Response(stream).text());
    if (last !== undefined) await record.moveStart(last);
    await objects.delete([key]);
    deleted += 1;
  }
}
