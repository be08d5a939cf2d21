import type { ArrivedFile } from '../../archive/upload/ingest/arriving-file';
import type { Upload } from '../../archive/upload/uploads';
import { logFailure } from '../../log';
import type { AppContext } from '../context';
import { ingestUploads, storeArrived } from './ingest-upload';

/** An upload of up to this many bytes is ingested by the request that sends its end. */
const SMALL_BYTES = 32 * 1024 ** 2;

/** Milliseconds that such a request waits for the results. */
const PATIENCE_MS = 10_000;

/**
 * Is called once all bytes of an upload are in the bucket (state `received`), by the request that sent the last of them,
 * and before that request is answered. Partial uploads are not handed over; a final one is, when it is created. It must
 * not throw: the bytes have arrived, whatever the results of the instances are. If the request is lost before the call,
 * the upload is found as `received` by a later request or by the hourly run.
 * @param arrived its file, if it was read while it arrived
 */
export async function handOver(c: AppContext, upload: Upload, arrived?: ArrivedFile): Promise<void> {
  try {
    const isSmall = upload.byteLength <= SMALL_BYTES && upload.partials === undefined;
    const isDone =
      arrived === undefined
        ? isSmall && (await ingestUploads(c, [upload], PATIENCE_MS)) > 0
        : await storeArrived(c, upload.id, arrived);
    if (!isDone) await c.get('archive').background.requestIngest([upload.id]);
  } catch (error) {
    logFailure('ingest-not-requested', error, { upload: upload.id });
  }
}
