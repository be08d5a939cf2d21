import type { UploadedPart } from './upload/uploads';

/** Immutable objects by key. Keys are relative to the archive, and of one of OBJECT_KINDS (object-keys.ts). */
export interface ObjectStore {
  /**
   * Writes a whole object.
   * @param sha256 the digest of the bytes, if it is known: an object whose bytes arrive differently is refused
   */
  put(key: string, bytes: Uint8Array, sha256?: ArrayBuffer): Promise<void>;
  /** Writes a whole object, unless an object exists under the key: then nothing changes. */
  create(key: string, bytes: Uint8Array): Promise<void>;
  /** Begins an object that is written in parts. Each part has `partBytes` bytes, except the last. */
  begin(key: string): Promise<ObjectUpload>;
  /**
   * Begins an object whose parts are written by several requests.
   * @returns the id that `resume` takes
   */
  beginResumable(key: string): Promise<string>;
  /** Continues such an object. No call is made yet, so an invalid id is noticed later. */
  resume(key: string, id: string): ResumedUpload;
  /**
   * Opens an object, or `length` bytes of it beginning at `offset`.
   * @returns null when there is no such object
   */
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | null>;
  /**
   * What the bucket says of an object that is not empty; null when there is no such object. It reads the last byte: a bucket may
   * still list an object whose bytes are gone.
   */
  look(key: string): Promise<HeldObject | null>;
  /**
   * Writes the bytes of one object under another key, in place of what is there. They are streamed from the bucket to the bucket.
   * @throws Error when there is no such object, or when its bytes have another length or digest
   */
  copy(from: string, to: string, bytes: CopiedBytes): Promise<void>;
  /**
   * Deletes objects. A key without an object is not an error. A request may delete only objects that it has written
   * itself and that no row has ever named. Only the sweeper deletes other objects (sweep.ts).
   */
  delete(keys: readonly string[]): Promise<void>;
  /** Lists keys in order, at most 1000 for each call. @param cursor a key: only those after it */
  list(prefix: string, cursor?: string): Promise<ObjectList>;
}

/** @see ObjectStore.look */
export interface HeldObject {
  readonly byteLength: number;
  /** SHA-256 that the bucket has kept of the bytes, hexadecimal; absent where it has kept none. */
  readonly sha256?: string | undefined;
}

/** @see ObjectStore.copy */
export interface CopiedBytes {
  readonly byteLength: number;
  /** The digest of the bytes, if it is known. Only an object that is written as a whole is compared with it. */
  readonly sha256?: ArrayBuffer | undefined;
  /** A longer object is written in parts of this length, at least 5 MiB (R2). */
  readonly partBytes: number;
}

/** One page of a listing. `uploaded`: milliseconds since 1970. */
export interface ObjectList {
  readonly objects: readonly { readonly key: string; readonly byteLength: number; readonly uploaded: number }[];
  /** The last of these keys; absent on the last page. */
  readonly cursor?: string;
}

/** A part of an object, bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** An object that is being written in parts. It cannot be read before `complete`. */
export interface ObjectUpload {
  /** Parts are numbered from 1, in their order in the object. Calls may overlap. */
  part(number: number, bytes: Uint8Array): Promise<void>;
  /** Makes the object from its parts. */
  complete(): Promise<void>;
  /** Gives the object up; its parts are deleted. */
  abort(): Promise<void>;
}

/** An object that several requests write in parts. The caller keeps the parts. */
export interface ResumedUpload {
  /**
   * Writes a part, in place of one with the same number.
   * @throws PartsLostError when there is no such upload
   */
  part(number: number, bytes: Uint8Array): Promise<UploadedPart>;
  /**
   * Makes the object from these parts, which are all parts in their order.
   * @throws PartsLostError when there is no such upload, or a part is not there any more
   */
  complete(parts: readonly UploadedPart[]): Promise<void>;
  /** Gives the object up; its parts are deleted. It is no error when there is no such upload. */
  abort(): Promise<void>;
}

/** The bucket has lost parts of an object, or the whole upload. */
export class PartsLostError extends Error {
  override readonly name = 'PartsLostError';
}
