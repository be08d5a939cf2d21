import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { slice } from '../support/files/samples';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { runScript } from '../support/server/run-script';

/* A backup whose answers do not arrive whole, and a folder of an earlier release that took an empty answer for the rows of a study. */

const scratch = scratchFolder();
const backup = join(scratch.path, 'backup');
let door: FrontDoor;

const study = (n: number) => `1.2.3.${n}`;
const rowsOf = (folder: string, n: number) => {
  const [snapshot] = readdirSync(join(folder, 'objects/index', study(n)));
  return `index/${study(n)}/${snapshot}/000000-end.json.gz`;
};
const inFolder = (folder: string, key: string) => join(folder, 'objects', key);
const backUp = (folder: string, origin = door.origin, ...args: string[]) =>
  runScript('backup', ['--base', origin, '--to', folder, ...args]);

beforeAll(async () => {
  door = await startFrontDoor({ data: join(scratch.path, 'one'), args: ['--no-sample'] });
  for (const n of [1, 2])
    expect((await stow(door.origin, [Buffer.from(slice({ study: study(n), sop: `${study(n)}.9` }))])).status).toBe(200);
});

afterAll(async () => {
  await door?.end();
  scratch.remove();
});

/**
 * A line to the archive. Answers with rows of study 1 pass it empty; every one, or the first alone.
 */
async function emptyingLine(every: boolean): Promise<{ origin: string; emptied(): number; end(): void }> {
  let emptied = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = request;
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const passed = Object.entries(headers).flatMap(([name, value]) =>
      ['content-type', 'accept-encoding'].includes(name) ? [[name, String(value)]] : [],
    );
    const answer = await fetch(door.origin + url, {
      method,
      headers: Object.fromEntries(passed),
      ...(body.length > 0 && { body: new Uint8Array(Buffer.concat(body)) }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isEmptied = url.startsWith(`/backup/objects/index/${study(1)}/`) && (every || emptied === 0);
    if (isEmptied) emptied += 1;
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '' });
    response.end(isEmptied ? undefined : bytes);
  };
  // A side that breaks off is what the other side sees.
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    emptied: () => emptied,
    end: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Writes a file as a backup does that takes an empty answer: its list and its run agree with it. */
function takeEmptyRows(folder: string, n: number, more: object[]): string {
  const key = rowsOf(folder, n);
  writeFileSync(inFolder(folder, key), '');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const run = join(folder, 'runs', readdirSync(join(folder, 'runs')).at(-1)!);
  const [, before = ''] =
    new RegExp(`"study":"${study(n)}".*"list":"([0-9a-f]+)"`).exec(readFileSync(run, 'utf8')) ?? [];
  const lists = join(folder, 'studies', study(n));
  const name = readdirSync(lists).find((each) => each.includes(before))!;
  const entries = readFileSync(join(lists, name), 'utf8').trim().split('\n');
  const changed = entries.map((line) => JSON.parse(line)).map((entry) => (entry.key === key ? empty(key) : entry));
  const list = [...changed, ...more].map((entry) => `${JSON.stringify(entry)}\n`).join('');
  const [snapshot] = name.split('.');
  rmSync(join(lists, name));
  writeFileSync(join(lists, `${snapshot}.${sha256(list)}.jsonl`), list);
  const lines = readFileSync(run, 'utf8').replace(before, sha256(list)).trim().split('\n');
  const said = `${lines.slice(0, -1).join('\n')}\n`;
  writeFileSync(run, `${said}${JSON.stringify({ ...JSON.parse(lines.at(-1)!), digest: sha256(said) })}\n`);
  return key;
}

const empty = (key: string) => ({ key, byteLength: 0, sha256: createHash('sha256').digest('hex') });

test('rows that do not arrive whole are asked for again, and named when they do not arrive again', async () => {
  const once = await emptyingLine(false);
  const { code, output } = await backUp(backup, once.origin);
  once.end();
  expect([code, once.emptied()], output).toEqual([0, 1]);
  const key = rowsOf(backup, 1);
  const whole = readFileSync(inFolder(backup, key));
  expect(JSON.parse(gunzipSync(whole).toString())).toMatchObject({ studyInstanceUID: study(1) });

  rmSync(inFolder(backup, key));
  const always = await emptyingLine(true);
  const without = await backUp(backup, always.origin);
  always.end();
  expect(without).toMatchObject({ code: 1, output: expect.stringMatching(/^2 studies, 1 of them new or changed/m) });
  expect(without.output).toContain(`${key}  is missing or damaged in the archive, or is not sent whole`);
  const healed = await backUp(backup);
  expect(healed).toMatchObject({ code: 1, output: expect.stringContaining(`${key}  was missing in the backup`) });
  expect(readFileSync(inFolder(backup, key))).toEqual(whole);
  expect(await backUp(backup)).toMatchObject({ code: 0, output: expect.stringContaining(' 0 of them new or changed') });
});

test('rows that an earlier release took as empty are copied again', async () => {
  for (const [name, ...args] of [['each run'], ['each file', '--all']]) {
    const folder = join(scratch.path, name!);
    cpSync(backup, folder, { recursive: true });
    const key = takeEmptyRows(folder, 1, []);
    const healed = await backUp(folder, door.origin, ...args);
    expect(healed).toMatchObject({ code: 1, output: expect.stringContaining(`${key}  was damaged in the backup`) });
    expect(statSync(inFolder(folder, key)).size).toBeGreaterThan(0);
    expect((await backUp(folder, door.origin, ...args)).code).toBe(0);
  }
});

test('a restoration names such rows, restores the rest, and an object of 0 bytes too', async () => {
  const nothing = empty(`metadata/${study(1)}/1.2.3/nothing`);
  const key = takeEmptyRows(backup, 1, [nothing]);
  mkdirSync(join(inFolder(backup, nothing.key), '..'), { recursive: true });
  writeFileSync(inFolder(backup, nothing.key), '');
  await door.end();
  door = await startFrontDoor({ data: join(scratch.path, 'two'), args: ['--no-sample'] });
  const restore = (...args: string[]) => runScript('restore', ['--base', door.origin, '--from', backup, ...args]);
  const closed = await restore();
  expect(closed).toMatchObject({ code: 2, output: expect.stringContaining(`${key}  is damaged in the backup`) });
  expect(closed.output).toContain(`the archive stays closed: ${study(1)}.`);
  expect(closed.output).toMatch(/^2 of 2 studies: [1-9]/m);
  const put = await fetch(`${door.origin}/backup/objects/${nothing.key}`);
  expect([put.status, (await put.arrayBuffer()).byteLength]).toEqual([200, 0]);
  const opened = await restore('--accept-loss');
  expect(opened).toMatchObject({ code: 1, output: expect.stringContaining(`${key}  is damaged in the backup`) });
  const found = await fetch(`${door.origin}/dicomweb/studies`, { headers: { Accept: 'application/dicom+json' } });
  expect(JSON.stringify(await found.json())).toContain(study(2));
});
