import { ByteWindow } from '../../dicom/data-set/byte-window';
import { FileMetaReader } from '../../dicom/part10/file-meta';
import { WarningList } from '../../dicom/warnings';
import { logFailure } from '../../log';
import { concatenated, hexadecimal } from '../bytes';
import { instanceKey } from '../object-keys';
import type { ObjectStore } from '../object-store';
import type { ArchiveIndex } from '../ports';
import type { HeldFile } from '../rows';
import type { ArrivedRecord } from './store-group';

/** Comparisons that wait for R2 at a time. */
const AT_ONCE = 5;

/** File meta information that is longer is not compared. */
const MOST_META_BYTES = 16 * 1024;

/**
 * Finds the files whose data set the archive holds already in a file with other file meta information (PS3.10 7.1). Each
 * program that sends or writes a file makes its own, so it does not make another instance: the image comes from
 * a scanner, and again from a CD. Two data sets are the same when they are byte for byte equal in the same transfer syntax.
 * Files that are equal as a whole are not looked at: the index knows them.
 * @param written instances whose files are in the bucket
 * @returns the SHA-256 of the file that is held, hexadecimal, for each instance that is the same
 */
export async function sameDataSets(
  index: Pick<ArchiveIndex, 'held'>,
  objects: ObjectStore,
  written: readonly ArrivedRecord[],
): Promise<ReadonlyMap<ArrivedRecord, string>> {
  const same = new Map<ArrivedRecord, string>();
  if (written.length === 0) return same;
  try {
    const held = new Map((await index.held(written)).map((file) => [keyOf(file), file]));
    const waiting = written.values();
    const compare = async () => {
      for (const record of waiting) {
        const before = held.get(keyOf(record));
        if (before !== undefined && (await isSame(objects, record, before))) same.set(record, before.digest);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, compare));
  } catch (error) {
    // What was not compared counts as other content, as it does for a request that has no calls to R2 left.
    logFailure('not-compared', error, { instances: written.length });
  }
  return same;
}

async function isSame(objects: ObjectStore, record: ArrivedRecord, held: HeldFile): Promise<boolean> {
  if (held.version === record.version || held.digest === record.digest) return false;
  if (held.transferSyntaxUID !== record.transferSyntaxUID) return false;
  const length = Math.min(MOST_META_BYTES, record.byteLength);
  const own = await objects.read(instanceKey(record, record.version, 'dcm'), { offset: 0, length });
  const ownMeta = own && (await readMeta(own));
  if (!ownMeta) return false;
  await ownMeta.reader.cancel();
  const stored = await objects.read(instanceKey(held, held.version, 'dcm'));
  const meta = stored && (await readMeta(stored));
  if (!stored || !meta) return false;
  if (held.byteLength - meta.length !== record.byteLength - ownMeta.length) {
    await meta.reader.cancel();
    return false;
  }
  // If the data sets are the same, the file's known digest is the digest of its own meta information with the held data
  // set.
  const sha256 = new crypto.DigestStream('SHA-256');
  sha256.digest.catch(() => undefined);
  const writer = sha256.getWriter();
  await writer.write(concatenated([ownMeta.bytes.subarray(0, ownMeta.length), meta.bytes.subarray(meta.length)]));
  writer.releaseLock();
  meta.reader.releaseLock();
  await stored.pipeTo(sha256);
  return hexadecimal(new Uint8Array(await sha256.digest)) === record.digest;
}

/**
 * Reads everything before the data set.
 * @returns the bytes read, and how many of them come before the data set; undefined when these are too many
 */
async function readMeta(file: ReadableStream<Uint8Array>) {
  const reader = file.getReader();
  const window = new ByteWindow();
  const meta = new FileMetaReader(new WarningList());
  let bytes: Uint8Array = new Uint8Array(0);
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    bytes = concatenated([bytes, value]);
    window.feed(value);
    if (meta.read(window)) return { reader, bytes, length: window.offset };
    if (bytes.length <= MOST_META_BYTES) continue;
    await reader.cancel();
    return undefined;
  }
}

function keyOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: HeldFile | ArrivedRecord): string {
  return `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}`;
}
