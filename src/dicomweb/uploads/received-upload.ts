import type { Upload } from '../../archive/upload/uploads';
import type { AppContext } from '../context';

/**
 * Is called once all bytes of an upload are in the bucket (state `received`), by the request that sent the last of them, and
 * before that request is answered. Partial uploads are not handed over; a final one is, when it is created. It must not throw:
 * the bytes have arrived whatever becomes of the instances. If the request is lost before the call, the upload is found as
 * `received` by a later request or by the hourly run.
 */
export async function handOver(_c: AppContext, _upload: Upload): Promise<void> {}
