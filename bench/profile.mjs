import { openInspector } from './support/inspector.mjs';

/** Microseconds between two samples of the profiler. */
const INTERVAL = 500;
/** Number of functions in the summary. */
const NAMED = 14;

/**
 * Takes a CPU profile of a Worker's JavaScript while something runs.
 * @param {string} inspector the address of the runtime's inspector, `ws://`
 * @param {() => Promise<unknown>} action
 * @returns {Promise<{ profile: Profile, summary: string[] }>} the profile as Chromium's tools open it
 */
export async function profiled(inspector, action) {
  const { send, close } = await openInspector(inspector);
  await send('Profiler.enable');
  await send('Profiler.setSamplingInterval', { interval: INTERVAL });
  await send('Profiler.start');
  await action();
  const { profile } = /** @type {{ profile: Profile }} */ (await send('Profiler.stop'));
  close();
  return { profile, summary: summaryOf(profile) };
}

/**
 * @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }} Node
 * @typedef {{ nodes: Node[], samples: number[], timeDeltas: number[] }} Profile
 */

/** The functions that took the most time themselves. @param {Profile} profile */
function summaryOf({ nodes, samples, timeDeltas }) {
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName || '(anonymous)'} ${place(callFrame)}`]),
  );
  const spent = new Map();
  let whole = 0;
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[at] ?? 0));
    whole += timeDeltas[at] ?? 0;
  }
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, NAMED)
    .map(
      ([name, time]) =>
        `${((time / whole) * 100).toFixed(1).padStart(5)} %  ${(time / 1000).toFixed(0).padStart(6)} ms  ${name}`,
    );
}

/** @param {Node['callFrame']} callFrame */
function place({ url, lineNumber }) {
  return url === '' ? '' : `(${url.split('/').pop()}:${lineNumber + 1})`;
}
