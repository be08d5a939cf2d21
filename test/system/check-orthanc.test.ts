import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/support/paths.mjs';

const SCRIPT = join(ROOT, 'scripts/check/orthanc.mjs');

test('the check with Orthanc says that Orthanc is not installed, and what to install', async () => {
  const { code, output } = await run('--orthanc', '/nowhere/Orthanc');
  expect(code).toBe(2);
  expect(output).toContain('Orthanc is not installed');
  expect(output).toContain('orthanc-dicomweb');
});

test('the check with Orthanc says how it is used', async () => {
  const { code, output } = await run('--help');
  expect(code).toBe(0);
  expect(output).toContain('usage: npm run check:orthanc');
});

function run(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}
