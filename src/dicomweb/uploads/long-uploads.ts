import { CLAIM_MS } from '../../archive/upload/claim';
import type { AppContext } from '../context';

/**
 * Bytes of an upload that a request ingests at most. A file is read in one piece. The platform ends a request 30 seconds
 * after its answer, and repeated requests would then take the claim from each other until the upload counts as failed.
 */
const LONG_BYTES = 512 * 1024 ** 2;

/** Long uploads that are remembered at most. */
const REMEMBERED = 1000;

/** When this isolate last asked the queue for the ingest of a long upload. */
const asked = new Map<string, number>();

/** Whether a run of the queue ingests an upload, which may take 15 minutes. */
export function isLong({ byteLength }: { readonly byteLength: number }): boolean {
  return byteLength > LONG_BYTES;
}

/**
 * Asks the queue for the ingest of long uploads: its message may have been lost. An isolate asks once in the time of a claim.
 * @param uploads ids
 */
export async function requestLong(c: AppContext, uploads: readonly string[]): Promise<void> {
  const now = Date.now();
  const due = uploads.filter((id) => (asked.get(id) ?? 0) + CLAIM_MS <= now);
  if (due.length === 0) return;
  if (asked.size + due.length > REMEMBERED) asked.clear();
  for (const id of due) asked.set(id, now);
  await c.get('archive').background.requestIngest(due);
}
