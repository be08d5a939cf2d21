import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { openInspector } from '../support/inspector.mjs';

const MEGABYTE = 1024 * 1024;

/** TCP state "listen" in /proc/net/tcp. */
const LISTEN = '0A';

/** How long an isolate has time to answer. One that has not begun never does. */
const PATIENCE_MS = 40_000;

/**
 * Memory of a runtime's process, megabytes, by what it is. Linux only.
 * @param {number} pid
 * @returns {{ resident: number, anonymous: number, files: number, shared: number }}
 */
export function residentParts(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const of = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { resident: of('VmRSS'), anonymous: of('RssAnon'), files: of('RssFile'), shared: of('RssShmem') };
}

/**
 * Resident memory without a file behind it, megabytes, by the first digits of its address: the engine's heaps, the allocator's arenas, and
 * what is mapped separately (stacks, array buffers, WebAssembly) lie in different places.
 * @param {number} pid
 * @returns {Record<string, number>} the largest places first; those under one megabyte are left out
 */
export function residentPlaces(pid) {
  const places = /** @type {Record<string, number>} */ ({});
  let place = '';
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    const mapping = /^([0-9a-f]+)-[0-9a-f]+ \S+ \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (mapping !== null) place = mapping[2] === '' ? `${mapping[1]?.padStart(12, '0').slice(0, 4)}…` : '';
    const kilobytes = /^Rss:\s+(\d+) kB/.exec(line)?.[1];
    if (kilobytes !== undefined && place !== '') places[place] = (places[place] ?? 0) + Number(kilobytes) / 1024;
  }
  return Object.fromEntries(
    Object.entries(places)
      .filter(([, megabytes]) => megabytes >= 1)
      .sort(([, one], [, other]) => other - one),
  );
}

/**
 * The isolates of a runtime, by its inspector: the archive's own, and those of the simulated R2 and D1.
 * @param {number} pid
 * @returns {Promise<{ title: string, url: string }[]>}
 */
export async function isolatesOf(pid) {
  for (const port of listeningPorts(pid)) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(2000) });
      const targets = /** @type {{ title: string, webSocketDebuggerUrl: string }[]} */ (await response.json());
      if (Array.isArray(targets) && targets[0]?.webSocketDebuggerUrl !== undefined) {
        return targets.map(({ title, webSocketDebuggerUrl }) => ({ title, url: webSocketDebuggerUrl }));
      }
    } catch {
      // Another port of the runtime.
    }
  }
  return [];
}

/**
 * The heap of an isolate after a collection of garbage, megabytes.
 * @param {string} url of its inspector
 * @returns {Promise<{ used: number, total: number, outside: number } | undefined>} used: objects; total: pages that the engine keeps for them;
 *   outside: array buffers and what the runtime itself keeps for objects. Undefined: the isolate does not answer, as when it has not begun
 */
export async function heapOf(url) {
  const { send, close } = await openInspector(url);
  const asked = (async () => {
    await send('HeapProfiler.collectGarbage');
    return await send('Runtime.getHeapUsage');
  })();
  const heap = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  close();
  if (heap === undefined) return undefined;
  return {
    used: heap.usedSize / MEGABYTE,
    total: heap.totalSize / MEGABYTE,
    outside: ((heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0)) / MEGABYTE,
  };
}

/** @param {number} pid @returns {number[]} the TCP ports at which a process listens */
function listeningPorts(pid) {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTEN && inodes.has(inode ?? ''))
      .map(([, local]) => Number.parseInt(local?.split(':').pop() ?? '', 16)),
  );
}
