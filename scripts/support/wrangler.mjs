import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startChild } from './children.mjs';
import { ROOT } from './paths.mjs';

const CLI = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

/** The Node that the project installs: the Node that runs this script may be too old for wrangler. */
const INSTALLED = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
const NODE = existsSync(INSTALLED) ? INSTALLED : process.execPath;

/**
 * A script that imports wrangler, as a child process.
 * @param {string} script its path
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { nodeOptions?: string[] }} options nodeOptions go to Node itself
 */
export function startScript(script, args, { nodeOptions = [], ...options }) {
  return startChild(NODE, [...nodeOptions, script, ...args], options);
}

/**
 * Runs wrangler to its end.
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options with `stdio: 'inherit'` nothing is collected
 * @returns {Promise<string>} its output; rejects with the output when it fails
 */
export function runWrangler(args, options) {
  return outputOf([CLI, ...args], options, `wrangler ${args.slice(0, 3).join(' ')}`);
}

/**
 * Runs a script that imports wrangler, to its end.
 * @param {string} script its path
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<string>} its output; rejects with the output when it fails
 */
export function runScript(script, args, options) {
  return outputOf([script, ...args], options, basename(script));
}

/**
 * @param {string[]} args of Node
 * @param {import('node:child_process').SpawnOptions} options
 * @param {string} title names the command in the error
 * @returns {Promise<string>}
 */
function outputOf(args, options, title) {
  return new Promise((resolve, reject) => {
    const child = startChild(NODE, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${title} failed (${code}).\n${output.trim()}`.trim()));
    });
  });
}
