import { connect, type Socket } from 'node:net';

/** One request, byte for byte. A number among the pieces of the body is a pause in milliseconds. */
export interface SocketRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Iterable<Buffer | number>;
}

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
  private received: Buffer = Buffer.alloc(0);
  private closed = false;
  private wake: () => void = () => {};

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
    this.socket.setNoDelay(true);
    this.socket.setMaxListeners(0);
    this.socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
      this.wake();
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

  /** Writes a request until it is complete or its answer arrives. */
  async send({ method, path, headers = {}, body = [] }: SocketRequest): Promise<void> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
    for (const piece of body) {
      await new Promise((resolve) => (typeof piece === 'number' ? setTimeout(resolve, piece) : setImmediate(resolve)));
      if (this.closed || this.answered()) return;
      if (typeof piece !== 'number' && !this.socket.write(piece)) await this.drained();
    }
  }

  /** @returns the next answer; undefined when none arrived in time, or the connection was closed before */
  async answer(withinMs: number, toHead = false): Promise<SocketAnswer | undefined> {
    for (const deadline = Date.now() + withinMs; ; ) {
      const taken = takeAnswer(this.received, toHead);
      if (taken !== undefined) {
        this.received = taken.rest;
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

  private answered(): boolean {
    return /^(HTTP\/1\.1 100 [^\r]*\r\n\r\n)?HTTP\/1\.1 [2-5]/.test(this.received.subarray(0, 100).toString('latin1'));
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('drain', resolve);
      this.socket.once('close', resolve);
    });
  }
}

function takeAnswer(bytes: Buffer, toHead: boolean): { answer: SocketAnswer; rest: Buffer } | undefined {
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
  if (content === undefined) return undefined;
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
