import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/support/paths.mjs';
import { OBJECT_KINDS } from '../../src/archive/object-keys';
import { stow } from '../support/clients/stow-client';
import { slice } from '../support/files/samples';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { NODE, runScript } from '../support/server/run-script';

/*
 * `npm run backup` and `npm run restore`, from one deployment to another, each behind the front door. Both have the same public
 * origin, so that all answers can be compared byte by byte.
 */
const scratch = scratchFolder();
const backup = join(scratch.path, 'backup');
let door: FrontDoor;

const study = (n: number) => `1.2.3.${n}`;
const instance = (n: number, sop: number) => `studies/${study(n)}/series/${study(n)}.1/instances/${study(n)}.9.${sop}`;
const file = (n: number, sop: number, seed = 1, rows = 4) =>
  Buffer.from(
    slice({
      study: study(n),
      series: `${study(n)}.1`,
      sop: `${study(n)}.9.${sop}`,
      instanceNumber: sop,
      seed,
      rows,
      columns: rows,
    }),
  );
/** More than one part of a restoration: 9 MB. */
const LARGE = file(4, 1, 1, 2130);

async function open(data: string): Promise<FrontDoor> {
  const vars = ['PUBLIC_ORIGIN=http://archive.test', 'ALLOWED_HOSTS=*', 'DUPLICATES=keep', 'FRAME_COPIES=none'];
  const args = ['--no-sample', ...vars.flatMap((each) => ['--var', each])];
  return await startFrontDoor({ data: join(scratch.path, data), args });
}

const command = (name: string, args: string[]) => runScript(name, ['--base', door.origin, ...args]);

