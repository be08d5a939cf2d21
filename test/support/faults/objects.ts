import type { Rows } from './rows';
import type { World } from './world';

/**
 * Compares the bucket with the rows: what a row needs is there, with its own bytes.
 * @returns what is missing or mixed, in words, and the keys that no row names
 */
export async function compareObjects(world: World, rows: Rows): Promise<{ findings: string[]; unnamed: string[] }> {
  const keys = await world.keys();
  const needed = neededBy(rows);
  const findings: string[] = [];
  const there = new Set(keys);
  for (const [key, of] of needed) {
    if (!there.has(key)) findings.push(`${of} needs ${key}, which is not there`);
  }
  for (const { key, digest } of files(rows)) {
    if (!there.has(key)) continue;
    if ((await digestOfObject(world, `${world.name}/${key}`)) !== digest)
      findings.push(`${key} holds other bytes than its row says`);
  }
  const versions = new Set([...rows.instance, ...rows.removal].map(({ version }) => version));
  const queued = new Set(rows.deletion.map(({ key }) => key));
  const snapshots = newestSnapshots(keys);
  // Keys come in order: the last copy of a key or a share counts.
  const copies = new Map(keys.filter((key) => key.startsWith('access/')).map((key) => [folderOf(key), key]));
  const unnamed = keys.filter((key) => {
    if (key.startsWith('access/')) return !queued.has(key) && copies.get(folderOf(key)) !== key;
    return key.startsWith('index/')
      ? !queued.has(key) && !snapshots.has(snapshotOf(key))
      : !needed.has(key) && !key.startsWith('record/') && !versions.has(versionIn(key));
  });
  return { findings, unnamed };
}

/** The digest of an object's bytes, which are read once: an object that is written again has another etag. */
async function digestOfObject({ plain: { bucket } }: World, key: string): Promise<string> {
  const place = `${key} ${(await bucket.head(key))!.etag}`;
  const digest = digests.get(place) ?? (await digestOf(await (await bucket.get(key))!.arrayBuffer()));
  if (digests.size >= MOST_DIGESTS) digests.clear();
  digests.set(place, digest);
  return digest;
}

const digests = new Map<string, string>();
const MOST_DIGESTS = 1000;

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

/** The objects that rows need, and which row needs it. */
function neededBy(rows: Rows): Map<string, string> {
  const needed = new Map(files(rows).map(({ key, of }) => [key, of]));
  const placed = new Map(rows.series.map((series) => [series.id, placeOf(rows, series)]));
  for (const { series_id, name, in_bucket, live_count } of rows.metadata_segment) {
    if (in_bucket && live_count > 0) needed.set(`metadata/${placed.get(series_id)}/${name}`, `segment ${name}`);
  }
  for (const { series_id, sop_instance_uid, version, copy_length } of rows.instance) {
    const copy = keyOf(`${placed.get(series_id)}/${sop_instance_uid}`, version).replace('.dcm', '.copy');
    if (copy_length !== null && copy_length > 0) needed.set(copy, `instance ${sop_instance_uid}`);
  }
  for (const { study_instance_uid, series_instance_uid, segment, in_bucket, version, claimed_at } of rows.removal) {
    if (in_bucket && claimed_at === null)
      needed.set(`metadata/${study_instance_uid}/${series_instance_uid}/${segment}`, `removed version ${version}`);
  }
  return needed;
}

function files(rows: Rows): { key: string; digest: string; of: string }[] {
  const series = new Map(rows.series.map((one) => [one.id, placeOf(rows, one)]));
  return [
    ...rows.instance.map(({ series_id, sop_instance_uid, version, digest }) => ({
      key: keyOf(`${series.get(series_id)}/${sop_instance_uid}`, version),
      digest,
      of: `instance ${sop_instance_uid}`,
    })),
    ...rows.removal
      .filter(({ claimed_at }) => claimed_at === null)
      .map(({ study_instance_uid, series_instance_uid, sop_instance_uid, version, digest }) => ({
        key: keyOf(`${study_instance_uid}/${series_instance_uid}/${sop_instance_uid}`, version),
        digest,
        of: `removed version ${version}`,
      })),
  ];
}

/** The newest snapshot of each study that has its last page: the others are not needed. */
export function newestSnapshots(keys: readonly string[]): Set<string> {
  const newest = new Map<string, string>();
  for (const key of keys.toSorted()) {
    if (key.startsWith('index/') && key.includes('-end')) newest.set(key.split('/')[1]!, snapshotOf(key));
  }
  return new Set(newest.values());
}

/** index/<study>/<snapshot>, without the page. */
export function snapshotOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function keyOf(place: string, version: string): string {
  return version.startsWith('u') ? `unfiled/${version}.dcm` : `instances/${place}/${version}.dcm`;
}

function placeOf({ study }: Rows, { study_id, series_instance_uid }: Rows['series'][number]): string {
  return `${study.find(({ id }) => id === study_id)?.study_instance_uid}/${series_instance_uid}`;
}

function versionIn(key: string): string {
  const file = key.slice(key.lastIndexOf('/') + 1);
  return key.startsWith('metadata/') ? '' : file.slice(0, file.indexOf('.'));
}

/** SHA-256, lower-case hexadecimal. */
export async function digestOf(bytes: ArrayBuffer | Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as ArrayBuffer));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
