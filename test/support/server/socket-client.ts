import { connect, type Socket } from 'node:net';

/** One request, byte for byte. A number among the pieces of the body is a pause in milliseconds. */
export interface SocketRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Iterable<Buffer | number>;
}

/** An answer as it came through the socket. */
export interface SocketAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * A connection that reads while it writes, as RFC 9112 9.5 asks of clients, and stops writing when an answer has
 * arrived.
 */
export class SocketClient {
  private readonly socket: Socket;
  private pieces: Buffer[] = [];
  private length = 0;
  /** Bytes that the next answer has, as far as its header says it. */
  private needed = 1;
  private closed = false;
  private wake: () => void = () => {};

  /** @param wholeFirst the client writes its whole request before it looks at the answer, as simple ones do */
  constructor(
    origin: string,
    private readonly wholeFirst = false,
  ) {
    const { hostname, port } = new URL(origin);
    this.socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
    this.socket.setNoDelay(true);
    this.socket.setMaxListeners(0);
    this.socket.on('data', (data) => {
      this.pieces.push(data);
      this.length += data.length;
      if (this.length >= this.needed) this.wake();
    });
    // A connection that is reset after the answer counts as closed.
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
    this.socket.on('end', () => {
      this.closed = true;
      this.wake();
    });
  }

  /**
   * Writes a request until it is complete or its answer arrives. With `Expect: 100-continue` the client waits for 100
   * before it sends the body, for a second at most (RFC 9110 10.1.1: it must not wait indefinitely).
   */
  async send({ method, path, headers = {}, body = [] }: SocketRequest): Promise<void> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
    if ('Expect' in headers) await this.continued();
    for (const piece of body) {
      await new Promise((resolve) => (typeof piece === 'number' ? setTimeout(resolve, piece) : setImmediate(resolve)));
      if (this.closed || (!this.wholeFirst && this.answered())) return;
      if (typeof piece !== 'number' && !this.socket.write(piece)) await this.drained();
    }
  }

  /** @returns the next answer; undefined when none arrived in time, or the connection was closed before */
  async answer(withinMs: number, toHead = false): Promise<SocketAnswer | undefined> {
    for (const deadline = Date.now() + withinMs; ; ) {
      const taken = this.length < this.needed ? undefined : takeAnswer(this.received(), toHead);
      if (taken !== undefined && 'needed' in taken) this.needed = taken.needed;
      else if (taken !== undefined) {
        this.pieces = [taken.rest];
        this.length = taken.rest.length;
        this.needed = 1;
        if (taken.answer.status === 100) continue;
        return taken.answer;
      }
      const left = deadline - Date.now();
      if (left <= 0 || this.closed) return undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, left).unref();
      });
    }
  }

  /** Whether the server has closed the connection. */
  get ended(): boolean {
    return this.closed;
  }

  leave(): void {
    this.socket.destroy();
  }

  /** Waits for 100, for the answer or for the end of the connection. */
  private async continued(): Promise<void> {
    for (const deadline = Date.now() + 1000; Date.now() < deadline && this.length === 0 && !this.closed; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private answered(): boolean {
    return /^(HTTP\/1\.1 100 [^\r]*\r\n\r\n)?HTTP\/1\.1 [2-5]/.test(
      (this.pieces[0]?.length ?? 0) >= 100 || this.pieces.length < 2
        ? (this.pieces[0] ?? Buffer.alloc(0)).subarray(0, 100).toString('latin1')
        : this.received().subarray(0, 100).toString('latin1'),
    );
  }

  private received(): Buffer {
    if (this.pieces.length !== 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0]!;
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('drain', resolve);
      this.socket.once('close', resolve);
    });
  }
}

type Taken = { readonly answer: SocketAnswer; readonly rest: Buffer } | { readonly needed: number };

/** @returns the bytes that are needed, when the header says them and they are not there yet */
function takeAnswer(bytes: Buffer, toHead: boolean): Taken | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(line.split(' ')[1]);
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const none = toHead || status === 100 || status === 204 || status === 304;
  const content = none ? { body: Buffer.alloc(0), end: end + 4 } : contentAt(bytes, end + 4, headers);
  if (content === undefined) {
    const length = headers.get('content-length');
    return length === undefined ? undefined : { needed: end + 4 + Number(length) };
  }
  return { answer: { status, headers, body: content.body }, rest: bytes.subarray(content.end) };
}

function contentAt(bytes: Buffer, start: number, headers: ReadonlyMap<string, string>) {
  const length = headers.get('content-length');
  if (length !== undefined) {
    const end = start + Number(length);
    return bytes.length < end ? undefined : { body: bytes.subarray(start, end), end };
  }
  const pieces: Buffer[] = [];
  for (let at = start; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(pieces), end: next };
    pieces.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}
