import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { upload } from '../../support/clients/upload-client';
import { nativeImage, uidOf } from '../../support/files/synthetic';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../../support/server/front-door';
import { loseObjects } from '../../support/server/lost-objects';
import { runScript } from '../../support/server/run-script';

/*
 * A file whose upload began before its UIDs were known: its key does not say which instance it is. Whoever has to store it again
 * needs the UIDs, so every report of the loss names them.
 */
const scratch = scratchFolder();
const backup = join(scratch.path, 'backup');
const uids = { study: uidOf('unfiled study'), series: uidOf('unfiled series'), instance: uidOf('unfiled instance') };
const named = `${uids.study}/${uids.series}/${uids.instance}`;
const line = (of: string) => new RegExp(`^${of}.*  of instance ${named.replaceAll('.', '\\.')}$`, 'm');
let door: FrontDoor;

const open = (data: string) => startFrontDoor({ data: join(scratch.path, data), args: ['--no-sample'] });
const command = (name: string, ...args: string[]) => runScript(name, ['--base', door.origin, ...args]);

beforeAll(async () => {
  door = await open('one');
  const client = { fetch: (path: string, init?: RequestInit) => fetch(new URL(path, door.origin), init) };
  const file = nativeImage({ ...uids, rows: 64, columns: 64 });
  await upload(client, file, { chunk: file.length / 2 });
  const isStored = async () => (await client.fetch(`/dicomweb/studies/${uids.study}/metadata`)).status === 200;
  await vi.waitUntil(isStored, { timeout: 60_000, interval: 200 });
  expect((await command('backup', '--to', backup)).code).toBe(0);
});
afterAll(async () => {
  await door?.end();
  scratch.remove();
});

it('comes back from a backup whose list of the study is damaged', async () => {
  const damaged = join(scratch.path, 'damaged');
  cpSync(backup, damaged, { recursive: true });
  for (const name of readdirSync(join(damaged, 'studies', uids.study)))
    writeFileSync(join(damaged, 'studies', uids.study, name), 'damaged');
  const other = await open('three');
  try {
    const restored = await runScript('restore', ['--base', other.origin, '--from', damaged]);
    expect(restored.output).toMatch(/is damaged: all files of the study are put back unchecked$/m);
    expect(restored.output).toMatch(/^1 finding\.$/m);
    const path = `/dicomweb/studies/${uids.study}/series/${uids.series}/instances/${uids.instance}`;
    const headers = { Accept: 'application/dicom; transfer-syntax=*' };
    const [sent, back] = await Promise.all(
      [door, other].map(async ({ origin }) => await (await fetch(origin + path, { headers })).arrayBuffer()),
    );
    expect(Buffer.from(back!).equals(Buffer.from(sent!))).toBe(true);
    expect(sent!.byteLength).toBeGreaterThan(64 * 64);
  } finally {
    await other.end();
  }
});

it('is named with its UIDs by a verification, by /verification and /health, and by a backup', async () => {
  expect(loseObjects(join(scratch.path, 'one'), /unfiled\/u.*\.dcm$/)).toBe(1);
  const verified = await command('verify');
  expect(verified).toMatchObject({ code: 1, output: expect.stringMatching(line('missing-object  unfiled/u')) });
  expect(verified.output).toMatch(/^1 fault\.$/m);
  for (const path of ['verification', 'health']) {
    expect(await (await fetch(`${door.origin}/${path}`)).text()).toContain(`"instance":"${named}"`);
  }
  const kept = await command('backup', '--to', backup);
  expect(kept).toMatchObject({ code: 1, output: expect.stringMatching(line('unfiled/u')) });
  rmSync(join(backup, 'objects/unfiled'), { recursive: true });
  const without = await command('backup', '--to', backup, '--all');
  expect(without).toMatchObject({ code: 1, output: expect.stringMatching(line('unfiled/u.*is missing or damaged')) });
});

it('is named with its UIDs by a restoration', async () => {
  expect(readdirSync(join(backup, 'objects'))).not.toContain('unfiled');
  await door.end();
  door = await open('two');
  const restored = await command('restore', '--from', backup);
  expect(restored).toMatchObject({ code: 1, output: expect.stringMatching(line('unfiled/u')) });
  expect(restored.output).toMatch(/^1 of 1 study: 1 object put back/m);
  expect(restored.output).toMatch(/^1 finding\.$/m);
});
