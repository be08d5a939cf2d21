import { join } from 'node:path';
import { expect } from 'vitest';
import { type FrontDoor, scratchFolder, startFrontDoor } from './front-door';
import { type Server, startServer } from './server';
import { type SocketAnswer, SocketClient, type SocketRequest } from './socket-client';

/** Milliseconds for which a client may have to wait for an answer. The fault was that no answer ever arrived. */
export const PATIENCE = 5000;

export const KB = 1024;
export const MB = 1024 * KB;
export const PIECE = Buffer.alloc(64 * KB, 'x');

/** A request, without its body beyond the start. */
export interface Case {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Precedes the bytes that fill the body up to its size. */
  readonly start?: string | Buffer;
  /** A body, when there is one, is `start` alone. */
  readonly whole?: boolean;
}

/** How a body is announced: by Content-Length, in chunks, or with Expect: 100-continue. */
export type Framing = 'length' | 'chunked' | 'expect';

/** The front door that `npm start` opens, and the Worker alone, with the same settings. */
export class Doors {
  cases = 0;

  private constructor(
    readonly door: FrontDoor,
    readonly worker: Server,
    /** The folders with the state of the two. */
    readonly data: readonly string[],
    private readonly remove: () => void,
  ) {}

  static async open(vars: Record<string, string>, bundle: string): Promise<Doors> {
    const scratch = scratchFolder();
    const data = join(scratch.path, 'archive');
    const args = ['--no-sample', ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`])];
    const [door, worker] = await Promise.all([startFrontDoor({ data, args }), startServer({ bundle, vars })]);
    return new Doors(door, worker, [data, worker.data], scratch.remove);
  }

  async close(): Promise<void> {
    await this.door.end('SIGKILL');
    await this.worker.stop();
    this.remove();
  }

  /** The answer of the front door, which must be the Worker's own and arrive in time. */
  async same(one: Case, size = 0, framing: Framing = 'length'): Promise<SocketAnswer> {
    const title = `${one.method} ${one.path} ${JSON.stringify(one.headers ?? {})} ${size} ${framing}`;
    return await this.sameFor(() => requestOf(one, size, framing), title);
  }

  async sameFor(send: () => SocketRequest, title: string): Promise<SocketAnswer> {
    const [through, own] = await Promise.all([
      this.exchange(this.door.origin, send(), title),
      this.exchange(this.worker.origin, send(), title),
    ]);
    expect(through?.status, title).toBeDefined();
    expect(essence(through), title).toEqual(essence(own));
    return through as SocketAnswer;
  }

  /** Sends the request, and another one after it if the connection is still open. */
  async exchange(origin: string, sent: SocketRequest, title = ''): Promise<SocketAnswer | undefined> {
    this.cases += 1;
    const client = new SocketClient(origin);
    try {
      const sending = client.send(sent);
      const answer = await client.answer(PATIENCE, sent.method === 'HEAD');
      await sending;
      if (answer !== undefined && answer.headers.get('connection') !== 'close' && !client.ended) {
        await client.send({ method: 'OPTIONS', path: '/dicomweb/studies' });
        const next = await client.answer(PATIENCE);
        // The runtime may close the connection at any time, but it must not answer anything that was not requested.
        if (next !== undefined) expect([200, 503], title).toContain(next.status);
      }
      return answer;
    } finally {
      client.leave();
    }
  }
}

/** A request with a body of this size. */
export function requestOf(one: Case, size: number, framing: Framing): SocketRequest {
  const { method, path, headers, start = '', whole = false } = one;
  const length = size === 0 ? 0 : whole ? start.length : Math.max(size, start.length);
  const body = filled(size === 0 ? '' : start, length);
  const framed: Record<string, string> =
    framing === 'chunked' ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(length) };
  if (framing === 'expect') framed.Expect = '100-continue';
  return { method, path, headers: { ...headers, ...framed }, body: framing === 'chunked' ? chunked(body) : body };
}

function* filled(start: string | Buffer, size: number): Generator<Buffer> {
  if (start.length > 0) yield Buffer.from(start as string);
  for (let left = size - start.length; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left);
}

/** The chunks of a body (RFC 9112 7.1); numbers stay as they are. @param closed whether the last chunk is sent */
export function* chunked(pieces: Iterable<Buffer | number>, closed = true): Generator<Buffer | number> {
  for (const piece of pieces) {
    if (typeof piece === 'number') yield piece;
    else yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  }
  if (closed) yield Buffer.from('0\r\n\r\n');
}

const ORIGINS = /http:\/\/(archive\.test|localhost|127\.0\.0\.1)(:\d+)?/g;

/** What concerns one connection, or one moment. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'date', 'x-request-id'],
  // Each door has an index of its own.
  ...['archive-bookmark', 'set-cookie'],
  // Of a body whose length is not said beforehand, the runtimes may say it or not.
  'content-length',
  // Made of the versions of stored objects, and of the base URI; the length of a multipart body depends on the base URI too.
  ...['etag', 'content-range'],
]);

/** What must be the same at both doors. Each door has its own origin, with which absolute URIs in answers begin. */
function essence(answer: SocketAnswer | undefined) {
  if (answer === undefined) return undefined;
  const plain = (text: string) => text.replaceAll(ORIGINS, 'http://origin').replaceAll(VERSION, 'version');
  // Two uploads are made one after the other, so they may end in two seconds.
  const value = (name: string, of: string) => (name === 'upload-expires' ? `${Date.parse(of) > 0}` : plain(of));
  const headers = [...answer.headers].flatMap(([name, of]) => (OWN_HEADERS.has(name) ? [] : [[name, value(name, of)]]));
  return { status: answer.status, headers: headers.sort(), body: plain(answer.body.toString('latin1')) };
}

/** Boundaries are made of the versions of stored objects, which are random. */
const VERSION = /\b[0-9a-f]{32,64}\b/g;
