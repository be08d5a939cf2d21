import { concatenated, utf8 } from '../bytes';
import { instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';

/** A thumbnail is square, this many pixels at most, unless it is asked for otherwise. */
export const THUMBNAIL_PIXELS = 256;

/**
 * The thumbnail that was kept of an instance, some kilobytes long.
 * @param made how pictures are made now: one that was made otherwise does not count
 * @returns undefined: none has been made yet, or none so
 */
export async function keptThumbnail(archive: Archive, row: InstanceRow, made: string): Promise<Uint8Array | undefined> {
  const stream = await archive.objects.read(instanceKey(row, row.version, 'thumbnail'));
  if (stream === null) return undefined;
  // Collected whole: a picture of at most 256 by 256 pixels, which this archive wrote.
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const mark = markOf(made);
  return mark.every((byte, at) => bytes[at] === byte) ? bytes.subarray(mark.length) : undefined;
}

/**
 * Keeps a thumbnail beside the instance's file, to be reclaimed with it. Two requests may both make it: they write the
 * same bytes. One that is written after the instance has gone is an orphan, which the sweep finds.
 */
export async function keepThumbnail(
  archive: Archive,
  row: InstanceRow,
  made: string,
  bytes: Uint8Array,
): Promise<void> {
  await archive.objects.put(instanceKey(row, row.version, 'thumbnail'), concatenated([markOf(made), bytes]));
}

/** Stands before the picture. */
function markOf(made: string): Uint8Array {
  return utf8(`${made}\n`);
}
