import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Removes the files of objects, and leaves R2's own rows: R2 lists what it has lost.
 * @param data the folder of `npm start`
 * @param of the keys of these objects
 * @returns how many were removed
 */
export function loseObjects(data: string, of: RegExp): number {
  const objects = join(data, 'v3/r2/miniflare-R2BucketObject');
  const lost: string[] = [];
  for (const name of readdirSync(objects).filter((each) => /^[0-9a-f]{64}\.sqlite$/.test(each))) {
    const database = new DatabaseSync(join(objects, name), { readOnly: true });
    const rows = database.prepare('SELECT key, blob_id FROM _mf_objects').all() as { key: string; blob_id: string }[];
    database.close();
    lost.push(...rows.filter(({ key }) => of.test(key)).map(({ blob_id }) => blob_id));
  }
  const stored = readdirSync(join(data, 'v3/r2'), { recursive: true, withFileTypes: true });
  const removed = stored.filter(({ name }) => lost.includes(name));
  for (const { parentPath, name } of removed) rmSync(join(parentPath, name));
  return removed.length;
}
