import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../bin/dicomweb-gateway.mjs', import.meta.url));

/**
 * Runs the gateway as a process of its own.
 * @param {string} folder for its configuration and data
 * @param {string} toml what the configuration has beside the folder of data
 */
export function gatewayProcess(folder, toml) {
  const path = join(folder, 'gateway.toml');
  writeFileSync(path, `data = "data"\n${toml}`);
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  let output = '';
  /** @returns {Promise<{ port: number, page: number }>} when it takes associations */
  const start = () => {
    const begun = spawn(process.execPath, [PROGRAM, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    child = begun;
    return new Promise((resolve, reject) => {
      let text = '';
      begun.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        output += chunk;
        text += chunk;
        const line = text.split('\n').find((one) => one.includes('"event":"started"') && one.endsWith('}'));
        if (line) resolve(JSON.parse(line));
      });
      begun.once('exit', (code, signal) => reject(new Error(`the gateway ended: ${signal ?? code}\n${text}`)));
    });
  };
  /** @param {NodeJS.Signals} signal */
  const end = async (signal) => {
    const ended = child;
    if (!ended || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill(signal);
    await exit;
  };
  return { start, end, output: () => output, pid: () => child?.pid ?? 0, data: join(folder, 'data') };
}
