import { connect, createServer, type Socket } from 'node:net';

/** A line that drops: it passes bytes on, and cuts connections in the middle of what the client sends. */
interface CuttingProxy {
  readonly origin: string;
  /** Connections that were cut so far. */
  readonly cuts: () => number;
  /** Content-Length of the longest request that passed. */
  readonly longestBody: () => number;
  close(): void;
}

/**
 * @param target origin to which everything is passed on
 * @param nextCut bytes after which the next cut comes, of all that clients send; undefined: no more cuts
 */
export async function cuttingProxy(target: string, nextCut: () => number | undefined): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  let cuts = 0;
  let longest = 0;
  let left = nextCut();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
    const sockets = [client, upstream];
    const end = () => {
      for (const socket of sockets) socket.destroy();
    };
    for (const socket of sockets) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    upstream.pipe(client);
    client.on('data', (data) => {
      longest = Math.max(longest, bodyLength(data));
      if (left !== undefined && data.length >= left) {
        upstream.write(data.subarray(0, left));
        left = nextCut();
        cuts += 1;
        end();
        return;
      }
      if (left !== undefined) left -= data.length;
      if (upstream.write(data)) return;
      client.pause();
      upstream.once('drain', () => client.resume());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    cuts: () => cuts,
    longestBody: () => longest,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Of the request that begins with these bytes; 0 when none does. */
function bodyLength(data: Buffer): number {
  const head = data.subarray(0, 4096).toString('latin1');
  if (!/^[A-Z]+ \/\S* HTTP\/1\.1\r\n/.test(head)) return 0;
  return Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
}
