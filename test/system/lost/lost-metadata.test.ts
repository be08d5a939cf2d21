import { get } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stow } from '../../support/clients/stow-client';
import { comments, slice } from '../../support/files/samples';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../../support/server/front-door';
import { loseObjects } from '../../support/server/lost-objects';

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
  expect(loseObjects(data, new RegExp(`^metadata/${STUDY}/1\\.2\\.3\\.4\\.3/`))).toBeGreaterThan(0);
  expect(await answer('/metadata', 'application/json')).toBe('500');
  expect((await stow(door.origin, files)).status).toBe(200);
  await expect.poll(() => answer('/metadata', JSON_TYPE)).toBe('200');
});

it('breaks an answer off after its status, where a file that is needed later is lost', async () => {
  for (const n of [3, 2]) {
    expect(loseObjects(data, new RegExp(`1\\.2\\.3\\.4\\.${n}\\.1/.*dcm$`))).toBeGreaterThan(0);
    expect(await answer('', FILES), `instance ${n}`).toBe('200, broke off');
  }
  expect(loseObjects(data, /1\.2\.3\.4\.1\.1\/.*dcm$/)).toBeGreaterThan(0);
  expect(await answer('', FILES)).toBe('500');
});
