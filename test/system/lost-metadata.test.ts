import { readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { comments, slice } from '../support/files/samples';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';

/*
 * Objects with metadata disappear from the data folder, and their files do not. Nothing is done by hand but what
 * docs/operations.md says: the same bytes are stored again.
 */
const scratch = scratchFolder();
const data = join(scratch.path, 'data');
const STUDY = '1.2.3.4';
const files = [1, 2, 3].map((n) => {
  const place = { study: STUDY, series: `1.2.3.4.${n}`, sop: `1.2.3.4.${n}.1` };
  return Buffer.from(slice({ ...place, rows: 2, columns: 2, elements: [comments(6000, n)] }));
});
let door: FrontDoor;

beforeAll(async () => {
  door = await startFrontDoor({ data, args: ['--no-sample'] });
  for (const file of files) expect((await stow(door.origin, [file])).status).toBe(200);
});
afterAll(async () => {
  await door?.end();
  scratch.remove();
});

/** Removes the files of objects, and leaves R2's own rows. */
function removeFiles(of: RegExp): void {
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
  expect(removed.length).toBeGreaterThan(0);
  for (const { parentPath, name } of removed) rmSync(join(parentPath, name));
}

/** What a client sees: the status, and whether the body came to its end. */
async function answer(path: string, accept: string): Promise<string> {
  return await new Promise((resolve) => {
    const request = get(`${door.origin}/dicomweb/studies/${STUDY}${path}`, { headers: { Accept: accept } });
    request.on('error', (error) => resolve(`no status: ${error.message}`));
    request.on('response', (response) => {
      response.resume();
      response.on('close', () => resolve(`${response.statusCode}${response.complete ? '' : ', broke off'}`));
      response.on('error', () => undefined);
    });
  });
}

const JSON_TYPE = 'application/dicom+json';
const FILES = 'multipart/related; type="application/dicom"; transfer-syntax=*';

it('is answered 500 before the first byte, and is made again when the same bytes are stored again', async () => {
  removeFiles(new RegExp(`^metadata/${STUDY}/1\\.2\\.3\\.4\\.3/`));
  expect(await answer('/metadata', 'application/json')).toBe('500');
  expect((await stow(door.origin, files)).status).toBe(200);
  await expect.poll(() => answer('/metadata', JSON_TYPE)).toBe('200');
});

it('breaks an answer off after its status, where a file that is needed later is lost', async () => {
  for (const n of [3, 2]) {
    removeFiles(new RegExp(`1\\.2\\.3\\.4\\.${n}\\.1/.*dcm$`));
    expect(await answer('', FILES), `instance ${n}`).toBe('200, broke off');
  }
  removeFiles(/1\.2\.3\.4\.1\.1\/.*dcm$/);
  expect(await answer('', FILES)).toBe('500');
});
