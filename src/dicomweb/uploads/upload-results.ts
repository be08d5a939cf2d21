import type { StoreResult } from '../../archive/store/store-result';
import { MOST_CLAIMS } from '../../archive/upload/ingest/ingest';
import { storeResultOf, type UploadResult } from '../../archive/upload/upload-result';
import type { SessionUpload } from '../../archive/upload/upload-sessions';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { failureReason } from '../stow/failure-reasons';
import { warningReason } from '../stow/store-response';
import { MOST_UPLOADS } from './ingest-upload';
import { metadataOf } from './upload-metadata';

/** Results that one Store Instances Response has at most. */
const MOST_RESULTS = 20_000;

/** Rows of one answer of the index. */
const PAGE = 2000;

/** Bytes that a result takes while a response is made of it. */
const RESULT_BYTES = 1600;

/**
 * The results of uploads as a Store request would have them, in their order. Members of a ZIP archive that were left out
 * have no result here.
 * @param uploads that are all done, or have failed
 * @throws HttpProblem 413
 */
export async function storeResults(
  c: AppContext,
  uploads: readonly Pick<SessionUpload, 'id' | 'state'>[],
): Promise<StoreResult[]> {
  const found: StoreResult[] = [];
  const seen = new Set<string>();
  let left = uploads.map(({ id }) => id);
  for (let after = -1; left.length > 0; ) {
    const page = await c.get('archive').ingests.results(left, PAGE, after);
    for (const result of page) {
      seen.add(result.upload);
      const stored = storeResultOf(result);
      if (stored !== undefined) found.push(stored);
    }
    if (found.length > MOST_RESULTS) {
      throw new HttpProblem('too-large', `More than ${MOST_RESULTS} results. Ask each upload for its own.`);
    }
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) break;
    left = left.slice(left.indexOf(last.upload));
    after = last.ordinal;
  }
  // Bytes of such an upload were lost before it could be ingested.
  const lost = uploads.filter(({ id, state }) => state === 'failed' && !seen.has(id));
  return [...found, ...lost.map((): StoreResult => ({ result: 'storage', instance: {} }))];
}

/**
 * Gives one more attempt to uploads of which nothing was stored for temporary reasons, like a Store request that is sent
 * again. Other uploads stay as they are.
 * @returns whether they wait for their ingest now
 */
export async function tryAgain(
  c: AppContext,
  uploads: readonly Pick<SessionUpload, 'id' | 'state'>[],
): Promise<boolean> {
  if (uploads.length === 0 || uploads.some(({ state }) => state !== 'done')) return false;
  const { ingests, background } = c.get('archive');
  const ids = uploads.map(({ id }) => id);
  const kinds = new Set([...(await ingests.counts(ids)).values()].flatMap((counts) => Object.keys(counts)));
  kinds.delete('left-out');
  if (kinds.size !== 1 || !kinds.has('storage')) return false;
  await ingests.again(ids, MOST_CLAIMS - 1);
  // These uploads do not fit into this request.
  if (ids.length > MOST_UPLOADS) await background.requestIngest(ids.slice(MOST_UPLOADS));
  return true;
}

/** Bytes of memory that a response with this number of results takes. */
export function responseBytes(results: number): number {
  return results * RESULT_BYTES;
}

/** A result as JSON. Reasons are those of the Store Instances Response: PS3.18 table I.2-1 and I.2-2. */
export function describedResult(one: UploadResult): Record<string, unknown> {
  const { ordinal, name, result, detail, tag, instance } = one;
  const stored = storeResultOf(one);
  const reasons =
    stored === undefined
      ? {}
      : 'warnings' in stored
        ? { warningReason: warningReason(stored) }
        : { failureReason: failureReason(stored.result) };
  return { ordinal, name, result: toldResult(result), detail, tag, ...instance, ...reasons };
}

/** How many results of each kind an upload has. */
export function toldCounts(counts: Readonly<Record<string, number>> = {}): Record<string, number> {
  const told: Record<string, number> = {};
  for (const [result, count] of Object.entries(counts)) {
    const name = toldResult(result);
    told[name] = (told[name] ?? 0) + count;
  }
  return told;
}

/**
 * For its sender, an instance that was put aside is stored: another word would reveal that a study exists that the sender
 * cannot see.
 */
function toldResult(result: string): string {
  return result === 'aside' ? 'stored' : result;
}

/** The name of the client's file, as its metadata says. */
export function filenameOf(metadata: string): string | undefined {
  return metadataOf(metadata).get('filename');
}
