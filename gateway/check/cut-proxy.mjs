import { connect, createServer } from 'node:net';

/**
 * A line to a server that can be cut: while it is, connections break and new ones are closed at once.
 * @param {number} port of the server
 * @returns {Promise<{ port: number, cut: (isCut: boolean) => void, close: () => Promise<void> }>}
 */
export async function cutProxy(port) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [socket, other] of /** @type {const} */ ([
      [near, far],
      [far, near],
    ])) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const cut = (/** @type {boolean} */ value) => {
    isCut = value;
    if (isCut) for (const socket of sockets) socket.resetAndDestroy();
  };
  const close = async () => {
    cut(true);
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: /** @type {import('node:net').AddressInfo} */ (server.address()).port, cut, close };
}
