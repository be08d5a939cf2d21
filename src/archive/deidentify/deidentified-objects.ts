import { type InstanceObject, instanceKey } from '../object-keys';
import type { ByteRange, ObjectStore } from '../object-store';
import type { Archive } from '../ports';
import { fragmentsPiece, frameCount } from '../retrieve/frames';
import type { InstanceRow } from '../rows';
import type { DeidentifiedRows } from './deidentified-rows';
import type { SeenUIDs } from './seen-uids';

/**
 * The objects of an archive as they are seen through a de-identification. Keys are made of the rows that are seen, and
 * translated here. Only the bytes of pixel data, and of values that the row still names, can be read; everything else in
 * an object is patient data, and reading it is an error. Nothing can be written.
 */
export function deidentifiedObjects(
  archive: Archive,
  rows: DeidentifiedRows,
  uids: SeenUIDs,
): Pick<ObjectStore, 'read'> {
  const spans = new Map<string, ByteRange>();
  const spanOf = async (row: InstanceRow): Promise<ByteRange> => {
    const known = spans.get(row.version);
    if (known !== undefined) return known;
    const read = await pixelSpan(archive, row);
    if (spans.size >= MOST_SPANS) spans.clear();
    spans.set(row.version, read);
    return read;
  };
  /** Rows are kept for a while only: a long answer may read the last of its objects much later than its rows. */
  const again = async (version: string, [study, series, sop]: readonly [string, string, string]) => {
    const identity = { studyInstanceUID: study, seriesInstanceUID: series, sopInstanceUID: sop };
    const original = await uids.originalInstance(identity);
    if (original !== undefined) await rows.seen(await archive.index.instances(original, 0, 1));
    return rows.stored(version);
  };
  return {
    async read(key, range) {
      const [, study = '', series = '', sop = '', version = '', object] = KEY.exec(key) ?? [];
      // A kept thumbnail was made of the original: another one is made.
      if (object === 'thumbnail') return null;
      const stored = rows.stored(version) ?? (await again(version, [study, series, sop]));
      if (stored === undefined) return null;
      const { original, seen } = stored;
      const isPixels = object === 'frames' || object === 'copy';
      if (!isPixels && !(range !== undefined && (await isServed(seen, range, () => spanOf(original))))) {
        throw new Error('A de-identified archive does not serve these bytes.');
      }
      return await archive.objects.read(instanceKey(original, original.version, object as InstanceObject), range);
    },
  };
}

/** instances/<study>/<series>/<sop>/<version>.<object> */
const KEY = /^instances\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)\.(\w+)$/;

const MOST_SPANS = 1000;

async function isServed(row: InstanceRow, range: ByteRange, span: () => Promise<ByteRange>): Promise<boolean> {
  const { bulk = [], pixels } = row.layout;
  if (bulk.some(([, offset, length]) => isInside(range, { offset, length }))) return true;
  if (pixels === undefined) return false;
  return isInside(range, pixels.kind === 'native' ? pixels : await span());
}

function isInside(range: ByteRange, { offset, length }: ByteRange): boolean {
  return range.offset >= offset && range.offset + range.length <= offset + length;
}

/** Where the fragments of compressed pixel data are, with their headers. */
async function pixelSpan(archive: Archive, row: InstanceRow): Promise<ByteRange> {
  if (frameCount(row) === 0) return { offset: 0, length: 0 };
  const { offset, span } = await fragmentsPiece(archive, row);
  return { offset, length: span };
}
