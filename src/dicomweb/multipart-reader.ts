import { DelimiterSearch } from './multipart-delimiter';

export type MultipartErrorCode = 'no-boundary' | 'malformed' | 'truncated' | 'header-too-large';

/** A body that is not multipart/related, or not any more from some place on. */
export class MultipartError extends Error {
  constructor(readonly code: MultipartErrorCode) {
    super(`multipart/related: ${code}`);
  }
}

/** One body part. */
export interface Part {
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** The next bytes of the body, valid until the next call; null at its end. @throws MultipartError truncated */
  read(): Promise<Uint8Array | null>;
}

export interface MultipartOptions {
  /** The header block of one part; default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Bytes read at a time; default 256 KiB, since a default reader's 4 KiB cost three times as much. */
  readonly chunkBytes?: number;
}

const CR = 13;
const LF = 10;
const EPILOGUE_CHUNKS = 4;
const EMPTY = new Uint8Array(0);

/**
 * Reads a multipart body part by part as it arrives (RFC 2046 5.1.1, RFC 2387), holding one chunk whatever its parts'
 * sizes. Bytes are handed on as views of that chunk.
 */
export class MultipartReader {
  private readonly source: ChunkSource;
  private readonly search: DelimiterSearch;
  private readonly maxHeaderBytes: number;
  /** Unread bytes are `bytes[start..end)`. The body is read as if a line had ended before it. */
  private bytes: Uint8Array;
  private start = 0;
  private end: number;
  private state: 'preamble' | 'part' | 'between' | 'closed' = 'preamble';

  constructor(body: ReadableStream<Uint8Array>, boundary: string, options: MultipartOptions = {}) {
    const { maxHeaderBytes = 16 * 1024, chunkBytes = 256 * 1024 } = options;
    this.maxHeaderBytes = maxHeaderBytes;
    this.search = new DelimiterSearch(boundary);
    this.bytes = new Uint8Array(Math.max(chunkBytes, 2 * maxHeaderBytes));
    this.bytes.set([CR, LF]);
    this.end = 2;
    this.source = chunkSource(body);
  }

  /**
   * The next part; what is left of the one before is passed over. null after the closing delimiter.
   * @throws MultipartError
   */
  async next(): Promise<Part | null> {
    if (this.state === 'preamble') await this.passPreamble();
    while (this.state === 'part') await this.read();
    if (this.state === 'closed') {
      // A short epilogue is read, so that the client has sent all it wanted before it is answered.
      for (let chunks = 0; chunks < EPILOGUE_CHUNKS && (await this.fill()); chunks += 1) this.start = this.end;
      await this.cancel('the multipart body has ended');
      return null;
    }
    const headers = await this.readHeaders();
    this.state = 'part';
    return { headers, read: () => this.read() };
  }

  /** Stops reading. */
  async cancel(reason: string): Promise<void> {
    this.state = 'closed';
    await this.source.cancel(reason);
  }

  private async read(): Promise<Uint8Array | null> {
    if (this.state !== 'part') return null;
    for (;;) {
      const { data, delimiter } = this.search.scan(this.bytes, this.start, this.end);
      if (data > this.start) {
        const view = this.bytes.subarray(this.start, data);
        this.start = data;
        return view;
      }
      if (delimiter !== undefined) {
        this.pass(delimiter);
        return null;
      }
      if (!(await this.fill())) throw new MultipartError('truncated');
    }
  }

  private async passPreamble(): Promise<void> {
    for (;;) {
      const { data, delimiter } = this.search.scan(this.bytes, this.start, this.end);
      this.start = data;
      if (delimiter !== undefined) return this.pass(delimiter);
      if (!(await this.fill())) throw new MultipartError('no-boundary');
    }
  }

  private pass(delimiter: { readonly end: number; readonly closing: boolean }): void {
    this.start = delimiter.end;
    this.state = delimiter.closing ? 'closed' : 'between';
  }

  /** Header lines up to an empty line; none when the empty line comes first. */
  private async readHeaders(): Promise<Map<string, string>> {
    const headers = new Map<string, string>();
    let block = 0;
    for (;;) {
      const line = await this.readLine();
      block += line.length;
      if (block > this.maxHeaderBytes) throw new MultipartError('header-too-large');
      if (line === '') break;
      const colon = line.indexOf(':');
      if (colon <= 0) throw new MultipartError('malformed');
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    // The line end of the empty line may be the delimiter's: then the part has no body (RFC 2046 5.1.1).
    this.start -= 2;
    if (this.start < 0 || this.bytes[this.start] !== CR) {
      this.start += 2;
      return headers;
    }
    while (this.end - this.start < this.search.lengthWithEnd && (await this.fill()));
    const { data, delimiter } = this.search.scan(this.bytes, this.start, this.end);
    if (delimiter === undefined || data !== this.start) this.start += 2;
    return headers;
  }

  private async readLine(): Promise<string> {
    for (let from = this.start; ; ) {
      const at = this.bytes.subarray(0, this.end).indexOf(LF, from);
      if (at >= 0) {
        const end = at > this.start && this.bytes[at - 1] === CR ? at - 1 : at;
        const line = LATIN1.decode(this.bytes.subarray(this.start, end));
        this.start = at + 1;
        return line;
      }
      if (this.end - this.start > this.maxHeaderBytes) throw new MultipartError('header-too-large');
      const seen = this.end - this.start;
      if (!(await this.fill())) throw new MultipartError('truncated');
      from = this.start + seen;
    }
  }

  /** Moves what is unread (never much: less than a delimiter, or a header) to the front and reads on behind it. */
  private async fill(): Promise<boolean> {
    // The two bytes before are kept: they may be the line end that a delimiter begins with.
    const keep = Math.min(this.start, 2);
    const from = this.start - keep;
    this.bytes.copyWithin(0, from, this.end);
    this.end -= from;
    this.start = keep;
    const read = await this.source.read(this.bytes, this.end);
    if (read === null) return false;
    this.bytes = read.bytes;
    this.end = read.end;
    return true;
  }
}

const LATIN1 = new TextDecoder('latin1');

/** Reads behind what a buffer already holds. The buffer may be another one afterwards, with the same bytes in it. */
interface ChunkSource {
  read(bytes: Uint8Array, from: number): Promise<{ bytes: Uint8Array; end: number } | null>;
  cancel(reason: string): Promise<void>;
}

function chunkSource(body: ReadableStream<Uint8Array>): ChunkSource {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = body.getReader({ mode: 'byob' });
  } catch {
    return defaultSource(body.getReader());
  }
  return {
    async read(bytes, from) {
      // The buffer goes to the stream and comes back: what it held before `from` comes back too.
      const { value, done } = await byob.read(new Uint8Array(bytes.buffer as ArrayBuffer, from));
      if (done || value === undefined) return null;
      return { bytes: new Uint8Array(value.buffer), end: from + value.length };
    },
    cancel: (reason) => byob.cancel(reason),
  };
}

/** For bodies that are no byte streams. */
function defaultSource(reader: ReadableStreamDefaultReader<Uint8Array>): ChunkSource {
  let rest = EMPTY as Uint8Array;
  return {
    async read(bytes, from) {
      while (rest.length === 0) {
        const { value, done } = await reader.read();
        if (done) return null;
        rest = value;
      }
      const take = Math.min(rest.length, bytes.length - from);
      bytes.set(rest.subarray(0, take), from);
      rest = rest.subarray(take);
      return { bytes, end: from + take };
    },
    cancel: (reason) => reader.cancel(reason),
  };
}
