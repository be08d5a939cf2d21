import type { InstanceLayout } from '../../dicom/pixels/pixel-layout';
import { segmentKey } from '../object-keys';
import { type NamedObject, objectsOfInstance } from '../verification/check-objects';
import type { SnapshotPage, SnapshotRow, SnapshotTable } from './snapshot';

/** Values of a row by the names of its columns. */
type Row = Readonly<Record<string, string | number | null>>;

/**
 * The objects that the rows of a snapshot's page name: files with their digests, and what was made of them. Thumbnails are
 * left out: they can be made again at any time.
 * @param first the first page of the snapshot, which has its series
 */
export function objectsNamedBy(page: SnapshotPage, first: SnapshotPage): NamedObject[] {
  const { studyInstanceUID } = page;
  const series = new Map(rowsOf(first, 'series').map((row) => [row.id, String(row.series_instance_uid)]));
  const ofSeries = (id: unknown) => ({ studyInstanceUID, seriesInstanceUID: series.get(id as number) ?? '' });
  const objects = [
    ...rowsOf(page, 'instance').flatMap((row) =>
      filesOf({
        ...ofSeries(row.series_id),
        sopInstanceUID: String(row.sop_instance_uid),
        version: String(row.version),
        byteLength: Number(row.byte_length),
        digest: String(row.digest),
        layout: JSON.parse(String(row.layout)),
      }),
    ),
    ...rowsOf(page, 'metadata_segment')
      // A segment that was merged as a whole is part of the merged segment's object.
      .filter(({ content, live_count, merged_into }) => content === null && live_count !== 0 && merged_into === null)
      .map((row) => ({
        key: segmentKey(ofSeries(row.series_id), String(row.name)),
        byteLength: Number(row.byte_length),
      })),
    ...rowsOf(page, 'removal')
      .filter(({ claimed_at }) => claimed_at === null)
      .flatMap((row) => removedObjects(JSON.parse(String(row.record)))),
  ];
  return [...new Map(objects.map((object) => [object.key, object])).values()];
}

interface KeptInstance {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly sopInstanceUID: string;
  readonly version: string;
  readonly byteLength: number;
  readonly digest: string;
  readonly layout: InstanceLayout;
}

/** A removed instance, as INSTANCE_RECORD of src/storage/commit/sql/instance-sql.ts writes it. */
type RemovedRecord = KeptInstance & {
  readonly segment: string;
  readonly segmentByteLength: number;
  readonly segmentContent?: string | null;
};

/** The objects of an instance, by its layout. */
export function filesOf({ layout, ...instance }: KeptInstance): NamedObject[] {
  const { pixels, object, copyLength = 0 } = layout;
  const inTable = pixels?.kind === 'encapsulated' && pixels.only === undefined;
  return objectsOfInstance(
    {
      ...instance,
      frames: inTable ? pixels.frames : null,
      inflated: object === 'inflated',
      copyLength: copyLength === 0 ? null : copyLength,
    },
    true,
  );
}

function removedObjects(record: RemovedRecord): NamedObject[] {
  const { segment, segmentByteLength, segmentContent, layout } = record;
  const files = filesOf({ ...record, layout: typeof layout === 'string' ? JSON.parse(layout) : layout });
  if (segmentContent !== null && segmentContent !== undefined) return files;
  return [...files, { key: segmentKey(record, segment), byteLength: segmentByteLength }];
}

function rowsOf({ columns, rows }: SnapshotPage, table: SnapshotTable): Row[] {
  const names = columns[table] ?? [];
  return (rows[table] ?? []).map((row: SnapshotRow) =>
    Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])),
  );
}
