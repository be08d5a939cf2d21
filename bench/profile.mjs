/** How often the profiler looks, microseconds. */
const INTERVAL = 500;
/** Functions named in the summary. */
const NAMED = 14;

/**
 * Takes a CPU profile of a Worker's JavaScript while something runs.
 * @param {string} inspector the address of the runtime's inspector, `ws://`
 * @param {() => Promise<unknown>} action
 * @returns {Promise<{ profile: Profile, summary: string[] }>} the profile as Chromium's tools open it
 */
export async function profiled(inspector, action) {
  const socket = new WebSocket(inspector);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`No inspector at ${inspector}.`));
  });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(String(data));
    const settle = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) settle?.resolve(result);
    else settle?.reject(new Error(error.message));
  };
  let last = 0;
  const send = (/** @type {string} */ method, params = {}) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await send('Profiler.enable');
  await send('Profiler.setSamplingInterval', { interval: INTERVAL });
  await send('Profiler.start');
  await action();
  const { profile } = /** @type {{ profile: Profile }} */ (await send('Profiler.stop'));
  socket.close();
  return { profile, summary: summaryOf(profile) };
}

/**
 * @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }} Node
 * @typedef {{ nodes: Node[], samples: number[], timeDeltas: number[] }} Profile
 */

/** Which functions the time went to, by themselves. @param {Profile} profile */
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
