import { logFailure } from '../../log';
import type { ObjectStore } from '../object-store';
import { BrokenOff, beforeAnswer } from './broken-off';
import { inRanges, lengthOf, made, type ObjectPiece, type Piece } from './pieces';

/** The index names an object that is not in the bucket: what was read from the index is out of date. */
export class ObjectMissing extends Error {
  override readonly name = 'ObjectMissing';
  /** @param object its key: UIDs and a version */
  constructor(readonly object: string) {
    super('An object is missing from the bucket.');
  }
}

/** A body that is being sent. `done` settles when the last byte has been sent, or when the client has disconnected. */
export interface Streaming {
  readonly body: ReadableStream<Uint8Array>;
  readonly done: Promise<void>;
}

/** What a body that holds memory of the isolate until it has been sent takes into account. */
export interface Holding {
  /**
   * Is aborted when the client has disconnected. The body then ends at once. Behind a proxy this may come late, or not
   * at all: the local server does not tell of a connection that was reset before the answer began.
   */
  readonly gone: AbortSignal;
  /** Whether other requests wait for memory. */
  readonly wanted: () => boolean;
}

/**
 * Objects that are opened before their turn, so that a response waits for R2's latency once and not once for each
 * object.
 */
const OPENED_AHEAD = 3;

/** Bytes that are opened before their turn, at most: the local runtime reads them into memory (`inRanges`). */
const MOST_AHEAD = 8 * 1024 ** 2;

/**
 * Streams pieces one after the other. Bytes of objects go from R2 to the client without passing through JavaScript,
 * except where a transform has to change them.
 * @param whole the pieces; long ones are read in several ranges
 * @param holding absent when the body holds no memory of the isolate
 * @param cut when it is aborted, the body breaks off, at the end of the piece where that is an object
 * @throws ObjectMissing when the first object is not there, and the error of making bytes when these come before any
 * object; a failure after that breaks the body off
 */
export async function streamPieces(
  objects: ObjectStore,
  whole: readonly Piece[],
  holding?: Holding,
  cut?: AbortSignal,
): Promise<Streaming> {
  const pieces = whole.flatMap((piece) => [...inRanges(piece)]);
  const opened = new OpenedAhead(
    objects,
    pieces.filter((piece): piece is ObjectPiece => 'key' in piece),
  );
  const first = pieces.find((piece) => !('bytes' in piece));
  const ahead = first !== undefined && 'make' in first ? await beforeAnswer(() => made(first)) : undefined;
  if (ahead === undefined) await opened.first();
  const { readable, writable } = new FixedLengthStream(lengthOf(pieces));
  const due = pieces.map((piece) =>
    piece === first && ahead !== undefined ? { bytes: ahead, length: ahead.length } : piece,
  );
  const done = pump(due, opened, writable, holding, cut);
  done.catch(() => undefined);
  return { body: readable, done };
}

/**
 * Logs why an answer breaks off that has begun: only the log can say it.
 * @returns the reason with which the body ends
 */
export function logBreak(error: unknown): unknown {
  if (error instanceof BrokenOff) error.log?.();
  if (!(error instanceof ObjectMissing)) return error;
  logFailure('object-lost', error);
  return new BrokenOff();
}

async function pump(
  pieces: readonly Piece[],
  opened: OpenedAhead,
  writable: WritableStream<Uint8Array>,
  holding: Holding | undefined,
  cut: AbortSignal | undefined,
): Promise<void> {
  try {
    for (const piece of pieces) {
      cut?.throwIfAborted();
      // A body that holds no memory sends short bytes without a wait: what follows in the stream waits for them.
      if (holding === undefined && 'bytes' in piece && piece.bytes.length <= SMALL) writeSmall(writable, piece.bytes);
      else await sendPiece(piece, () => opened.next(), writable, holding, cut);
    }
    await writable.close();
  } catch (error) {
    await opened.cancel();
    await writable.abort(logBreak(error)).catch(() => undefined);
    throw error;
  }
}

/**
 * Writes a piece to the body of a response.
 * @param open opens the piece's range of the object
 */
export async function sendPiece(
  piece: Piece,
  open: (piece: ObjectPiece) => Promise<ReadableStream<Uint8Array>>,
  writable: WritableStream<Uint8Array>,
  holding: Holding | undefined,
  cut?: AbortSignal,
): Promise<void> {
  if ('bytes' in piece) await write(writable, piece.bytes, holding, cut);
  else if ('make' in piece) await write(writable, await made(piece), holding, cut);
  else if (piece.transform === undefined) await (await open(piece)).pipeTo(writable, { preventClose: true });
  else await transform(await open(piece), piece.transform(), writable, cut);
}

/**
 * Opens the piece's range of its object.
 * @throws ObjectMissing
 */
export async function openPiece(
  objects: ObjectStore,
  { key, offset, span }: ObjectPiece,
): Promise<ReadableStream<Uint8Array>> {
  const stream = await objects.read(key, { offset, length: span });
  if (stream === null) throw new ObjectMissing(key);
  return stream;
}

