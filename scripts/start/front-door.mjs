import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';
import { startWrangler } from '../support/wrangler.mjs';
import { wranglerEnvironment } from './environment.mjs';

const KEPT_LINES = 40;

/**
 * @typedef {object} FrontDoor
 * @property {string} origin
 * @property {Promise<never>} ended rejects when the server ends, with the last of what it wrote
 */

/**
 * The Pages project and the Worker it is bound to, in one runtime.
 * @param {{ data: string, config: string, port: number }} place config: the Worker's
 * @returns {FrontDoor}
 */
export function openFrontDoor({ data, config, port }) {
  const child = startWrangler(
    // biome-ignore format: one option with its value a line
    [
      'pages', 'dev',
      '--config', 'wrangler.toml',
      '--config', config,
      '--ip', '127.0.0.1',
      '--port', String(port),
      '--inspector-port', '0',
      '--persist-to', data,
      '--log-level', 'warn',
      '--show-interactive-dev-session=false',
    ],
    {
      cwd: join(ROOT, 'viewer'),
      env: wranglerEnvironment(data),
      stdio: ['ignore', 'pipe', 'pipe'],
      nodeOptions: ['--import', new URL('./guard.mjs', import.meta.url).href],
    },
  );
  /** @type {string[]} */
  const last = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        last.push(line);
        if (last.length > KEPT_LINES) last.shift();
        if (line.trim()) process.stderr.write(`${line}\n`);
      }
    });
  }
  const ended = /** @type {Promise<never>} */ (
    new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`The server ended by itself (${signal ?? code}).`)));
    })
  );
  // Whoever awaits it hears of it; until then it is no unhandled rejection.
  ended.catch(() => {});
  return { origin: `http://localhost:${port}`, ended };
}

/**
 * @param {FrontDoor} door
 * @param {number} patienceMs
 * @returns {Promise<void>} once a search is answered through the viewer's origin
 */
export async function waitUntilReady({ origin, ended }, patienceMs = 120_000) {
  const deadline = Date.now() + patienceMs;
  let said = 'no answer';
  while (Date.now() < deadline) {
    const status = await Promise.race([ended, probe(`${origin}/dicomweb/studies?limit=1`)]);
    if (status === 200) return;
    if (status !== undefined) said = `status ${status}`;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`${origin} is not ready after ${patienceMs / 1000} s (${said}).`);
}

/** @param {string} url @returns {Promise<number | undefined>} the status, or nothing if there was no answer */
async function probe(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
