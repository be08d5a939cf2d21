import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/support/paths.mjs';
import { nativeImage, uidOf } from '../support/files/synthetic';
import { withServer } from '../support/server/with-server';

const SCRIPTS = join(ROOT, 'scripts');

const server = withServer();
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'check-files-test-'));
  // Both have the same UIDs, so the check stores one of them as a copy with another UID.
  for (const number of [1, 2]) writeFileSync(join(folder, `${number}.dcm`), image(number));
});
afterAll(async () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function image(number: number): Buffer {
  return nativeImage({
    study: uidOf('checked study'),
    series: uidOf('checked series'),
    instance: uidOf('checked instance'),
    number,
    rows: 8,
    columns: 8,
  });
}

async function instances(): Promise<number> {
  return ((await (await fetch(`${server.origin}/dicomweb/instances`)).json()) as unknown[]).length;
}

function run(program: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

describe('a check that stores files', () => {
  it('does so in an empty archive, and in no other', async () => {
    const check = () => run(process.execPath, join(SCRIPTS, 'check/files.mjs'), folder, '--base', server.origin);
    const first = await check();
    expect(first.output).toContain('differences  0 in 0 files');
    expect(first.code).toBe(0);
    expect(await instances()).toBe(2);

    // Files that the archive does not have, with UIDs that it has: the check would store them with other UIDs.
    for (const number of [1, 2]) writeFileSync(join(folder, `${number}.dcm`), image(number + 10));
    const second = await check();
    expect(second.code).toBe(2);
    expect(second.output).toContain('is not empty');
    expect(await instances()).toBe(2);
  });

  it('with Orthanc does the same', async () => {
    const { code, output } = await run(
      process.execPath,
      join(SCRIPTS, 'check/orthanc.mjs'),
      ...['--base', server.origin, '--files', folder],
    );
    expect([code, output]).toEqual([2, expect.stringContaining('is not empty')]);
    expect(await instances()).toBe(2);
  });

  it('stores nothing when no archive answers, or when it does not say whether it is empty', async () => {
    const { code, output } = await run(
      process.execPath,
      join(SCRIPTS, 'check/files.mjs'),
      ...[folder, '--base', `${server.origin}/nowhere`],
    );
    expect([code, output]).toEqual([2, expect.stringContaining('does not say whether it is empty')]);
  });
});
