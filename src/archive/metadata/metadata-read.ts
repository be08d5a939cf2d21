import { decodeBase64 } from '../../dicom/values/base64';
import { ObjectMissing } from '../body/stream-pieces';
import { through } from '../bytes';
import type { ByteRange, ObjectStore } from '../object-store';
import { MEMBER_HEADER_BYTES } from './metadata-segment';

/** A gzip member of a metadata segment. */
export interface MemberSource {
  /** Start of the member in the object, bytes. */
  readonly offset: number;
  readonly member: Uint8Array;
}

/** A segment: an R2 object, or text in the index. */
export interface StoredSegment {
  readonly key: string;
  readonly content: string | null;
  /** Length of the object, where it is known: a short object is then read at once. */
  readonly byteLength?: number;
}

/** A segment before its turn: a short one is read, of a long one the stream is opened. */
export type EarlySegment = Uint8Array | ReadableStream<Uint8Array>;

/** Longest object that is read at once, bytes. */
export const SHORT_OBJECT_BYTES = 256 * 1024;

/**
 * Reads the whole object of a segment that is known to be short.
 * @throws ObjectMissing
 */
export async function readShort(objects: ObjectStore, { key, byteLength = 0 }: StoredSegment): Promise<Uint8Array> {
  const stream = await objects.read(key);
  if (stream === null) throw new ObjectMissing(key);
  return await readExactly(stream, byteLength, key);
}

/**
 * Opens the object of a segment that is not short.
 * @throws ObjectMissing
 */
export async function openLong(objects: ObjectStore, { key }: StoredSegment): Promise<ReadableStream<Uint8Array>> {
  const stream = await objects.read(key);
  if (stream === null) throw new ObjectMissing(key);
  return stream;
}

/**
 * Reads a segment member by member, with at most one R2 read for all members.
 * @param early its object, when it is read or opened already
 * @throws ObjectMissing
 */
export async function* readMembers(
  objects: ObjectStore,
  segment: StoredSegment,
  early?: Promise<EarlySegment>,
): AsyncGenerator<MemberSource> {
  const { content, byteLength = Number.POSITIVE_INFINITY } = segment;
  if (content !== null) {
    yield onlyMember(content);
    return;
  }
  if (byteLength <= SHORT_OBJECT_BYTES) {
    yield* membersWithin((await (early ?? readShort(objects, segment))) as Uint8Array);
    return;
  }
  const stream = (await (early ?? openLong(objects, segment))) as ReadableStream<Uint8Array>;
  const reader = stream.getReader({ mode: 'byob' });
  try {
    const first = await reader.readAtLeast(MEMBER_HEADER_BYTES, new Uint8Array(MEMBER_HEADER_BYTES));
    let header = first.value;
    for (let offset = MEMBER_HEADER_BYTES; header?.length === MEMBER_HEADER_BYTES; ) {
      const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
      // The header of the next member is read along with this member: each read is a call out of JavaScript.
      const size = length + MEMBER_HEADER_BYTES;
      const { value } = await reader.readAtLeast(size, new Uint8Array(size));
      if (value === undefined || value.length < length) throw new Error('A metadata segment is cut short.');
      yield { offset, member: value.subarray(0, length) };
      header = value.subarray(length);
      offset += size;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function* membersWithin(object: Uint8Array): Generator<MemberSource> {
  const lengths = new DataView(object.buffer, object.byteOffset, object.length);
  for (let at = 0; at < object.length; ) {
    const offset = at + MEMBER_HEADER_BYTES;
    at = offset + lengths.getUint32(at);
    yield { offset, member: object.subarray(offset, at) };
  }
}

/**
 * Reads one member alone.
 * @throws ObjectMissing
 */
export async function readMember(
  objects: ObjectStore,
  { key, content }: StoredSegment,
  range: ByteRange,
): Promise<MemberSource> {
  if (content !== null) return onlyMember(content);
  const { offset, length } = range;
  const stream = await objects.read(key, { offset, length });
  if (stream === null) throw new ObjectMissing(key);
  return { offset, member: await readExactly(stream, length, key) };
}

function onlyMember(content: string): MemberSource {
  const member = decodeBase64(content);
  if (member === undefined) throw new Error('A metadata segment of the index cannot be read.');
  return { offset: MEMBER_HEADER_BYTES, member };
}

/**
 * Inflates a member.
 * @returns the text of the member: `,{...},{...}` in UTF-8
 */
export async function inflateMember(member: Uint8Array): Promise<Uint8Array> {
  return await through(new DecompressionStream('gzip'), [member]);
}

/**
 * Reads a stream that holds this many bytes.
 * @param key of the object that the stream reads
 * @throws ObjectMissing when it ends before
 */
export async function readExactly(
  stream: ReadableStream<Uint8Array>,
  length: number,
  key: string,
): Promise<Uint8Array> {
  // A reader does not accept an empty view.
  if (length === 0) {
    await stream.cancel();
    return new Uint8Array(0);
  }
  const reader = stream.getReader({ mode: 'byob' });
  const { value } = await reader.readAtLeast(length, new Uint8Array(length));
  await reader.cancel();
  if (value === undefined || value.length < length) throw new ObjectMissing(key);
  return value;
}

/**
 * Reads a stream to its end, which comes after this many bytes.
 * @throws Error when the stream breaks off
 */
export async function readWhole(stream: ReadableStream<Uint8Array>, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of stream) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
