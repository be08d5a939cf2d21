import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/support/free-port.mjs';

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

/**
 * Runs what `npm start` runs, with an empty archive.
 * @param {string} data
 * @returns {Promise<{ origin: string, end: () => Promise<void> }>}
 */
export async function startFrontDoor(data) {
  const port = await freePort();
  const child = spawn(process.execPath, [START, '--port', String(port), '--data', data, '--no-sample'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const origin = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const ready = /^ready: (.*)$/m.exec(text)?.[1];
      if (ready) resolve(ready);
    });
    child.once('exit', (code) => reject(new Error(`npm start ended (${code}):\n${text}`)));
  });
  const end = async () => {
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exit;
  };
  return { origin, end };
}
