import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { metricsText } from './metrics.mjs';
import { pageText, STYLE } from './page-text.mjs';

const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Serves the page, `/metrics` and `/health`.
 * @param {{ host: string, port: number }} address
 * @param {() => Promise<import('./status.mjs').Status>} statusNow
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function servePage({ host, port }, statusNow) {
  const server = createServer((request, response) => {
    answer(request, statusNow, LOOPBACK.has(host)).then(
      ({ status, type, body }) => {
        const headers = {
          'Content-Type': type,
          'Content-Security-Policy': POLICY,
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
        };
        response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
      },
      () => response.writeHead(500).end(),
    );
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: /** @type {import('node:net').AddressInfo} */ (server.address()).port, close };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {() => Promise<import('./status.mjs').Status>} statusNow
 * @param {boolean} onLoopback
 */
async function answer({ method, url, headers }, statusNow, onLoopback) {
  const plain = (/** @type {number} */ status, /** @type {string} */ body) => ({
    status,
    type: 'text/plain; charset=utf-8',
    body,
  });
  // Another website must not read this page under a host name of its own (DNS rebinding).
  const name = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (onLoopback && !LOOPBACK.has(name)) return plain(421, 'This name is not served here.\n');
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Only GET.\n');
  if (url === '/health') return plain(200, 'ok\n');
  if (url === '/metrics') {
    const body = metricsText(await statusNow(), Date.now());
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
  }
  if (url === '/')
    return { status: 200, type: 'text/html; charset=utf-8', body: pageText(await statusNow(), Date.now()) };
  return plain(404, 'Not here.\n');
}
