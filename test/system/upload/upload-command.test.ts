import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ROOT } from '../../../scripts/support/paths.mjs';
import { nativeImage, uidOf } from '../../support/files/synthetic';
import { scratchFolder } from '../../support/server/front-door';
import { startServer } from '../../support/server/server';
import { withServer } from '../../support/server/with-server';

const MB = 1024 * 1024;
const server = withServer();
const scratch = scratchFolder();
const folder = join(scratch.path, 'CD');
const state = join(scratch.path, 'state.json');
const large = join(scratch.path, 'large.dcm');

const image = (name: string, side = 64): Buffer =>
  nativeImage({
    study: uidOf('uploaded study'),
    series: uidOf('uploaded series'),
    instance: uidOf(`uploaded ${name}`),
    rows: side,
    columns: side,
  });

beforeAll(() => {
  mkdirSync(join(folder, 'IMAGES'), { recursive: true });
  for (let at = 0; at < 300; at += 1) writeFileSync(join(folder, 'IMAGES', `IM${at}`), image(String(at)));
  writeFileSync(join(folder, 'IMAGES', 'copy'), image('7'));
  writeFileSync(join(folder, 'IMAGES', 'broken'), image('broken').subarray(0, 500));
  writeFileSync(join(folder, 'README.TXT'), 'a text');
  const zipped = { 'A/1': new Uint8Array(image('in the ZIP')), 'readme.txt': new Uint8Array(9) };
  writeFileSync(join(folder, 'more.zip'), zipSync(zipped));
  // 36 MB: more than goes together with others.
  writeFileSync(large, image('large', 4243));
});
afterAll(() => scratch.remove());

/** `npm run upload`, by the Node that npm would run it with. */
function start(
  args: string[],
  user: { uid?: number; gid?: number } = {},
): {
  child: ChildProcess;
  ended: Promise<{ code: number; stdout: string; stderr: string }>;
} {
  const command = [join(ROOT, 'scripts/upload.mjs'), ...args, '--state', state];
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), command, { stdio: ['ignore', 'pipe', 'pipe'], ...user });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? -1, ...output }));
  });
  return { child, ended };
}

const run = (...args: string[]) => start(args).ended;

/** Deletes an image. */
async function erase(name: string): Promise<void> {
  const place = `studies/${uidOf('uploaded study')}/series/${uidOf('uploaded series')}`;
  await fetch(`${server.origin}/dicomweb/${place}/instances/${uidOf(`uploaded ${name}`)}`, { method: 'DELETE' });
}

async function instances(): Promise<number> {
  const response = await fetch(`${server.origin}/dicomweb/instances?limit=1&count=true`);
  return Number(response.headers.get('X-Total-Count'));
}

/**
 * A line that passes so many bytes to the archive and then, once, cuts the connection or falls silent.
 * @returns its port, and the bytes that it has passed
 */
