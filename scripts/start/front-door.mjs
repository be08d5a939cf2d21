import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startScript } from '../support/wrangler.mjs';
import { withoutFullDisk } from './disk-full.mjs';
import { wranglerEnvironment } from './environment.mjs';

/** What the runtime says when it crashed. It starts again, but what it was doing is lost, and nobody would notice. */
const CRASHED = 'runtime crashed unexpectedly';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));

/**
 * @typedef {object} FrontDoor
 * @property {string} origin
 * @property {Promise<never>} ended rejects when the server ends or its runtime crashes
 * @property {() => void} hush stops showing the server's output, because the server complains when it is ended
 */

/**
 * Starts the Pages project and the Worker that it is bound to, in one runtime (server.mjs).
 * @param {{ data: string, config: string, port: number, inspector: boolean, events: boolean }} place config: the Worker's
 * @returns {FrontDoor}
 */
export function openFrontDoor({ data, config, port, inspector, events }) {
  const child = startScript(SERVER, [JSON.stringify({ data, config, port, inspector, events })], {
    cwd: data,
    env: wranglerEnvironment(data),
    stdio: ['ignore', 'pipe', 'pipe'],
    nodeOptions: ['--import', new URL('./guard.mjs', import.meta.url).href],
  });
  let hushed = false;
  const hush = () => {
    hushed = true;
  };
  const ended = /** @type {Promise<never>} */ (
    new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`The server ended by itself (${signal ?? code}).`)));
      for (const stream of [child.stdout, child.stderr]) {
        const write = withoutFullDisk(data, (line) => process.stderr.write(`${line}\n`));
        onLines(stream, (line) => {
          if (hushed) return;
          write(line);
          // Waits a moment for the lines that explain the failure.
          if (line.includes(CRASHED)) setTimeout(reject, 500, new Error('The runtime crashed.'));
        });
      }
    })
  );
  // A caller that awaits the promise gets the error; until then it must not count as an unhandled rejection.
  ended.catch(() => {});
  return { origin: `http://localhost:${port}`, ended, hush };
}

/** @param {import('node:stream').Readable | null} stream @param {(line: string) => void} take */
function onLines(stream, take) {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) take(line);
  });
}

/**
 * Waits until the archive reports through the viewer's origin that its services answer.
 * @param {FrontDoor} door
 * @param {string} data the data folder, for messages to the user
 * @param {number} patienceMs
 * @returns {Promise<void>} resolves when all services answer, or when the archive says that no client has access; rejects
 * at once, with the archive's own reason, when waiting cannot help
 */
export async function waitUntilReady({ origin, ended }, data, patienceMs = 120_000) {
  const deadline = Date.now() + patienceMs;
  let said = 'no answer';
  let failures = 0;
  while (Date.now() < deadline) {
    const answer = await Promise.race([ended, askHealth(origin)]);
    if (answer?.status === 200 || answer?.code === 'no-access-control') return;
    if (onlyApart(answer?.checks)) {
      console.error(
        `The index and the files in ${data} do not belong together: nothing can be stored or deleted. See docs/operations.md.`,
      );
      return;
    }
    if (answer !== undefined) said = `status ${answer.status}`;
    if (answer?.code === 'misconfigured') throw new Error(answer.detail);
    if (answer?.checks?.database?.status === 'fail') failures += 1;
    if (failures === FAILURES) throw new Error(unreadable(data));
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`${origin} is not ready after ${patienceMs / 1000} s (${said}).`);
}

/**
 * Gives the archive a request now and then, by which it notices that its hourly run is due (src/local.ts): the first some
 * seconds after the start.
 * @param {FrontDoor} door
 */
export function keepTime({ origin }) {
  setTimeout(askHealth, FIRST_RUN_MS, origin).unref();
  setInterval(askHealth, CLOCK_MS, origin).unref();
}

const FIRST_RUN_MS = 5000;
const CLOCK_MS = 5 * 60 * 1000;

/** Whether everything works, but the bucket and the index belong to different archives. @param {Answer['checks']} checks */
function onlyApart(checks) {
  if (checks === undefined) return false;
  return Object.entries(checks).every(([part, { status }]) => (status === 'fail') === (part === 'archive'));
}

/** Failures in a row after which the index counts as unreadable. */
const FAILURES = 5;

/** @param {string} data */
const unreadable = (data) =>
  `The index in ${join(data, 'v3/d1')} cannot be read. Put back a copy of the whole folder ${data}, or start with a new one: npm start -- --data DIR`;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} [code] of a problem
 * @property {string} [detail]
 * @property {Record<string, { status: string }>} [checks]
 */

/** @param {string} origin @returns {Promise<Answer | undefined>} nothing if there was no answer */
async function askHealth(origin) {
  try {
    const response = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(30_000) });
    const said = await response.json().catch(() => ({}));
    return { ...said, status: response.status };
  } catch {
    return undefined;
  }
}
