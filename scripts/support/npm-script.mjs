import { spawn } from 'node:child_process';

/**
 * Starts a script of package.json by the npm client that started this one, or otherwise the one on the PATH.
 * @param {string} name
 * @param {import('node:child_process').StdioOptions} stdio
 */
export function startScript(name, stdio) {
  const npm = process.env.npm_execpath;
  const [command, leading] = npm ? [process.execPath, [npm]] : ['npm', []];
  return spawn(command, [...leading, 'run', '--silent', name], { shell: !npm, stdio });
}
