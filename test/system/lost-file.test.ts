import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { nativeImage, uidOf } from '../support/files/synthetic';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { runScript } from '../support/server/run-script';

/*
 * A file of R2 disappears from the data folder, while R2 still lists the object. The sender has the bytes and sends them again: by STOW,
 * and by `npm run upload`, which first asks which files are known.
 */
const scratch = scratchFolder();
const data = join(scratch.path, 'data');
const folder = join(scratch.path, 'CD');
const uids = { study: uidOf('lost study'), series: uidOf('lost series'), instance: uidOf('lost instance') };
const file = nativeImage({ ...uids, rows: 64, columns: 64 });
const path = `studies/${uids.study}/series/${uids.series}/instances/${uids.instance}`;
let door: FrontDoor;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'IM1'), file);
  door = await startFrontDoor({ data, args: ['--no-sample'] });
  expect((await stow(door.origin, [file])).status).toBe(200);
});
afterAll(async () => {
  await door?.end();
  scratch.remove();
});

/** Removes the file of an object, and leaves R2's own rows. */
function removeFile(ending: string): void {
  const objects = join(data, 'v3/r2/miniflare-R2BucketObject');
  const lost: string[] = [];
  for (const name of readdirSync(objects).filter((each) => /^[0-9a-f]{64}\.sqlite$/.test(each))) {
    const database = new DatabaseSync(join(objects, name), { readOnly: true });
    const rows = database.prepare('SELECT key, blob_id FROM _mf_objects').all() as { key: string; blob_id: string }[];
    database.close();
    lost.push(...rows.filter(({ key }) => key.endsWith(ending)).map(({ blob_id }) => blob_id));
  }
  const files = readdirSync(join(data, 'v3/r2'), { recursive: true, withFileTypes: true });
  const removed = files.filter(({ name }) => lost.includes(name));
  expect(removed).toHaveLength(1);
  for (const { parentPath, name } of removed) rmSync(join(parentPath, name));
}

async function read(): Promise<Buffer | number> {
  const headers = { Accept: 'application/dicom; transfer-syntax=*' };
  const response = await fetch(`${door.origin}/dicomweb/${path}`, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.status === 200 ? bytes : response.status;
}

it('is written again when a Store request brings its bytes', async () => {
  removeFile('.dcm');
  expect(await read()).toBe(500);
  expect((await stow(door.origin, [file])).status).toBe(200);
  expect(await read()).toEqual(file);
});

it('is written again when `npm run upload` has its bytes', async () => {
  removeFile('.dcm');
  expect(await read()).toBe(500);
  const state = join(scratch.path, 'state.json');
  const { code } = await runScript('upload', [folder, '--state', state, '--base', door.origin]);
  expect(code).toBe(0);
  expect(await read()).toEqual(file);
});
