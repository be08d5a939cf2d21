import { type BufferedSource, bufferedSource } from './buffered-source';
import { BOUNDARY_BYTES, DelimiterSearch } from './delimiter-search';

/** One part of a multipart body. */
export interface Part {
  /** Names are in lower case; the values of a repeated name are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /**
   * The next bytes of the part's body: a view that is valid until the next read.
   * @returns null at the end of the part
   * @throws MultipartError 'truncated' when the request's body ends before the part does
   */
  read(): Promise<Uint8Array | null>;
}

/** See MultipartReader.next for the meaning of each code. */
export type MultipartErrorCode = 'no-boundary' | 'malformed' | 'truncated' | 'header-too-large';

/** Why a body is not a valid multipart body from some position on. What was read before stays valid. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
  /** Whether only the header of one part is invalid: the parts after it can still be read. */
  readonly ofOnePart: boolean;

  constructor(readonly code: MultipartErrorCode) {
    super(code);
    this.ofOnePart = code === 'malformed' || code === 'header-too-large';
  }
}

/** Limits of a MultipartReader. */
export interface MultipartReaderOptions {
  /** Maximum bytes of the header block of a part; 16 KiB by default. */
  readonly maxHeaderBytes?: number;
  /** Maximum lines of the header block of a part; 64 by default. */
  readonly maxHeaderLines?: number;
  /** Bytes requested from the stream at a time; 256 KiB by default. */
  readonly chunkBytes?: number;
  /** Gives the memory of at least this many bytes that the reader uses until `takeBuffer`; absent: new memory. */
  readonly memory?: (bytes: number) => Uint8Array<ArrayBuffer>;
}

/**
 * Reads a multipart/related body (RFC 2046 5.1, RFC 2387) part by part. It holds one buffer, whatever the body
 * contains. It does not read past the closing delimiter: request-body.ts ends the body.
 *
 * Bytes are handed out as views of that buffer. Only the beginning of a possible delimiter is ever copied. A delimiter
 * counts only if white space and a line ending, or `--`, follow it; anything else is data.
 */
export class MultipartReader {
  private readonly search: DelimiterSearch;
  private readonly source: BufferedSource;
  private readonly maxHeaderBytes: number;
  private readonly maxHeaderLines: number;
  private bytes: Uint8Array<ArrayBuffer>;
  /** bytes[start, end) have been received but not yet handed out. */
  private start = 0;
  private end: number;
  /** Start of a delimiter that an earlier search has found, or -1. */
  private found = -1;
  private place: Place = 'preamble';
  private current: Part | undefined;
  private failure: MultipartError | undefined;

  /**
   * @param boundary as the Content-Type header names it, without quotes; next() reports one that is invalid by RFC 2046
   */
  constructor(
    body: ReadableStream<Uint8Array> | BufferedSource,
    boundary: string,
    options: MultipartReaderOptions = {},
  ) {
    const { maxHeaderBytes = 16 * 1024, maxHeaderLines = 64, chunkBytes = 256 * 1024, memory = newMemory } = options;
    if (boundary.length > BOUNDARY_BYTES || !/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) {
      this.failure = new MultipartError('no-boundary');
    }
    this.search = new DelimiterSearch(boundary);
    this.maxHeaderBytes = maxHeaderBytes;
    this.maxHeaderLines = maxHeaderLines;
    this.bytes = memory(Math.max(chunkBytes, maxHeaderBytes + this.search.length + 2 * MAX_PADDING));
    // A delimiter starts with a line ending, but no line ending comes before the first line of the body.
    this.bytes.set(LINE_END);
    this.end = LINE_END.length;
    this.source = 'getReader' in body ? bufferedSource(body) : body;
  }

  /**
   * Skips the rest of the current part and reads the header of the next one. The preamble is skipped like a part. After an
   * error in the header of a part, a further call continues after that part.
   * @returns null after the closing delimiter
   * @throws MultipartError 'no-boundary' when the body does not contain the boundary, 'truncated' when the closing
   * delimiter is missing, 'malformed' or 'header-too-large' for the header of a part
   */
  async next(): Promise<Part | null> {
    while ((await this.readBody()) !== null);
    this.current = undefined;
    if (this.place !== 'header') return null;
    this.place = 'body';
    const headers = await this.readHeaders();
    const part: Part = { headers, read: async () => (part === this.current ? await this.readBody() : null) };
    this.current = part;
    return part;
  }

  /** Takes the memory out of the reader, after its end. Without a `next` that returned null, a read may still fill it. */
  takeBuffer(): Uint8Array<ArrayBuffer> {
    const { bytes } = this;
    this.bytes = new Uint8Array(0);
    return bytes;
  }

