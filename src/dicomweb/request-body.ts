import type { MiddlewareHandler } from 'hono';
import { type BufferedSource, bufferedSource, type Filled } from '../http/buffered-source';
import type { AppEnv } from './context';

/** The limits on reading the rest of a body. */
interface Patience {
  readonly bytes: number;
  readonly ms: number;
  /** The milliseconds in which PIECE_BYTES have to arrive. */
  readonly pauseMs: number;
}

/** The limits before the answer is sent. The archive does not wait for a client that sends less than 64 KB/s. */
const BEFORE: Patience = { bytes: 24 * 1024 * 1024, ms: 2000, pauseMs: 250 };

/**
 * The limits after that, while the client has received the answer without its end. The platform passes on requests of
 * at most 500 MB.
 */
const AFTER: Patience = { bytes: 512 * 1024 * 1024, ms: 30_000, pauseMs: 1500 };

const PIECE_BYTES = 16 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * Ends the body of every request whose answer does not need the body, or not all of it: an error, a DELETE with a body,
 * bytes after the last part. This is the only place that does so.
 *
 * A client that writes its whole request before it reads the answer loses the answer when the server closes the connection
 * early (RFC 9112 9.6), and the connection can only be used again after the end of the body. So the rest is read and
 * dropped as long as it arrives quickly. A client that sends slowly, or not at all, does not delay its answer: the server
 * still reads while the answer is sent, and the answer ends when the rest has arrived, when the client pauses, after 512
 * MiB, or after half a minute. It then has no Content-Length: the runtime closes the connection after the last byte that a
 * length announces. If the server stopped reading earlier, also when nothing has arrived yet, the connection would be
 * reset, and a proxy in between (such as that of `wrangler dev`) would answer 500 instead. Only a client that waits
 * for 100 Continue gets its answer at once, because it sends no body before.
 *
 * The body is never cancelled: behind a service binding the cancellation may never complete.
 */
export const endRequestBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { body } = c.req.raw;
  if (body === null || body.locked) return;
  const rest = new Rest(bufferedSource(body, PIECE_BYTES));
  const ended = await rest.pass(BEFORE);
  const answer = c.res.body;
  const waits = rest.passed === 0 && c.req.header('Expect') !== undefined;
  if (ended || waits || answer === null) return;
  const { readable, writable } = new IdentityTransformStream();
  c.res = new Response(readable, c.res);
  c.executionCtx.waitUntil(
    answer
      .pipeTo(writable, { preventClose: true })
      .then(() => rest.pass(AFTER))
      .then(() => writable.close())
      .catch(() => undefined),
  );
};

/**
 * Reads the rest of a body and drops it, while it arrives quickly and is not too long.
 * @returns whether the body ended; otherwise a read may still be pending
 */
export async function passRest(source: BufferedSource): Promise<boolean> {
  return await new Rest(source).pass(BEFORE);
}

/** The rest of a body. A stream has one read at a time, so a read that was too slow is waited for again. */
class Rest {
  private reading: Promise<Filled | null> | undefined;
  /** A small one at first: of most bodies nothing is left. */
  private bytes = new Uint8Array(PIECE_BYTES);
  /** Bytes so far. */
  passed = 0;

  constructor(private readonly source: BufferedSource) {}

  /** @returns true at the end of the body; false when the client sends slowly or much, or has disconnected */
  async pass(patience: Patience): Promise<boolean> {
    const deadline = Date.now() + patience.ms;
    const most = this.passed + patience.bytes;
    while (this.passed < most && Date.now() < deadline) {
      this.reading ??= this.source.read(this.bytes, 0);
      const filled = await within(patience.pauseMs, this.reading);
      if (filled === undefined) return false;
      if (filled === null) return true;
      this.reading = undefined;
      this.bytes = filled.bytes.length < CHUNK_BYTES ? new Uint8Array(CHUNK_BYTES) : filled.bytes;
      this.passed += filled.end;
    }
    return false;
  }
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
