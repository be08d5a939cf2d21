import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test.each([
  ['upload', [], 'Say which files or folders to upload.'],
  ['cost', [], '--studies-per-day must be a number above 0.'],
  ['cost', ['--studies-per-day', '10', '--slices', 'many'], '--slices must be a number above 0.'],
  ['keys', [], 'Say what to do: list, create, renew or revoke.'],
])('npm run %s with the arguments %j says what is missing, and exits with 2', (name, args, said) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${name}.mjs`, ...args], {
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: `npm run ${name}: ${said}\n--help tells more.\n`,
  });
});