  /** Reads the next bytes before a delimiter. Returns null at a delimiter and moves past it. */
  private async readBody(): Promise<Uint8Array | null> {
    if (this.failure !== undefined) throw this.failure;
    while (this.place === 'body' || this.place === 'preamble') {
      if (this.found < 0) this.found = this.search.indexIn(this.bytes, this.start, this.end);
      if (this.found < 0) {
        const ready = this.end - this.search.begunAtEnd(this.bytes, this.start, this.end);
        if (ready > this.start) return this.take(ready);
        await this.fillOrFail();
      } else if (this.found > this.start) {
        return this.take(this.found);
      } else {
        const line = await this.delimiterLine();
        this.found = -1;
        if (line.is === 'data') return this.take(this.start + this.search.length);
        this.start += line.length;
        this.place = line.is;
      }
    }
    return null;
  }

  private take(until: number): Uint8Array {
    const view = this.bytes.subarray(this.start, until);
    this.start = until;
    return view;
  }

  private async delimiterLine(): Promise<DelimiterLine> {
    for (;;) {
      const line = delimiterLine(this.bytes.subarray(this.start, this.end), this.search.length);
      if (line !== undefined) return line;
      await this.fillOrFail();
      this.found = this.start;
    }
  }

  /**
   * Reads the header block. `start` is at the line ending of the delimiter before, and after the empty line afterwards. A
   * part may end with its header (RFC 2046 5.1.1): then `start` is afterwards at the next delimiter.
   */
  private async readHeaders(): Promise<ReadonlyMap<string, string>> {
    const lines: string[] = [];
    // Relative to `start`, because filling the buffer moves its contents.
    let line = this.bytes[this.start] === LF ? 1 : 2;
    let seen = line;
    for (;;) {
      const lf = this.bytes.subarray(0, this.end).indexOf(LF, this.start + seen);
      const known = (lf < 0 ? this.end : lf) - this.start;
      if (known > this.maxHeaderBytes || lines.length > this.maxHeaderLines) {
        throw new MultipartError('header-too-large');
      }
      const at = this.start + line;
      const dashed = this.search.dashedAt(this.bytes, at, this.end);
      if (dashed && line >= 2 && this.bytes[at - 2] === CR) {
        this.start = at - 2;
        break;
      }
      if (lf < 0) {
        seen = known;
        await this.fillOrFail();
        continue;
      }
      const stop = lf > at && this.bytes[lf - 1] === CR ? lf - 1 : lf;
      line = lf + 1 - this.start;
      seen = line;
      if (stop === at) {
        this.start += line;
        break;
      }
      lines.push(DECODER.decode(this.bytes.subarray(at, stop)));
    }
    const headers = parseHeaders(lines);
    if (headers === undefined) throw new MultipartError('malformed');
    return headers;
  }

  private async fillOrFail(): Promise<void> {
    if (!(await this.fill())) this.fail(this.place === 'preamble' ? 'no-boundary' : 'truncated');
  }

  /** Receives more bytes. @returns false at the end of the stream */
  private async fill(): Promise<boolean> {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    const filled = await this.source.read(this.bytes, this.end);
    if (filled === null) return false;
    this.bytes = filled.bytes;
    this.end = filled.end;
    return true;
  }

  private fail(code: MultipartErrorCode): never {
    this.failure = new MultipartError(code);
    throw this.failure;
  }
}

/** body: in a part; header: after a delimiter; closed: after the closing delimiter. */
type Place = 'preamble' | 'body' | 'header' | 'closed';

interface DelimiterLine {
  readonly is: 'header' | 'closed' | 'data';
  /** Bytes to skip. For the delimiter of a part, this does not include its line ending. */
  readonly length: number;
}

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const LINE_END = Uint8Array.of(CR, LF);
/** White space that a transport may have added to the line of a delimiter. */
const MAX_PADDING = 256;
const DECODER = new TextDecoder();

function newMemory(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/**
 * Says what a delimiter at the start of the bytes is, by what follows it (RFC 2046 5.1.1).
 * @returns undefined when more bytes are needed to decide
 */
function delimiterLine(bytes: Uint8Array, length: number): DelimiterLine | undefined {
  if (bytes[length] === DASH) {
    if (bytes.length === length + 1) return undefined;
    return bytes[length + 1] === DASH ? { is: 'closed', length: length + 2 } : { is: 'data', length: 0 };
  }
  let at = length;
  while (at < length + MAX_PADDING && (bytes[at] === 0x20 || bytes[at] === 0x09)) at += 1;
  if (at >= bytes.length) return undefined;
  if (bytes[at] === LF) return { is: 'header', length: at };
  if (bytes[at] !== CR) return { is: 'data', length: 0 };
  if (at + 1 >= bytes.length) return undefined;
  return { is: bytes[at + 1] === LF ? 'header' : 'data', length: at };
}

/** Reads header fields, including folded ones (RFC 5322 2.2). @returns undefined when a line is not a header field */
function parseHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines
    .join('\n')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name === '') return undefined;
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
