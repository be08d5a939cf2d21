import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOrthanc, startOrthanc } from '../../scripts/support/orthanc.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { slice } from '../support/files/samples';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { FetchXMLHttpRequest } from '../support/viewer/xml-http-request';

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
    const dead = await keys(['create', '--name', 'A', '--role', 'oficer', '--local', folder.path]);
    expect([dead.code, dead.output]).toMatchObject([1, expect.stringContaining('has no role "oficer"')]);
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
    const terms = ['--label', 'north', '--most-instances', '500'];
    const { key } = await made(
      ['create', '--name', 'CT 3', '--role', 'uploader', ...terms, '--base', door.origin],
      officer,
    );
    const store = await fetch(`${door.origin}/dicomweb/studies`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/dicom', Authorization: `Basic ${btoa(`ct3:${key}`)}` },
      body: new Uint8Array(slice()),
    });
    expect(store.status).toBe(200);
    expect(await search(`Bearer ${key}`)).toBe(403);
    expect(door.output()).not.toMatch(/dwk_|ct3/);
  });

  it('lets npm’s dicomweb-client in by Bearer', async () => {
    const { api } = createRequire(import.meta.url)('dicomweb-client');
    const base = ['--base', door.origin];
    const roles = ['--role', 'reader', '--role', 'uploader'];
    const { key } = await made(['create', '--name', 'Client', ...roles, ...base], officer);
    Object.assign(globalThis, { XMLHttpRequest: FetchXMLHttpRequest });
    const url = `${door.origin}/dicomweb`;
    const client = new api.DICOMwebClient({ url, headers: { Authorization: `Bearer ${key}` } });
    await client.storeInstances({ datasets: [slice({ study: '1.2.7', series: '1.2.7.1', sop: '1.2.7.1.1' }).buffer] });
    const found = await client.searchForStudies({ queryParams: { StudyInstanceUID: '1.2.7' } });
    expect(found).toHaveLength(1);
    const stranger = new api.DICOMwebClient({ url, headers: {}, errorInterceptor: () => undefined });
    await expect(stranger.searchForStudies()).rejects.toMatchObject({ status: 401 });
  });

  it.runIf(hasOrthanc())('lets Orthanc store and search with user name and password', async () => {
    const base = ['--base', door.origin];
    const roles = ['--role', 'reader', '--role', 'uploader'];
    const { key } = await made(['create', '--name', 'Orthanc', ...roles, ...base], officer);
    const Url = `${door.origin}/dicomweb/`;
    const servers = {
      archive: { Url, Username: 'orthanc', Password: key },
      stranger: { Url, Username: 'orthanc', Password: 'orthanc' },
    };
    const orthanc = await startOrthanc({ servers });
    try {
      const body = new Uint8Array(slice({ study: '1.2.6', series: '1.2.6.1', sop: '1.2.6.1.1' }));
      const kept = await fetch(`${orthanc!.origin}/instances`, { method: 'POST', body });
      const { ID } = (await kept.json()) as { ID: string };
      const ask = (server: string, action: string, asked: object) =>
        fetch(`${orthanc!.root}/servers/${server}/${action}`, { method: 'POST', body: JSON.stringify(asked) });
      expect((await ask('stranger', 'stow', { Resources: [ID], Synchronous: true })).status).not.toBe(200);
      expect((await ask('archive', 'stow', { Resources: [ID], Synchronous: true })).status).toBe(200);
      const query = { Uri: '/studies', Arguments: { StudyInstanceUID: '1.2.6' } };
      const found = await ask('archive', 'qido', query);
      expect([found.status, await found.json()]).toMatchObject([200, [{ '0020000D': { Value: '1.2.6' } }]]);
    } finally {
      await orthanc?.stop();
    }
  });
});
