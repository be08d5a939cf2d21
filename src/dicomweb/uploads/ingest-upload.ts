import type { ArrivedFile } from '../../archive/upload/ingest/arriving-file';
import { ingest } from '../../archive/upload/ingest/ingest';
import type { IngestContext } from '../../archive/upload/ingest/ingest-run';
import type { Upload } from '../../archive/upload/uploads';
import { logFailure } from '../../log';
import type { AppContext } from '../context';
import { requestCopies } from '../request-copies';
import { forgetLayouts } from '../stow/stow-rs';
import { isLong, requestLong } from './long-uploads';

/** Uploads that one request ingests: a request may send 1,000 statements to D1. */
export const MOST_UPLOADS = 10;

/** An upload whose bytes have arrived. */
type ReceivedUpload = Pick<Upload, 'id' | 'byteLength'>;

/**
 * Ingests received uploads in this request, for as long as there is time. Work that takes longer continues after the
 * answer, as long as the platform allows. If it is cut off there, a later run takes over its claim. Long uploads are
 * left to the queue.
 * @param ms milliseconds that the answer waits at most
 * @returns how many of them have their results now by this request
 */
export async function ingestUploads(c: AppContext, uploads: readonly ReceivedUpload[], ms: number): Promise<number> {
  const deadline = Date.now() + ms;
  await requestLong(
    c,
    uploads.filter(isLong).map(({ id }) => id),
  );
  let done = 0;
  const short = uploads.filter((upload) => !isLong(upload));
  for (const { id: upload } of short.slice(0, MOST_UPLOADS)) {
    const left = deadline - Date.now();
    if (left <= 0) break;
    const run = ingest(ingestContext(c), upload, deadline).catch((error: unknown) => {
      logFailure('ingest-not-begun', error, { upload });
    });
    c.executionCtx.waitUntil(run);
    const time = Promise.withResolvers<'time'>();
    const timer = setTimeout(() => time.resolve('time'), left);
    if ((await Promise.race([run, time.promise])) === 'done') done += 1;
    clearTimeout(timer);
  }
  return done;
}

/** Stores a file that was read while it arrived. @returns whether it has its result */
export async function storeArrived(c: AppContext, upload: string, arrived: ArrivedFile): Promise<boolean> {
  const run = ingest(ingestContext(c), upload, Number.POSITIVE_INFINITY, arrived);
  // The work is finished even if the client disconnects.
  c.executionCtx.waitUntil(run.catch(() => undefined));
  return (await run) === 'done';
}

/** The parts that an ingest in this request needs. */
export function ingestContext(c: AppContext): IngestContext {
  const { limits, duplicates, searchAttributes } = c.get('config');
  return {
    archive: c.get('wholeArchive'),
    settings: { ...limits, ...duplicates, searchAttributes },
    ledger: c.get('ledger'),
    gone: c.req.raw.signal,
    viewpointOf: async (sender) => {
      // For uploads of the request's own principal, the permission is that of the gate.
      const { principal, grantIn } = c.get('identity')!;
      const isOwn = sender.principal === principal.id;
      return isOwn ? grantIn(c.get('archiveName')!, Date.now()).viewpoint('store') : sender;
    },
    onStored: (results) => {
      forgetLayouts(c, results);
      requestCopies(
        c,
        results.flatMap((one) => (one.result === 'stored' ? [one.instance] : [])),
      );
    },
  };
}