async function act(path: string, method: string, body?: object): Promise<void> {
  const response = await fetch(`${door.origin}/dicomweb/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
}

/** What clients see: status, entity tag, count and body of answers of all kinds. */
async function seen(): Promise<Record<string, unknown>> {
  const paths = ['studies?limit=100&includefield=all', 'series?limit=100', 'instances?limit=100&includefield=all'];
  for (let n = 1; n <= 6; n += 1) {
    paths.push(`studies/${study(n)}/metadata`, `studies/${study(n)}/labels`, `studies/${study(n)}/hold`);
    for (const sop of [1, 2, 3]) paths.push(instance(n, sop));
  }
  const headers = { Accept: 'application/dicom+json, multipart/related; type="application/dicom"; transfer-syntax=*' };
  const answers: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await fetch(`${door.origin}/dicomweb/${path}`, { headers });
    const text = Buffer.from(await response.arrayBuffer())
      .toString('latin1')
      .replace(/--[\w-]{20,}/g, '--boundary');
    answers[path] = [response.status, response.headers.get('ETag'), response.headers.get('X-Total-Count'), text];
  }
  const statistics = (await (await fetch(`${door.origin}/statistics`)).json()) as Record<string, unknown>;
  const { studies, series, instances, bytes, restorable } = statistics;
  return { ...answers, totals: { studies, series, instances, bytes, restorable } };
}

/** The UIDs that an anonymized file has in place of its own. */
async function pseudonyms(): Promise<string[]> {
  const of = `studyUID=${study(3)}&seriesUID=${study(3)}.1&objectUID=${study(3)}.9.1`;
  const response = await fetch(
    `${door.origin}/wado?requestType=WADO&${of}&contentType=application/dicom&anonymize=yes`,
  );
  expect(response.status).toBe(200);
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
  return [...new Set(text.match(/2\.25\.\d+/g))].sort();
}

/** The files of the backup under a folder, by their paths. */
const filesUnder = (folder: string) =>
  readdirSync(join(backup, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Deletes objects from a bucket that is not in use. */
function loseObjects(data: string, prefix: string): void {
  const folder = join(scratch.path, data, 'v3/r2/miniflare-R2BucketObject');
  let lost = 0;
  // One file for each bucket, and one that is the runtime's own.
  for (const name of readdirSync(folder).filter((each) => /^[0-9a-f]{64}\.sqlite$/.test(each))) {
    const database = new DatabaseSync(join(folder, name));
    lost += Number(database.prepare('DELETE FROM _mf_objects WHERE instr(key, ?) > 0').run(prefix).changes);
    database.close();
  }
  expect(lost).toBeGreaterThan(0);
}

let before: Record<string, unknown>;

beforeAll(async () => {
  door = await open('one');
  for (let n = 1; n <= 3; n += 1) expect((await stow(door.origin, [file(n, 1), file(n, 2)])).status).toBe(200);
  expect((await stow(door.origin, [LARGE])).status).toBe(200);
});

afterAll(async () => {
  await door?.end();
  scratch.remove();
});

test('a backup that is killed goes on, copies what is new alone, and is restored as the archive was', async () => {
  // Killed as soon as it has written something, and run again.
  const killed = spawn(NODE, [
    join(ROOT, 'scripts/backup.mjs'),
    '--base',
    door.origin,
    '--to',
    backup,
    '--parallel',
    '1',
  ]);
  const deadline = Date.now() + 120_000;
  const hasBegun = () => {
    try {
      return filesUnder('objects').length > 0;
    } catch {
      return false;
    }
  };
  while (!hasBegun() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2));
  killed.kill('SIGKILL');
  const first = await command('backup', ['--to', backup]);
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining('4 studies') });
  expect(readdirSync(join(backup, 'runs'))).toHaveLength(1);

  await act(`studies/${study(1)}`, 'DELETE');
  await act(instance(2, 1), 'DELETE');
  await act(`studies/${study(2)}/labels`, 'PUT', ['trial'] as never);
  await act(`studies/${study(3)}/hold`, 'PUT', { reason: 'a case' });
  expect((await stow(door.origin, [file(3, 2, 7), file(5, 1), file(2, 3)])).status).toBe(202);
  const second = await command('backup', ['--to', backup]);
  expect(second).toMatchObject({
    code: 0,
    output: expect.stringMatching(/5 studies, [45] of them new or changed; \d+ objects/),
  });
  const told = await pseudonyms();
  expect(told.length).toBeGreaterThan(2);
  // The archive may merge metadata meanwhile, which changes entity tags.
  for (let output = ''; !output.includes(' 0 of them new or changed; 0 objects'); ) {
    before = await seen();
    ({ output } = await command('backup', ['--to', backup]));
  }
  await door.end();
  const kinds = new Set(
    filesUnder('objects').map((path) => path.slice(join(backup, 'objects').length + 1).replace(/\/.*/, '/')),
  );
  for (const [kind, { backup: copied }] of Object.entries(OBJECT_KINDS)) {
    // The record is sealed by the hourly run, and large files alone are unfiled.
    if (copied === 'each' && kind !== 'record/') expect(kinds).toContain(kind);
    if (copied === 'made' || copied === 'never') expect(kinds).not.toContain(kind);
    kinds.delete(kind);
  }
  expect([...kinds]).toEqual([]);

  door = await open('two');
  const restored = await command('restore', ['--from', backup]);
  expect(restored).toMatchObject({ code: 0, output: expect.stringContaining('Everything is restored.') });
  const progress = restored.output.split('\n');
  expect(new Set(progress).size, restored.output).toBe(progress.length);
  const after = await seen();
  for (const [path, answer] of Object.entries(before)) expect(after[path], path).toEqual(answer);
  expect(await pseudonyms()).toEqual(told);
  // What was deleted comes back.
  await act(`studies/${study(1)}/restore`, 'POST');
  await act(`${instance(2, 1)}/restore`, 'POST');
  // An archive in use is not restored, and takes no objects.
  expect(await command('restore', ['--from', backup])).toMatchObject({
    code: 2,
    output: expect.stringContaining('Only an empty archive can be restored.'),
  });
  const put = await fetch(`${door.origin}/restoration/objects/unfiled/a.dcm`, { method: 'PUT', body: 'a' });
  expect([400, 409]).toContain(put.status);
});

test('what was damaged in a backup is named, and the rest is restored', async () => {
  const whole = join(scratch.path, 'whole');
  cpSync(backup, whole, { recursive: true });
  const named = (n: number, sop: number) =>
    filesUnder(`objects/instances/${study(n)}/${study(n)}.1/${study(n)}.9.${sop}`)[0]!;
  const [flipped, cut, gone] = [named(2, 2), named(3, 1), named(5, 1)];
  writeFileSync(flipped, Buffer.alloc(statSync(flipped).size));
  truncateSync(cut, 100);
  rmSync(gone);
  await door.end();
  door = await open('three');
  // A run that was cut names too few studies.
  const run = filesUnder('runs').at(-1)!;
  const lines = readFileSync(run, 'utf8');
  writeFileSync(run, lines.split('\n').toSpliced(2, 1).join('\n'));
  const cutShort = await command('restore', ['--from', backup]);
  expect(cutShort).toMatchObject({ code: 2, output: expect.stringContaining('it may not name all studies') });
  writeFileSync(run, lines);
  // Without the rows of a study, its deletions and legal hold would be lost, also where its list is damaged.
  const rows = [`objects/index/${study(2)}`, `objects/index/${study(1)}`, `studies/${study(1)}`]
    .flatMap(filesUnder)
    .map((path) => [path, readFileSync(path)] as const);
  for (const [path, good] of rows) writeFileSync(path, Buffer.alloc(good.length));
  const closed = await command('restore', ['--from', backup]);
  expect(closed.code).toBe(2);
  expect(closed.output).toMatch(/the archive stays closed: 1\.2\.3\.[12], 1\.2\.3\.[12]\./);
  // The isolate knew the empty archive, and has to look again.
  expect((await fetch(`${door.origin}/dicomweb/studies`)).status).toBe(503);
  expect((await stow(door.origin, [file(9, 1)])).status).toBe(503);
  for (const [path, good] of rows) writeFileSync(path, good);
  const { code, output } = await command('restore', ['--from', backup]);
  expect(code).toBe(1);
  for (const [path, words] of [
    [flipped, 'is damaged in the backup'],
    [cut, 'has 100 of'],
    [gone, 'is missing in the backup'],
  ] as const) {
    expect(output).toContain(`${path.slice(join(backup, 'objects').length + 1)}  ${words}`);
  }
  expect(output).toContain('3 findings.');
  const after = await seen();
  const status = (path: string) => (after[path] as unknown[])[0];
  expect([status(instance(2, 3)), status(instance(3, 2)), status(instance(4, 1))]).toEqual([200, 200, 200]);
  expect(after.totals).toEqual(before.totals);

  // The next run of the backup finds the damage in the folder, and heals it from an archive that is whole. The bucket has lost the rows
  // of a study: only the index knows of it, and they are copied again.
  await door.end();
  loseObjects('two', `index/${study(4)}/`);
  door = await open('two');
  const healed = await command('backup', ['--to', backup, '--all']);
  expect(healed).toMatchObject({ code: 1, output: expect.stringMatching(/^5 studies/m) });
  expect(healed.output).not.toContain(study(4));
  expect(healed.output).toContain('was damaged in the backup, and is copied again');
  for (const path of [flipped, cut, gone]) expect(statSync(path).size).toBe(statSync(path.replace(backup, whole)).size);

  // Each run sees that a file is missing or too short, also of a study that has not changed.
  truncateSync(cut, 100);
  rmSync(gone);
  const looked = await command('backup', ['--to', backup]);
  expect(looked.code).toBe(1);
  expect(looked.output).toContain('was damaged in the backup, and is copied again');
  expect(looked.output).toContain('was missing in the backup, and is copied again');
  for (const path of [cut, gone]) expect(statSync(path).size).toBe(statSync(path.replace(backup, whole)).size);
});

test('an object that the archive has lost is named, and stays in the backup', async () => {
  const blobs = join(scratch.path, 'two/v3/r2/dicomweb-edge/blobs');
  const known = new Set(readdirSync(blobs));
  expect((await stow(door.origin, [file(6, 1)])).status).toBe(200);
  const added = readdirSync(blobs).filter((name) => !known.has(name));
  expect((await command('backup', ['--to', backup])).code).toBe(0);
  // The copied rows of a study are damaged: they are copied again, and the backup is whole.
  const rows = readdirSync(blobs).filter((name) => !known.has(name) && !added.includes(name));
  const zipped = rows.map((name) => join(blobs, name)).filter((path) => readFileSync(path)[0] === 0x1f);
  expect(zipped).not.toEqual([]);
  for (const path of zipped) writeFileSync(path, Buffer.alloc(statSync(path).size));
  rmSync(join(backup, 'studies', study(6)), { recursive: true });
  expect(await command('backup', ['--to', backup])).toMatchObject({
    code: 0,
    output: expect.stringContaining('6 studies'),
  });
  for (const name of added) renameSync(join(blobs, name), join(scratch.path, name));
  expect((await command('verify', [])).code).toBe(1);
  const { code, output } = await command('backup', ['--to', backup]);
  expect(code).toBe(1);
  expect(output).toMatch(/instances\/1\.2\.3\.6\/\S+ {2}missing-object in the archive; the backup has it/);
  expect(filesUnder(`objects/instances/${study(6)}`)).toHaveLength(1);
});
