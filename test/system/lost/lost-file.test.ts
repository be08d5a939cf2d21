import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stow } from '../../support/clients/stow-client';
import { nativeImage, uidOf } from '../../support/files/synthetic';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../../support/server/front-door';
import { loseObjects } from '../../support/server/lost-objects';
import { runScript } from '../../support/server/run-script';

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

async function read(): Promise<Buffer | number> {
  const headers = { Accept: 'application/dicom; transfer-syntax=*' };
  const response = await fetch(`${door.origin}/dicomweb/${path}`, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.status === 200 ? bytes : response.status;
}

it('is written again when a Store request brings its bytes', async () => {
  expect(loseObjects(data, /\.dcm$/)).toBe(1);
  expect(await read()).toBe(500);
  expect((await stow(door.origin, [file])).status).toBe(200);
  expect(await read()).toEqual(file);
});

it('is written again when `npm run upload` has its bytes', async () => {
  expect(loseObjects(data, /\.dcm$/)).toBe(1);
  expect(await read()).toBe(500);
  const state = join(scratch.path, 'state.json');
  const { code } = await runScript('upload', [folder, '--state', state, '--base', door.origin]);
  expect(code).toBe(0);
  expect(await read()).toEqual(file);
});
