import { concatenated, utf8 } from '../bytes';
import { instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';

/** Pixels of each side of a thumbnail at most, unless the request asks for another size. */
export const THUMBNAIL_PIXELS = 256;

/**
 * The thumbnail that the archive keeps of an instance, some kilobytes long.
 * @param made names the present way of making pictures; a thumbnail that was made in another way does not count
 * @returns undefined when there is no thumbnail, or none that was made in this way
 */
export async function keptThumbnail(archive: Archive, row: InstanceRow, made: string): Promise<Uint8Array | undefined> {
  const stream = await archive.objects.read(instanceKey(row, row.version, 'thumbnail'));
  if (stream === null) return undefined;
  // Read as a whole: a picture of at most 256 by 256 pixels, which this archive wrote.
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const mark = markOf(made);
  return mark.every((byte, at) => bytes[at] === byte) ? bytes.subarray(mark.length) : undefined;
}

/**
 * Keeps a thumbnail beside the instance's file; both are reclaimed together. Two requests may both make it: they write
 * the same bytes. A thumbnail that is written after the instance was deleted is an orphan, which the sweep finds.
 */
export async function keepThumbnail(
  archive: Archive,
  row: InstanceRow,
  made: string,
  bytes: Uint8Array,
): Promise<void> {
  await archive.objects.put(instanceKey(row, row.version, 'thumbnail'), concatenated([markOf(made), bytes]));
}

/** The bytes before the picture. They name the way in which it was made. */
function markOf(made: string): Uint8Array {
  return utf8(`${made}\n`);
}