/**
 * Bytes that the archive made stay in memory until the client has taken them. The archive waits for a slow client, but
 * ends a response when the client takes nothing for STALL_MS, so that other requests get the memory; while other
 * requests wait for it, already when the client takes less than WRITTEN_BYTES in WANTED_MS. Short bytes, such as the
 * header of a part, hold no memory themselves, but what comes after them may.
 */
async function write(
  writable: WritableStream<Uint8Array>,
  bytes: Uint8Array,
  holding: Holding | undefined,
  cut: AbortSignal | undefined,
): Promise<void> {
  if (holding?.gone.aborted) throw new Error('The client has disconnected.');
  const writer = writable.getWriter();
  if (bytes.length <= SMALL && holding === undefined) {
    await writer.write(bytes);
    writer.releaseLock();
    return;
  }
  const end = (reason: string) => void writer.abort(new Error(reason)).catch(() => undefined);
  const leave = () => end('The client has disconnected.');
  holding?.gone.addEventListener('abort', leave);
  try {
    for (let at = 0; at < bytes.length; at += WRITTEN_BYTES) {
      cut?.throwIfAborted();
      await watched(writer.write(bytes.subarray(at, at + WRITTEN_BYTES)), holding, () =>
        end('The client takes no bytes.'),
      );
    }
  } finally {
    holding?.gone.removeEventListener('abort', leave);
    if (cut?.aborted) writer.releaseLock();
  }
  writer.releaseLock();
}

/** Waits for a write. @param stalled is called when the client takes nothing for too long */
async function watched(writing: Promise<void>, holding: Holding | undefined, stalled: () => void): Promise<void> {
  let waited = 0;
  const timer = setInterval(() => {
    waited += WANTED_MS;
    if (waited >= STALL_MS || holding?.wanted()) stalled();
  }, WANTED_MS);
  try {
    await writing;
  } finally {
    clearInterval(timer);
  }
}

/** Does not wait: what follows in the stream fails when this write fails. */
function writeSmall(writable: WritableStream<Uint8Array>, bytes: Uint8Array): void {
  const writer = writable.getWriter();
  writer.write(bytes).catch(() => undefined);
  writer.releaseLock();
}

/** Bytes that are sent without a timer, like the bytes of objects, when the body holds no memory. */
const SMALL = 4096;

/** Bytes that are written at a time. */
const WRITTEN_BYTES = 128 * 1024;

/** Milliseconds for which a client may take no bytes. */
export const STALL_MS = 60_000;

/** Milliseconds in which a client has to take WRITTEN_BYTES while other requests wait for memory. */
export const WANTED_MS = 10_000;

async function transform(
  source: ReadableStream<Uint8Array>,
  change: ReturnType<NonNullable<ObjectPiece['transform']>>,
  writable: WritableStream<Uint8Array>,
  cut: AbortSignal | undefined,
): Promise<void> {
  const writer = writable.getWriter();
  const reader = source.getReader({ mode: 'byob' });
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  try {
    for (;;) {
      cut?.throwIfAborted();
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) break;
      const bytes = change.push(value);
      if (bytes.length > 0) await writer.write(bytes);
      buffer = value.buffer as ArrayBuffer;
    }
    const rest = change.end();
    if (rest.length > 0) await writer.write(rest);
    writer.releaseLock();
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    writer.releaseLock();
    throw error;
  }
}

/** Bytes that are read at a time. A default reader yields 4 KiB at a time, which takes twice as long. */
const CHUNK_BYTES = 256 * 1024;

/** Opens the object pieces in order, a few of them before they are needed. */
class OpenedAhead {
  private readonly queue: { readonly opening: Promise<ReadableStream<Uint8Array>>; readonly span: number }[] = [];
  private at = 0;

  constructor(
    private readonly objects: ObjectStore,
    private readonly pieces: readonly ObjectPiece[],
  ) {}

  /** Opens the first object, so that a missing one is known before the response begins. */
  async first(): Promise<void> {
    if (this.pieces.length === 0) return;
    this.fill(1);
    await this.queue[0]?.opening;
  }

  /** The next object's stream. */
  next(): Promise<ReadableStream<Uint8Array>> {
    this.fill(1 + OPENED_AHEAD);
    return this.queue.shift()!.opening;
  }

  /** Cancels what has been opened and not been taken. */
  async cancel(): Promise<void> {
    await Promise.allSettled(this.queue.map(async ({ opening }) => await (await opening).cancel()));
  }

  private fill(count: number): void {
    while (this.queue.length < count && this.at < this.pieces.length) {
      const piece = this.pieces[this.at]!;
      // The first one of the queue is the one whose turn it is.
      const ahead = this.queue.slice(1).reduce((sum, { span }) => sum + span, piece.span);
      if (this.queue.length > 0 && ahead > MOST_AHEAD) return;
      this.at += 1;
      const opening = openPiece(this.objects, piece);
      opening.catch(() => undefined);
      this.queue.push({ opening, span: piece.span });
    }
  }
}
