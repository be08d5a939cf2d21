import { HeldMemory } from '../../archive/memory/held-memory';
import { EXTRA, uploadBytes } from '../../archive/memory/upload-memory';
import { UnavailableError } from '../../archive/unavailable';
import { type ArrivedFile, ArrivingFile } from '../../archive/upload/ingest/arriving-file';
import { storeArriving } from '../../archive/upload/ingest/store-arriving';
import {
  type Body,
  type Checksum,
  type PartReader,
  type Receipt,
  receiptBytes,
  receive,
} from '../../archive/upload/receive';
import type { Upload } from '../../archive/upload/uploads';
import { bufferedSource } from '../../http/buffered-source';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { tooLong } from '../request-length';
import { type BodyEnd, BodyError, byteReader, RequestSource } from '../stow/request-source';
import { ingestContext } from './ingest-upload';
import { handOver } from './received-upload';
import { bytesIn, uploadGone, uploadLocked } from './tus';

/** Bytes of memory beside the part: a chunk of the body, and the request itself. */
const BASE_BYTES = 1024 * 1024;

/**
 * Milliseconds for which a client may send nothing. Then the received bytes are kept, and the client can continue with a
 * new request.
 */
const SILENCE_MS = 10_000;

/**
 * Adds the body of the request to an upload.
 * @param upload with the lease of this request
 * @returns the upload as it is now
 * @throws HttpProblem 410, 413, 423, 460; UnavailableError when the client sends slowly while other requests wait for
 * memory
 */
export async function writeBody(c: AppContext, upload: Upload, checksum: Checksum | undefined): Promise<Upload> {
  const arriving = isLong(c, upload) ? new ArrivingFile(ingestContext(c), upload, isAll(c, upload)) : undefined;
  try {
    const { receipt, end } = await received(c, upload, checksum, arriving);
    const written = uploadOf(receipt);
    if (written.state === 'received') await takenOver(c, written, await arriving?.end(written));
    arriving?.keep(written);
    if (written.state === 'receiving') refuse(c, end);
    return written;
  } finally {
    arriving?.giveUp();
  }
}

/** Takes memory, and receives the body. Bytes that arrive before the body breaks off are kept. */
async function received(
  c: AppContext,
  upload: Upload,
  checksum: Checksum | undefined,
  partReader: PartReader | undefined,
): Promise<{ receipt: Receipt; end: BodyEnd }> {
  const { uploads } = c.get('archive');
  const ledger = c.get('ledger');
  const { signal: gone } = c.req.raw;
  const isWholeFile = isWhole(c, upload);
  const memory = await ledger
    .take(isWholeFile ? wholeFileBytes(c, upload) : receiptBytes(upload) + BASE_BYTES, { purpose: 'upload', gone })
    .catch(async (error: unknown) => {
      await uploads.renew(upload.id, upload.lease ?? '', 0).catch(() => undefined);
      throw error;
    });
  try {
    const { limits } = c.get('config');
    const { body } = c.req.raw;
    if (body === null) return { receipt: await receive(c.get('archive'), upload, NO_BODY, checksum), end: 'whole' };
    const source = new RequestSource(bufferedSource(body), limits.requestBytes, false, c.get('isEnded'));
    const arriving = new ArrivingBody(source);
    const receipt = await source.watched(
      () => ledger.isWantedOfUploads,
      () =>
        isWholeFile
          ? storeWholeFile(c, upload, arriving, checksum)
          : receive(c.get('archive'), upload, arriving, checksum, partReader),
    );
    source.release();
    return { receipt, end: arriving.end };
  } finally {
    memory.release();
  }
}

/** Whether the upload is a file that fills more than one part, and may be an instance. */
function isLong(c: AppContext, { byteLength, partBytes, concat }: Upload): boolean {
  return concat === undefined && byteLength > partBytes && byteLength <= c.get('config').limits.instanceBytes;
}

/** Whether the request may bring all bytes of the upload. */
function isAll(c: AppContext, { offset, byteLength }: Upload): boolean {
  const length = bytesIn(c, 'Content-Length') ?? byteLength;
  return offset === 0 && length === byteLength && byteLength <= c.get('config').limits.requestBytes;
}

/** Whether the request has the whole file, and the file is as short as one part. */
function isWhole(c: AppContext, { offset, byteLength, concat }: Upload): boolean {
  const length = bytesIn(c, 'Content-Length');
  const { uploadPartBytes } = c.get('config').limits;
  return concat === undefined && offset === 0 && length === byteLength && length > 0 && length <= uploadPartBytes;
}

/** The file, and the memory that a Store request with it takes. */
function wholeFileBytes(c: AppContext, { byteLength }: Upload): number {
  return byteLength + uploadBytes(c.get('config').limits, byteLength, false);
}

async function storeWholeFile(
  c: AppContext,
  upload: Upload,
  body: Body,
  checksum: Checksum | undefined,
): Promise<Receipt> {
  const { signal: gone } = c.req.raw;
  const memory = new HeldMemory(() => c.get('ledger').take(EXTRA, { purpose: 'extra', gone }));
  try {
    return await storeArriving(ingestContext(c), upload, body, checksum, memory);
  } finally {
    memory.end();
  }
}

/** @throws HttpProblem 410, 413, 423, 460 */
function uploadOf({ outcome, upload }: Receipt): Upload {
  if (outcome === 'mismatch') throw new HttpProblem('checksum-mismatch', 'The bytes do not have this checksum.');
  if (outcome === 'too-long') throw new HttpProblem('too-large', 'The upload has fewer bytes left.');
  if (outcome === 'superseded' && upload !== undefined) throw uploadLocked();
  if (outcome === 'lost' || upload === undefined) throw uploadGone();
  return upload;
}

/** The bytes are kept, but the client has to know why the request did not take all of them. */
function refuse(c: AppContext, end: BodyEnd): void {
  if (end === 'too-large') throw tooLong(c);
  if (end === 'too-slow') throw new UnavailableError('the client sends too slowly');
}

/** The bytes have arrived, also when the ingest fails: a later request or the hourly run continues it. */
async function takenOver(c: AppContext, upload: Upload, arrived: ArrivedFile | undefined): Promise<void> {
  if (upload.concat === 'partial') return;
  await handOver(c, upload, arrived);
}

const NO_BODY: Body = { isBroken: false, read: async () => null };

/** The body of a request. It ends when the body breaks off, and when the client sends nothing for SILENCE_MS. */
class ArrivingBody implements Body {
  end: BodyEnd = 'whole';
  private readonly bytes;

  constructor(source: RequestSource) {
    this.bytes = byteReader(source);
  }

  get isBroken(): boolean {
    return this.end !== 'whole';
  }

  async read(): Promise<Uint8Array | null> {
    if (this.isBroken) return null;
    const reading = this.bytes.read();
    const silence = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      this.end = 'broken';
      silence.resolve(null);
    }, SILENCE_MS);
    try {
      return await Promise.race([reading, silence.promise]);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.end = error.code;
      return null;
    } finally {
      clearTimeout(timer);
      // After a timeout nothing awaits the read.
      reading.catch(() => undefined);
    }
  }
}
