import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/support/paths.mjs';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/front-door';
import { slice } from '../support/samples';

const ROLES = JSON.stringify({
  officer: { permissions: ['administer'] },
  uploader: { permissions: ['store'] },
  reader: { permissions: ['search', 'retrieve'] },
});
const folder = scratchFolder();
const start = () =>
  startFrontDoor({ data: folder.path, args: ['--no-sample', '--var', 'ALLOW_ANONYMOUS=', '--var', `ROLES=${ROLES}`] });

let door: FrontDoor;
/** The first key of the deployment, made in the database while nothing runs. */
let officer: string;

/** `npm run keys`, by the Node that npm would run it with. */
function keys(args: string[], credential = ''): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DICOMWEB_KEY: credential };
  const command = [join(ROOT, 'scripts/keys.mjs'), ...args];
  return new Promise((resolve) => {
    execFile(join(ROOT, 'node_modules/.bin/node'), command, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

async function made(args: string[], credential = ''): Promise<{ id: string; key: string }> {
  const { code, output } = await keys(args, credential);
  expect([code, output]).toMatchObject([0, expect.stringMatching(/^[0-9a-f]{16} [\s\S]*\ndwk_\w{49}\n$/)]);
  return { id: output.slice(0, 16), key: output.trim().split('\n').at(-1)! };
}

const search = async (authorization: string) =>
  (await fetch(`${door.origin}/dicomweb/studies`, { headers: { Authorization: authorization } })).status;

describe('npm run keys', () => {
  beforeAll(async () => {
    door = await start();
    const busy = await keys(['create', '--name', 'A', '--role', 'officer', '--local', folder.path]);
    expect([busy.code, busy.output]).toMatchObject([1, expect.stringContaining('is in use')]);
    await door.end();
    officer = (await made(['create', '--name', "The officer's", '--role', 'officer', '--local', folder.path])).key;
    door = await start();
  });
  afterAll(async () => {
    await door?.end();
    folder.remove();
  });

  it('makes the first key in the database, and further ones over HTTP with it', async () => {
    const base = ['--base', door.origin];
    const refused = await keys(['list', ...base]);
    expect([refused.code, refused.output]).toMatchObject([1, expect.stringContaining('answers 401')]);

    const reader = await made(['create', '--name', 'Script', '--role', 'reader', '--expires', '30d', ...base], officer);
    expect(await search(`Bearer ${reader.key}`)).toBe(200);
    expect(await search(`Basic ${btoa(`any:user:${reader.key}`).replace(/=+$/, '')}`)).toBe(401);
    expect(await search(`Basic ${btoa(`script:${reader.key}`)}`)).toBe(200);
    const unknown = await keys(['create', '--name', 'A', '--role', 'nobody', ...base], officer);
    expect([unknown.code, unknown.output]).toMatchObject([1, expect.stringContaining('setting ROLES')]);

    const renewed = await made(['renew', reader.id, ...base], officer);
    expect(renewed.id).toBe(reader.id);
    expect(await search(`Bearer ${renewed.key}`)).toBe(200);
    expect(await search(`Bearer ${reader.key}`)).toBe(401);

    expect((await keys(['revoke', reader.id, ...base], officer)).code).toBe(0);
    expect(await search(`Bearer ${renewed.key}`)).toBe(401);
    const list = (await keys(['list', ...base], officer)).output;
    expect(list).toMatch(/reader {2}revoked .* Script\n/);
    expect(list).toMatch(/officer {2}expires .*, last used .* The officer's\n/);
    expect(list).not.toContain('dwk_');
  });

  it('confines a key to storing', async () => {
    const { key } = await made(['create', '--name', 'CT 3', '--role', 'uploader', '--base', door.origin], officer);
    const store = await fetch(`${door.origin}/dicomweb/studies`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/dicom', Authorization: `Basic ${btoa(`ct3:${key}`)}` },
      body: new Uint8Array(slice()),
    });
    expect(store.status).toBe(200);
    expect(await search(`Bearer ${key}`)).toBe(403);
    expect(door.output()).not.toMatch(/dwk_|ct3/);
  });
});
