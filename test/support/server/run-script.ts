import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/support/paths.mjs';

/** The Node by which npm runs the scripts. */
export const NODE = join(ROOT, 'node_modules/.bin/node');

/** Runs a command such as `npm run verify` to its end. @param name of its file in scripts/ */
export function runScript(name: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(NODE, [join(ROOT, `scripts/${name}.mjs`), ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}
