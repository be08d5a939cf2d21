import { spawn, spawnSync } from 'node:child_process';

/**
 * Processes that were started here and are still running. Each leads a process group, so that its own children end with
 * it.
 */
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

const windows = process.platform === 'win32';

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function startChild(command, args, options) {
  const child = spawn(command, args, { ...options, detached: !windows });
  running.add(child);
  child.once('error', () => running.delete(child));
  child.once('exit', () => {
    // Processes that the leader has left behind end too.
    signalGroup(child, 'SIGKILL');
    running.delete(child);
  });
  return child;
}

/**
 * Ends every process started here, with its descendants.
 * @param {number} patienceMs how long they may take before they are killed
 */
export async function endChildren(patienceMs = 3000) {
  const ending = [...running].map(
    (child) =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        setTimeout(() => signalGroup(child, 'SIGKILL'), patienceMs).unref();
        signalGroup(child, 'SIGTERM');
      }),
  );
  await Promise.all(ending);
}

/** For an exit that cannot wait for the processes to end. */
export function killChildren() {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  if (windows) {
    if (child.exitCode === null) spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has already ended.
  }
}
