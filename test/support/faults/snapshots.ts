import type { SnapshotPage } from '../../../src/archive/snapshot/snapshot';
import { newestSnapshots, snapshotOf } from './objects';
import type { Rows } from './rows';
import type { World } from './world';

/**
 * Compares the newest snapshot of each study with the rows, unless the study waits for a newer one: the bucket alone must
 * tell which versions count and which are removed.
 * @returns what differs, in words
 */
export async function compareSnapshots(world: World, rows: Rows): Promise<string[]> {
  const keys = await world.keys();
  const newest = newestSnapshots(keys);
  const waiting = new Set(rows.changed.map(({ study_instance_uid }) => study_instance_uid));
  const findings: string[] = [];
  for (const { id, study_instance_uid: study } of rows.study) {
    if (waiting.has(study)) continue;
    const pages = keys.filter((key) => key.split('/')[1] === study && newest.has(snapshotOf(key)));
    const told = (await Promise.all(pages.map((key) => versionsIn(world, key)))).flat();
    const series = new Set(rows.series.filter(({ study_id }) => study_id === id).map((one) => one.id));
    const kept = [
      ...rows.instance.filter(({ series_id }) => series.has(series_id)),
      ...rows.removal.filter(({ study_instance_uid }) => study_instance_uid === study),
    ].map(({ version }) => version);
    if (told.sort().join() !== kept.sort().join())
      findings.push(`the snapshot of ${study} tells of ${told.length} versions, the index has ${kept.length}`);
  }
  return findings;
}

async function versionsIn(world: World, key: string): Promise<string[]> {
  const object = await world.plain.bucket.get(`${world.name}/${key}`);
  const text = object!.body.pipeThrough(new DecompressionStream('gzip') as never);
  const { columns, rows }: SnapshotPage = await new Response(text as never).json();
  return (['instance', 'removal'] as const).flatMap((table) => {
    const at = columns[table]?.indexOf('version') ?? -1;
    return (rows[table] ?? []).map((row) => String(row[at]));
  });
}
