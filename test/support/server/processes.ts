import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The processes that a process started, and their children, as long as they are its descendants. */
export function descendants(pid: number): number[] {
  const parents = parentOf();
  const found: number[] = [];
  for (let generation = [pid]; generation.length > 0; ) {
    const current = new Set(generation);
    generation = [...parents].filter(([, parent]) => current.has(parent)).map(([child]) => child);
    found.push(...generation);
  }
  return found;
}

/** Those that still run; a process that has ended but was not collected yet does not count. */
export function alive(pids: readonly number[]): number[] {
  const parents = parentOf();
  return pids.filter((pid) => parents.has(pid));
}

/** @returns the command line of a process */
export function commandLine(pid: number): string {
  if (process.platform !== 'linux') return execFileSync('ps', ['-o', 'command=', '-p', String(pid)]).toString();
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

/** Waits until a condition holds, and says whether it did in time. */
export async function eventually(condition: () => boolean, patienceMs = 120_000): Promise<boolean> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return condition();
}

function parentOf(): Map<number, number> {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

/** Reads /proc, because a small Linux system has no ps. */
function fromProc(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // proc(5): pid (name) state ppid; the name may contain any characters.
      const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (state !== 'Z' && state !== 'X') parents.set(Number(name), Number(parent));
    } catch {
      // The process ended in the meantime.
    }
  }
  return parents;
}

function fromPs(): Map<number, number> {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,state=']).toString().trim().split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.filter(([, , state]) => !state?.startsWith('Z')).map(([pid, parent]) => [Number(pid), Number(parent)]),
  );
}
