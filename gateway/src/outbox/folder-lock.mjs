import { unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join, relative } from 'node:path';

/**
 * Takes a folder for this process alone. The lock is a socket, so it ends with the process, however that ends.
 * @param {string} folder
 * @returns {Promise<() => void>} gives it back
 * @throws {Error} if another process has it
 */
export async function lockFolder(folder) {
  const absolute = join(folder, 'gateway.sock');
  const near = relative(process.cwd(), absolute);
  // The length of such a path is limited to about 100 bytes.
  const path = near.length < absolute.length ? near : absolute;
  for (;;) {
    const server = await listening(path);
    if (server) return () => server.close();
    if (await answers(path)) {
      throw Object.assign(new Error(`another gateway runs with the folder ${folder}`), { code: 'FOLDER_IN_USE' });
    }
    await unlink(path).catch(() => {});
  }
}

/**
 * @param {string} path
 * @returns {Promise<import('node:net').Server | undefined>} undefined, if the socket is there already
 */
function listening(path) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** @param {string} path */
function answers(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
