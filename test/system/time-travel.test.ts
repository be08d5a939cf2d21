import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { slice } from '../support/files/samples';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { runScript } from '../support/server/run-script';

const scratch = scratchFolder();
let door: FrontDoor;
afterAll(async () => {
  await door?.end();
  scratch.remove();
});

const study = (n: number) => `1.2.3.${n}`;
const file = (n: number, sop: number) =>
  Buffer.from(slice({ study: study(n), series: `${study(n)}.1`, sop: `${study(n)}.9.${sop}`, instanceNumber: sop }));

async function status(path: string, method = 'GET', body?: object): Promise<number> {
  const response = await fetch(`${door.origin}/dicomweb/studies${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** What clients see, by status, entity tag and body. */
async function seen(): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (let n = 1; n <= 4; n += 1) {
    for (const path of ['metadata', 'instances', 'labels', `series/${study(n)}.1/instances/${study(n)}.9.1/frames/1`]) {
      const response = await fetch(`${door.origin}/dicomweb/studies/${study(n)}/${path}`);
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
      const same = text.replace(/--[\w-]{20,}/g, '--boundary');
      // A file that is stored again has new metadata, so that this of its study has a new tag.
      const tag = n === 2 && path === 'metadata' ? '' : response.headers.get('ETag');
      answers.push([path, response.status, tag, same]);
    }
  }
  return answers;
}

/** Copies changed rows into the bucket, as the hourly run does. */
async function copyRows(): Promise<void> {
  for (let more = true; more; ) {
    const response = await fetch(`${door.origin}/backup`, { method: 'POST' });
    ({ more } = (await response.json()) as { more: boolean });
  }
}

test('a database file that is put back is noticed, catches up by the command of the docs, and has lost nothing', async () => {
  const data = join(scratch.path, 'data');
  const database = join(data, 'v3/d1');
  const aside = join(scratch.path, 'earlier');
  const start = async () => {
    await door?.end();
    // Entity tags of answers with URLs depend on the origin, and the port changes.
    const vars = ['PUBLIC_ORIGIN=http://archive.test', 'ALLOWED_HOSTS=*'].flatMap((each) => ['--var', each]);
    door = await startFrontDoor({ data, args: ['--no-sample', '--events', ...vars] });
  };
  /** Waits for the hourly run that follows a start, so that none comes later and copies rows. */
  const startAndRun = async () => {
    await start();
    await expect.poll(door.output, { timeout: 60_000 }).toContain('"event":"hourly-run-done"');
  };
  await start();
  for (const n of [1, 2, 3]) expect((await stow(door.origin, [file(n, 1), file(n, 2)])).status).toBe(200);
  await copyRows();
  await door.end();
  cpSync(database, aside, { recursive: true });

  await startAndRun();
  expect((await stow(door.origin, [file(4, 1), file(3, 3)])).status).toBe(200);
  expect(await status(`/${study(1)}`, 'DELETE')).toBe(204);
  expect(await status(`/${study(2)}/labels`, 'PUT', ['trial'])).toBe(200);
  await copyRows();
  // This one is in the bucket by its file alone.
  expect((await stow(door.origin, [file(2, 3)])).status).toBe(200);
  const before = await seen();
  await door.end();
  rmSync(database, { recursive: true });
  cpSync(aside, database, { recursive: true });

  await start();
  const health = await fetch(`${door.origin}/health`);
  expect([health.status, await health.json()]).toMatchObject([
    503,
    { checks: { archive: { status: 'fail', reason: 'index-put-back' } } },
  ]);
  expect(await status('')).toBe(503);
  expect(await status(`/${study(1)}`, 'DELETE')).toBe(503);
  const rebuilt = await runScript('rebuild', ['--base', door.origin]);
  expect(rebuilt).toMatchObject({ code: 0, output: expect.stringContaining('1 newer file stored again') });
  expect(await seen()).toEqual(before);
  expect(await status(`/${study(1)}`)).toBe(410);
  expect((await runScript('verify', ['--base', door.origin])).code).toBe(0);
});