async function line(
  fault: 'cut' | 'silent',
  after: number,
): Promise<{ origin: string; passed(): number; repair(): void; end(): void }> {
  let passed = 0;
  let limit = after;
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(server.origin);
  const proxy: Server = createServer((client) => {
    const archive = connect(Number(port), hostname);
    for (const socket of [client, archive]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    archive.pipe(client);
    archive.on('close', () => client.destroy());
    client.on('close', () => archive.destroy());
    client.on('data', (bytes: Buffer) => {
      if (passed >= limit) {
        if (fault === 'silent') return void client.pause();
        limit = Number.POSITIVE_INFINITY;
        return void client.destroy();
      }
      passed += bytes.length;
      if (!archive.write(bytes)) {
        client.pause();
        archive.once('drain', () => client.resume());
      }
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(proxy.address() as { port: number }).port}`,
    passed: () => passed,
    repair: () => {
      limit = Number.POSITIVE_INFINITY;
      for (const socket of sockets) socket.destroy();
    },
    end: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('npm run upload', () => {
  it('says what there is, and sends nothing, when it is only to look', async () => {
    const { code, stderr, stdout } = await run(folder, '--base', server.origin, '--dry-run');
    expect(code).toBe(0);
    expect(stderr).toContain('303 DICOM files (2 patients, 2 studies, 2 series;');
    expect(stdout).toContain('CD/README.TXT\n            This is not a DICOM file.');
    expect(await instances()).toBe(0);
  });

  it('stores a folder with a ZIP file in it, and says what it did not store, and why', async () => {
    const { code, stdout } = await run(folder, '--base', server.origin);
    expect(stdout).toContain('NOT STORED  CD/IMAGES/broken\n            The file does not say to which study');
    expect(stdout).toContain('left out    CD/more.zip: readme.txt');
    expect(stdout).toContain('301 stored, 1 chosen twice, 1 not stored, 2 left out');
    expect(code).toBe(1);
    expect(await instances()).toBe(301);
    expect(existsSync(state)).toBe(false);
  });

  it('says of each of several files with one UID what became of that file', async () => {
    const versions = join(scratch.path, 'versions');
    mkdirSync(versions);
    for (const side of [60, 61, 62]) writeFileSync(join(versions, `IM${side}`), image('of three versions', side));
    const { code, stdout } = await run(versions, '--base', server.origin, '--json');
    expect([code, JSON.parse(stdout).counts]).toMatchObject([1, { stored: 1, refused: 2 }]);
    await erase('of three versions');
  });

  it('sends what the archive has not again, and tells programs too', async () => {
    const { code, stdout } = await run(folder, '--base', `${server.origin}/dicomweb`, '--json');
    const { counts, files } = JSON.parse(stdout);
    expect([code, counts]).toEqual([
      1,
      { stored: 0, warned: 0, held: 301, twice: 1, refused: 1, unread: 0, leftOut: 2 },
    ]);
    expect(files).toContainEqual({
      file: 'CD/IMAGES/IM7',
      result: 'held',
      studyInstanceUID: uidOf('uploaded study'),
      sopInstanceUID: uidOf('uploaded 7'),
    });
  });

  it('names what it cannot read apart from what is no DICOM, and sends the rest', async () => {
    const mixed = join(scratch.path, 'mixed');
    const behind = join(scratch.path, 'behind');
    for (const each of ['closed', 'open']) mkdirSync(join(mixed, each), { recursive: true });
    mkdirSync(behind);
    writeFileSync(join(mixed, 'closed', 'IM1'), image('in a closed folder'));
    writeFileSync(join(mixed, 'open', 'IM1'), image('in an open folder'));
    writeFileSync(join(mixed, 'open', 'text'), 'a text');
    writeFileSync(join(mixed, 'unreadable'), image('unreadable'), { mode: 0 });
    // "Jürgen" in Latin-1.
    writeFileSync(
      Buffer.concat([Buffer.from(`${mixed}/J`), Buffer.of(0xfc), Buffer.from('rgen.dcm')]),
      image('Latin-1'),
    );
    writeFileSync(join(behind, 'IM1'), image('behind a link'));
    for (const name of ['first', 'second']) symlinkSync(behind, join(mixed, name));
    symlinkSync(mixed, join(mixed, 'open', 'loop'));
    symlinkSync(scratch.path, join(mixed, 'up'));
    symlinkSync('nowhere', join(mixed, 'dangling'));
    chmodSync(join(mixed, 'closed'), 0);
    // The user root may read every file.
    chmodSync(scratch.path, 0o777);
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { ended } = start([mixed, '--base', server.origin, '--json'], user);
    const { code, stdout } = await ended;
    chmodSync(join(mixed, 'closed'), 0o700);
    const { counts, files, unread, leftOut } = JSON.parse(stdout);
    expect([code, counts]).toMatchObject([1, { stored: 3, unread: 4, leftOut: 1 }]);
    expect(files.map(({ file }: { file: string }) => file).sort()).toEqual([
      'mixed/J\\xfcrgen.dcm',
      'mixed/first/IM1',
      'mixed/open/IM1',
    ]);
    expect(unread).toEqual([
      { file: 'mixed/dangling', reason: 'The file cannot be read.' },
      { file: 'mixed/unreadable', reason: 'The file cannot be read.' },
      { file: 'mixed/closed', reason: 'The folder cannot be read (EACCES).' },
      { file: 'mixed/up', reason: expect.stringContaining('is not followed') },
    ]);
    expect(leftOut).toEqual([{ file: 'mixed/open/text', reason: 'This is not a DICOM file.' }]);

    const again = await start([mixed, '--base', server.origin, '--dry-run'], user).ended;
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('NOT READ    mixed/up\n')]);
    for (const name of ['in an open folder', 'Latin-1', 'behind a link']) await erase(name);
  });

  it('goes on after the line was cut, and after it was interrupted, with the bytes that are missing', async () => {
    const silent = await line('silent', 24 * MB);
    const { child, ended } = start([large, '--base', silent.origin]);
    for (let before = -1; silent.passed() < 24 * MB || before !== silent.passed(); ) {
      before = silent.passed();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    child.kill('SIGINT');
    const interrupted = await ended;
    expect([interrupted.code, interrupted.stderr]).toEqual([
      130,
      expect.stringContaining('Run the same command again to continue.'),
    ]);
    expect(existsSync(state)).toBe(true);
    silent.end();

    const cut = await line('cut', 4 * MB);
    const { code, stdout, stderr } = await run(large, '--base', cut.origin, '--state', state);
    expect([code, stdout]).toEqual([0, '1 stored\n']);
    expect(stderr).toContain('The archive cannot be reached. Trying again until it answers.');
    expect(cut.passed()).toBeLessThan(30 * MB);
    cut.end();
    expect(await instances()).toBe(302);
    const place = { study: uidOf('uploaded study'), series: uidOf('uploaded series'), sop: uidOf('uploaded large') };
    const response = await fetch(
      `${server.origin}/dicomweb/studies/${place.study}/series/${place.series}/instances/${place.sop}`,
      { headers: { Accept: 'application/dicom; transfer-syntax=*' } },
    );
    expect(Buffer.from(await response.arrayBuffer()).includes(image('large', 4243))).toBe(true);
  });

  it('sends a file in shorter requests when the archive takes no longer ones', async () => {
    const strict = await startServer({ bundle: inject('bundle'), vars: { MAX_REQUEST_BYTES: String(33 * MB) } });
    const { code, stdout } = await run(large, '--base', strict.origin);
    await strict.stop();
    expect([code, stdout]).toEqual([0, '1 stored\n']);
  });

  it('refuses a wrong command', async () => {
    const cases: [string[], string][] = [
      [[folder], '--base needs a URL'],
      [['--base', server.origin], 'Say which files'],
      [[folder, '--base', 'http://pacs.example.org'], 'must be an https URL'],
      [[join(folder, 'nowhere'), '--base', server.origin], 'ENOENT'],
      [[folder, '--base', server.origin, '--bare'], '--bare'],
    ];
    for (const [args, reason] of cases) {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
    }
  });

  it('says when the archive refuses the key', async () => {
    const { code, stderr } = await run(folder, '--base', server.origin, '--key', 'dwk_wrong');
    expect([code, stderr]).toEqual([3, expect.stringContaining('Run the same command again to continue.')]);
  });
});
