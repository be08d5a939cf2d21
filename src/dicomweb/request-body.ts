import type { MiddlewareHandler } from 'hono';
import { type BufferedSource, bufferedSource } from '../http/buffered-source';
import type { AppEnv } from './context';

/** How much of the rest of a body is read before the answer is sent. */
const BEFORE: Patience = { bytes: 24 * 1024 * 1024, ms: 2000 };

/** How much is read after that, while the client has the answer, but not its end. */
const AFTER: Patience = { bytes: Number.POSITIVE_INFINITY, ms: 30_000 };

interface Patience {
  readonly bytes: number;
  readonly ms: number;
}

/** The archive does not wait for a client that sends less than PIECE_BYTES in PAUSE_MS (64 KB/s). */
const PIECE_BYTES = 16 * 1024;
const PAUSE_MS = 250;

const CHUNK_BYTES = 256 * 1024;

/**
 * Ends the body of every request whose answer does not need the body, or not all of it: an error, a DELETE with a body,
 * bytes after the last part. This is the only place that does so.
 *
 * A client that writes its whole request before it reads the answer loses the answer when the server closes the
 * connection early (RFC 9112 9.6), and the connection can only be used again after the end of the body. So the rest is
 * read and dropped as long as it arrives quickly. A client that sends slowly, or not at all, does not delay its answer. A
 * client that sends much gets its answer while the server still reads, and the end of the answer after the rest. It has no
 * Content-Length: the runtime closes the connection after the last byte that a length announces. If the server stopped
 * reading earlier, the connection would be reset, and a proxy in between (wrangler's, in front of `npm start`) would answer
 * 500 instead. After half a minute the runtime closes the connection.
 *
 * The body is never cancelled: behind a service binding the cancellation may never complete.
 */
export const endRequestBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { body } = c.req.raw;
  if (body === null || body.locked) return;
  const source = bufferedSource(body, PIECE_BYTES);
  const rest = await passRest(source);
  const answer = c.res.body;
  if (rest !== 'long' || answer === null) return;
  const { readable, writable } = new IdentityTransformStream();
  c.res = new Response(readable, c.res);
  c.executionCtx.waitUntil(
    answer
      .pipeTo(writable, { preventClose: true })
      .then(() => passRest(source, AFTER))
      .then(() => writable.close())
      .catch(() => undefined),
  );
};

/**
 * Reads the rest of a body and drops it.
 * @returns how the reading ended: `ended` at the end of the body; `slow` when the client sends slowly or has
 * disconnected (a read may still be pending); `long` when the client sends more than is read
 */
export async function passRest(
  source: BufferedSource,
  patience: Patience = BEFORE,
): Promise<'ended' | 'slow' | 'long'> {
  const deadline = Date.now() + patience.ms;
  let bytes = new Uint8Array(CHUNK_BYTES);
  for (let passed = 0; passed < patience.bytes && Date.now() < deadline; ) {
    const filled = await within(PAUSE_MS, source.read(bytes, 0));
    if (filled === undefined) return 'slow';
    if (filled === null) return 'ended';
    bytes = filled.bytes;
    passed += filled.end;
  }
  return 'long';
}

/** @returns undefined when the read fails or does not finish in time */
function within<Read>(patienceMs: number, reading: Promise<Read>): Promise<Read | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    reading
      .catch(() => undefined)
      .then((read) => {
        clearTimeout(timer);
        resolve(read);
      });
  });
}
