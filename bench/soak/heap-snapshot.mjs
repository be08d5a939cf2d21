/** How long an isolate has time for its snapshot. */
const PATIENCE_MS = 60_000;

/**
 * A heap snapshot of an isolate, as Chromium's tools open it. @param {string} url of its inspector
 * @returns {Promise<string | undefined>} undefined when the isolate does not answer
 */
export async function heapSnapshotOf(url) {
  const socket = new WebSocket(url);
  const chunks = /** @type {string[]} */ ([]);
  const taken = new Promise((resolve) => {
    socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.takeHeapSnapshot', params: {} }));
    socket.onerror = () => resolve(undefined);
    socket.onmessage = ({ data }) => {
      const { id, method, params } = JSON.parse(String(data));
      if (method === 'HeapProfiler.addHeapSnapshotChunk') chunks.push(params.chunk);
      else if (id === 1) resolve(chunks.join(''));
    };
    setTimeout(resolve, PATIENCE_MS, undefined);
  });
  const snapshot = await taken;
  socket.close();
  return snapshot;
}
