import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { SAMPLES } from '../../scripts/samples/catalogue.mjs';
import { claimDataFolder } from '../../scripts/start/data-folder.mjs';
import { searchStudies } from '../support/clients/qido';
import { type FrontDoor, runFrontDoor, type Start, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { alive, commandLine, descendants, eventually } from '../support/server/processes';

const scratch = scratchFolder();
const archive = `${scratch.path}/archive`;
let open: FrontDoor[] = [];
/** With the samples; it goes on to the test after the one that has started it. */
let sampled: FrontDoor | undefined;

async function start(options: Start): Promise<FrontDoor> {
  const door = await startFrontDoor(options);
  open.push(door);
  return door;
}

afterEach(async () => {
  for (const door of open) await door.end('SIGKILL');
  open = [];
});
afterAll(async () => {
  await sampled?.end('SIGKILL');
  scratch.remove();
});

describe('npm start', () => {
  test('a new folder is an empty archive with --no-sample; SIGTERM to npm ends every process', async () => {
    const door = await start({ data: archive, args: ['--no-sample'], byNpm: true, unprepared: true });
    expect(door.output()).toMatch(/^ready: http:\/\/localhost:\d+$/m);
    expect(await searchStudies(door.origin)).toEqual([]);

    const family = descendants(door.process.pid);
    expect(family.some((pid) => commandLine(pid).includes('workerd'))).toBe(true);
    await door.end('SIGTERM');
    expect(await eventually(() => alive(family).length === 0), alive(family).map(commandLine).join('\n')).toBe(true);
  });

  test('an empty archive gets the samples, and a later start has them still, and stores nothing again', async () => {
    const first = await start({ data: archive });
    // The folder has been prepared for all tests: to do it again takes longer than to start.
    expect(first.output()).not.toContain('building');
    const studies = await searchStudies(first.origin);
    expect(studies).toHaveLength(SAMPLES.length);
    expect(studies.find((study) => study.patient === 'Brain^Axial')).toMatchObject({
      modalities: ['MR'],
      instances: 20,
    });
    expect(await first.end('SIGINT')).toBe(0);

    const second = await startFrontDoor({ data: archive });
    sampled = second;
    expect(second.output()).not.toContain('storing');
    expect(await searchStudies(second.origin)).toEqual(studies);

    const samePort = await runFrontDoor({ data: `${scratch.path}/other`, port: Number(new URL(second.origin).port) });
    expect(samePort).toMatchObject({ code: 1, output: expect.stringMatching(/Port \d+ is in use/) });
    const sameFolder = await runFrontDoor({ data: archive });
    expect(sameFolder).toMatchObject({ code: 1, output: expect.stringContaining('is in use: an archive runs on it') });
  });

  test('one origin serves the viewer, with its deep links, and the archive', async () => {
    sampled ??= await startFrontDoor({ data: archive });
    const { origin } = sampled;
    const get = async (path: string) => {
      const response = await fetch(origin + path);
      return { status: response.status, text: await response.text(), of: (name: string) => response.headers.get(name) };
    };
    const index = await get('/');
    expect(index.of('content-security-policy')).toContain("default-src 'none'");
    expect(index.of('cache-control')).toBe('no-cache');
    expect((await get('/viewer?StudyInstanceUIDs=1.2.3')).text).toBe(index.text);
    expect((await get('/app-config.js')).of('cache-control')).toBe('no-cache');

    const script = /src="(\/app\.bundle\.[0-9a-f]+\.js)"/.exec(index.text)?.[1];
    expect((await get(script as string)).of('cache-control')).toBe('public, max-age=31536000, immutable');
    // The decoder of the archive's own copies of frames is fetched before it is needed.
    const decoder = /<link rel="prefetch"[^>]* href="([^"]+\.wasm)"/.exec(index.text)?.[1];
    expect((await get(decoder as string)).of('content-type')).toBe('application/wasm');
    expect((await get(decoder as string)).text).toContain('JPEG-LS');
    // Compressed as Pages does; a client that cannot read it gets the file itself.
    const encoded = async (coding: string) => {
      const response = await fetch(origin + script, { headers: { 'Accept-Encoding': coding } });
      return [response.headers.get('content-encoding'), (await response.text()).length] as const;
    };
    const [, length] = await encoded('identity');
    expect(await encoded('identity')).toEqual([null, length]);
    expect(await encoded('br;q=0.5, gzip')).toEqual(['gzip', length]);
    expect(await encoded('gzip;q=0, identity')).toEqual([null, length]);
    // A script of another version is answered with the page. The browser must not keep the page under the name of the
    // script.
    expect((await get('/app.bundle.0123456789abcdef.js')).of('cache-control')).not.toContain('immutable');

    expect((await get('/dicomweb/studies?limit=1')).of('content-type')).toBe('application/dicom+json');
    expect((await get('/dicomweb/studies/1.2.3/metadata')).status).toBe(404);
    expect((await get('/wado')).status).toBe(400);
    const [study] = await searchStudies(origin, 'limit=1&includefield=00081190');
    expect((await get(`/dicomweb/studies/${study?.uid}/metadata`)).text).toContain(`"${origin}/dicomweb/studies/`);
  });

  test('it ends with an error when the runtime dies, and the runtime ends when it is killed', async () => {
    sampled ??= await startFrontDoor({ data: archive });
    const port = Number(new URL(sampled.origin).port);
    const orphans = descendants(sampled.process.pid);
    await sampled.end('SIGKILL');

    for (const [victim, complaint] of [
      ['server.mjs', 'The server ended by itself'],
      ['workerd serve', 'The runtime crashed'],
    ] as const) {
      // At once, while the runtime of the one that was killed may still have the port and the folder.
      const bereft = await start({ data: archive, port });
      expect(alive(orphans)).toEqual([]);
      const family = descendants(bereft.process.pid);
      const server = family.find((pid) => commandLine(pid).includes(victim));
      process.kill(server as number, 'SIGKILL');
      expect(await bereft.exit).toBe(1);
      expect(bereft.output()).toContain(complaint);
      expect(await eventually(() => alive(family).length === 0)).toBe(true);
    }
  });

  test('a folder is not claimed while the runtime of a process that was killed still answers', async () => {
    const runtime = createServer((connection) => {
      connection.destroy();
      runtime.close();
    });
    await new Promise<void>((resolve) => runtime.listen(0, '127.0.0.1', resolve));
    const { port } = runtime.address() as AddressInfo;
    const dead = spawnSync(process.execPath, ['--eval', '']).pid;
    const folder = `${scratch.path}/orphaned`;
    mkdirSync(folder);
    writeFileSync(`${folder}/running.json`, JSON.stringify({ pid: dead, port }));
    const release = await claimDataFolder(folder, 1);
    expect(runtime.listening).toBe(false);
    release();
  });
});
