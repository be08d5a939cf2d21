import { HEAD_BYTES } from '../../../dicom/part10/media-file';
import type { HeldMemory } from '../../memory/held-memory';
import { askAfterStore } from '../../store/after-store';
import { CallMeter } from '../../store/call-meter';
import type { ByteReader } from '../../store/incoming/byte-reader';
import { quotasOf } from '../../store/room';
import { StoreTransaction } from '../../store/store';
import { UnavailableError } from '../../unavailable';
import type { Viewpoint } from '../../visibility';
import { Claim } from '../claim';
import { type Body, type Checksum, type Receipt, receive } from '../receive';
import type { UploadResult } from '../upload-result';
import { LEASE_MS, RENEWAL_MS } from '../upload-terms';
import type { Upload } from '../uploads';
import { type IngestContext, storeEvents } from './ingest-run';
import { recognise } from './recognise';

/** Bytes that are parsed at a time. */
const PIECE_BYTES = 256 * 1024;

/**
 * Takes a whole short file in one request. A Part 10 file is stored by the code of a Store request: one object and one
 * transaction, instead of an object that is read again. A ZIP archive, and a body that breaks off, go the usual way.
 * @param upload without bytes, and with the lease of this request; its file is held in memory
 * @param checksum nothing counts unless it matches
 * @throws UnavailableError; the lease is given back
 */
export async function storeArriving(
  context: IngestContext,
  upload: Upload,
  body: Body,
  checksum: Checksum | undefined,
  memory: HeldMemory,
): Promise<Receipt> {
  const { archive } = context;
  const { uploads } = archive;
  const { id, lease = '', byteLength } = upload;
  const renewal = setInterval(() => {
    uploads.renew(id, lease, Date.now() + LEASE_MS).catch(() => undefined);
  }, RENEWAL_MS);
  try {
    const file = await collected(body, byteLength);
    const ended = async (outcome: Receipt['outcome']) => {
      await uploads.renew(id, lease, 0);
      return { outcome, upload: await uploads.find(id) };
    };
    if (file === undefined) return await ended('too-long');
    const isWhole = !body.isBroken && file.length === byteLength;
    const viewpoint = await context.viewpointOf(upload.sender);
    if (!isWhole || viewpoint === undefined || recognise(file.subarray(0, HEAD_BYTES)) === 'zip') {
      return await receive(archive, upload, { read: piecesOf(file).read, isBroken: body.isBroken }, checksum);
    }
    await checksum?.update(file);
    if (checksum !== undefined && !(await checksum.matches())) return await ended('mismatch');
    const result = await stored(context, viewpoint, piecesOf(file), memory);
    const claim = new Claim(archive.ingests, id);
    const progress = { results: [result], events: storeEvents({ upload }, [result], byteLength) };
    const isDone = await archive.ingests.finishArrived(id, lease, claim.run, progress, claim.end());
    return { outcome: isDone ? 'kept' : 'superseded', upload: await uploads.find(id) };
  } catch (error) {
    await uploads.renew(id, lease, 0).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

/** @returns the bytes that have arrived; undefined when there are too many */
async function collected(body: Body, byteLength: number): Promise<Uint8Array | undefined> {
  const file = new Uint8Array(byteLength);
  let filled = 0;
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
    if (filled + bytes.length > byteLength) return undefined;
    file.set(bytes, filled);
    filled += bytes.length;
  }
  return file.subarray(0, filled);
}

function piecesOf(file: Uint8Array): ByteReader {
  let at = 0;
  return {
    async read() {
      if (at >= file.length) return null;
      const piece = file.subarray(at, at + PIECE_BYTES);
      at += piece.length;
      return piece;
    },
  };
}

/** @throws UnavailableError */
async function stored(
  { archive, settings, onStored }: IngestContext,
  viewpoint: Viewpoint,
  file: ByteReader,
  memory: HeldMemory,
): Promise<UploadResult> {
  const own = archive.confinedTo(viewpoint);
  const quotas = quotasOf(settings, own.allowance);
  const calls = new CallMeter(settings.callsPerRequest);
  const transaction = new StoreTransaction(own, settings, undefined, memory, calls, quotas);
  await transaction.add(file);
  const { results, scattered } = await transaction.commit(Date.now());
  onStored(results);
  await askAfterStore(archive, { results, scattered }, settings.duplicates);
  const [one] = results;
  if (one === undefined || one.result === 'storage') throw new UnavailableError('the instance could not be written');
  return {
    ordinal: 0,
    result: one.result,
    instance: { ...one.instance },
    warnings: 'warnings' in one ? one.warnings : [],
    ...('tag' in one && { tag: one.tag }),
    ...('heldDigest' in one && { heldDigest: one.heldDigest }),
  };
}
