/** A stream that is read into a buffer. */
export interface BufferedSource {
  /**
   * Adds bytes at `end`. The given buffer may be detached by the read: use the buffer in the result.
   * @returns null at the end of the stream
   */
  read(bytes: Uint8Array<ArrayBuffer>, end: number): Promise<Filled | null>;
  /** Stops reading. Another reader can read the rest of the stream, unless a read is still pending. */
  release(): void;
}

/** The buffer after a read; bytes[0, end) are filled. */
export interface Filled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly end: number;
}

/**
 * Reads a stream into the caller's buffer (WHATWG Streams 4.5) if the stream supports that. The default reader of a
 * request's body yields 4 KiB at a time on Workers.
 * @param leastBytes how many bytes a read waits for, unless the stream ends first. A store waits for one byte: a client
 * may keep its request open after the closing delimiter, and must still get its answer.
 */
export function bufferedSource(body: ReadableStream<Uint8Array>, leastBytes = 1): BufferedSource {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: 'byob' });
  } catch {
    return byChunks(body.getReader());
  }
  return {
    async read(bytes, end) {
      const room = new Uint8Array(bytes.buffer, end);
      const { value } = await readMuch(reader, room, leastBytes).catch(withoutFrames);
      // The last bytes may arrive together with the end.
      if (value === undefined || value.byteLength === 0) return null;
      return { bytes: new Uint8Array(value.buffer as ArrayBuffer), end: end + value.byteLength };
    },
    release: () => release(reader),
  };
}

async function readMuch(
  reader: ReadableStreamBYOBReader,
  room: Uint8Array<ArrayBuffer>,
  leastBytes: number,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  if (!('readAtLeast' in reader)) return await (reader as ReadableStreamBYOBReader).read(room);
  return await reader.readAtLeast(Math.min(room.length, leastBytes), room);
}

/**
 * Frees the memory behind the error of a client that has disconnected. The stream keeps the error, and the frames of the
 * error's stack keep the reader of the stream with all its buffers. The runtime cannot collect such a circle (workerd
 * 1.20261102), so the memory would stay as long as the isolate lives. Reading the stack turns it into a text, and frees
 * the frames.
 */
export function withoutFrames(error: unknown): never {
  if (error instanceof Error) void error.stack;
  throw error;
}

function release(reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>): void {
  try {
    reader.releaseLock();
  } catch {
    // On Workers, a reader that waits for bytes cannot release its lock.
  }
}

function byChunks(reader: ReadableStreamDefaultReader<Uint8Array>): BufferedSource {
  let chunk = new Uint8Array(0);
  return {
    async read(bytes, end) {
      while (chunk.length === 0) {
        const { value, done } = await reader.read().catch(withoutFrames);
        if (done) return null;
        chunk = value as Uint8Array<ArrayBuffer>;
      }
      const taken = chunk.subarray(0, bytes.length - end);
      bytes.set(taken, end);
      chunk = chunk.subarray(taken.length);
      return { bytes, end: end + taken.length };
    },
    release: () => release(reader),
  };
}
