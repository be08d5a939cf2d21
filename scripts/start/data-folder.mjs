import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';

/**
 * Claims the folder for this process, because two runtimes on one database would corrupt it. When an earlier process was
 * killed, this waits until its runtime has ended too: until then, the runtime writes to the folder.
 * @param {string} data
 * @param {number} port
 * @returns {Promise<() => void>} a function that releases the folder
 */
export async function claimDataFolder(data, port) {
  makeFolder(data);
  const file = join(data, 'running.json');
  const other = readClaim(file);
  if (other && isAlive(other.pid) && (await isListening(other.port))) {
    throw new Error(
      `${data} is in use: an archive runs on it at http://localhost:${other.port} (process ${other.pid}). Stop it first.`,
    );
  }
  if (other) await eventually(async () => !(await isListening(other.port)));
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, port }));
  } catch (error) {
    throw new Error(`Nothing can be written to the folder ${data} (${codeOf(error)}). ${ANOTHER}`);
  }
  return () => rmSync(file, { force: true });
}

/**
 * Makes a folder and those that contain it. Node's own recursive form never ends where a parent takes no folders, such as
 * /proc.
 * @param {string} path absolute
 */
function makeFolder(path) {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw new Error(`${path} is a file, and not a folder. ${ANOTHER}`);
  }
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    throw new Error(`The folder ${path} cannot be made (${codeOf(error)}). ${ANOTHER}`);
  }
}

const ANOTHER = 'Choose another: npm start -- --data DIR';

/** @param {unknown} error of the file system */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}

/**
 * @param {number} port
 * @returns {Promise<void>} rejects when nothing can listen there
 */
export async function checkPort(port) {
  if (!(await eventually(() => isFree(port))))
    throw new Error(`Port ${port} is in use. Choose another: npm start -- --port N`);
}

/** @param {number} port @returns {Promise<boolean>} rejects when waiting cannot help */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else if (error.code === 'EACCES') reject(new Error(`Port ${port} needs more rights than this user has.`));
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The runtime of a process that was killed ends within a second (guard.mjs). */
const ORPHAN_MS = 2000;

/**
 * Asks until a condition holds, or an orphaned runtime would have ended.
 * @param {() => Promise<boolean>} condition
 * @returns {Promise<boolean>} whether it holds
 */
async function eventually(condition) {
  for (const deadline = Date.now() + ORPHAN_MS; Date.now() < deadline; ) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return await condition();
}

/** @param {string} file @returns {{ pid: number, port: number } | undefined} */
function readClaim(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
