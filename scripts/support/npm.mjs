import { startChild } from './children.mjs';

/**
 * Runs the npm client that started this script, or otherwise the one on the PATH.
 * @param {string[]} args
 * @param {{ cwd: string }} options
 * @returns {Promise<void>} rejects with npm's error output when it fails
 */
export function runNpm(args, { cwd }) {
  const client = process.env.npm_execpath ?? '';
  const [command, leading, shell] = /\.c?js$/.test(client)
    ? [process.execPath, [client], false]
    : ['npm', [], process.platform === 'win32'];
  return new Promise((resolve, reject) => {
    const child = startChild(command, [...leading, ...args], { cwd, shell, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ${args[0]} failed (${code}):\n${errors.trim()}`));
    });
  });
}
