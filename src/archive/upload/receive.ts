import { discard } from '../bytes';
import { restKey, unfiledKey } from '../object-keys';
import { PartsLostError } from '../object-store';
import type { ByteReader } from '../store/incoming/byte-reader';
import { completeObject, lose, type UploadArchive } from './complete';
import { expiryOf, LEASE_MS, NOTE_MS, RENEWAL_MS } from './upload-terms';
import type { Progress, Upload, UploadedPart } from './uploads';

/** Checks the bytes of a request against the digest that the client has sent. */
export interface Checksum {
  update(bytes: Uint8Array): Promise<void>;
  /** Called once, after the last byte. */
  matches(): Promise<boolean>;
}

/**
 * What became of the bytes of a request.
 *
 * - `kept`: they count. If the body broke off, so do the bytes before.
 * - `mismatch`: the digest differs, or the body broke off before it could be checked. None of them counts.
 * - `too-long`: there are more than the upload takes. Those of whole parts may count.
 * - `superseded`: another request has taken the lease, or the upload was removed. Bytes after the last noted part do not count.
 * - `lost`: bytes of earlier requests are not in the bucket any more.
 */
export interface Receipt {
  readonly outcome: 'kept' | 'mismatch' | 'too-long' | 'superseded' | 'lost';
  /** The upload as it is now; undefined when it is gone. */
  readonly upload: Upload | undefined;
}

/** The most bytes that one request holds, beside a chunk of its body. */
export function receiptBytes({ partBytes, byteLength }: Pick<Upload, 'partBytes' | 'byteLength'>): number {
  return Math.min(partBytes, byteLength);
}

/** A body as it arrives. */
export interface Body extends ByteReader {
  /** Whether it broke off, instead of ending. */
  readonly isBroken: boolean;
}

/** Reads the bytes of an upload while they go to R2. */
export interface PartReader {
  /** Reads a part, which is valid until this resolves. It must not throw. */
  read(part: Uint8Array): Promise<void>;
}

/**
 * Adds the bytes of one request to an upload. A part goes to R2 as soon as it is full and the next byte is there. The
 * index notes the first one at once, then what has arrived since the last note, at most every NOTE_MS, and the rest at
 * the end. The bytes after the last whole part become an object of their own. Bytes that were noted count, whenever the
 * request ends. If the client disconnects, the other bytes that had arrived count too.
 * @param upload with the lease of this request
 * @param checksum nothing counts unless it matches
 * @param partReader gets every part that this request sends to R2
 * @throws UnavailableError; the lease is given back
 */
export async function receive(
  archive: UploadArchive,
  upload: Upload,
  body: Body,
  checksum: Checksum | undefined,
  partReader?: PartReader,
): Promise<Receipt> {
  const receiving = new Receiving(archive, upload, checksum, partReader);
  const renewal = setInterval(() => void receiving.renew(), RENEWAL_MS);
  try {
    return await receiving.all(body);
  } finally {
    clearInterval(renewal);
    receiving.discardBuffer();
    await receiving.giveBack();
  }
}

/** Why a request stops before its end. */
class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly outcome: Receipt['outcome']) {
    super(outcome);
  }
}

/** One request that adds to an upload. */
class Receiving {
  /** The bytes after the last whole part that R2 has. */
  private buffer: Uint8Array<ArrayBuffer>;
  private filled = 0;
  /** Bytes in whole parts that R2 has. */
  private parted: number;
  /** Parts that the index has not noted. */
  private parts: UploadedPart[] = [];
  private version: string | undefined;
  private multipartID: string | undefined;
  /** What the index has noted. */
  private noted: Pick<Progress, 'offset' | 'rest' | 'version' | 'multipartID'>;
  private readonly lease: string;
  private leasedUntil: number;
  private notedAt = 0;
  private isSuperseded = false;
  /** The lease was given back with the last note. */
  private isDone = false;

  constructor(
    private readonly archive: UploadArchive,
    private readonly upload: Upload,
    private readonly checksum: Checksum | undefined,
    private readonly partReader: PartReader | undefined,
  ) {
    const { offset, rest, version, multipartID, lease, leasedUntil } = upload;
    this.buffer = new Uint8Array(receiptBytes(upload));
    this.parted = offset - (rest?.length ?? 0);
    this.version = version;
    this.multipartID = multipartID;
    this.noted = { offset, rest, version, multipartID };
    this.lease = lease!;
    this.leasedUntil = leasedUntil;
  }

  async all(body: Body): Promise<Receipt> {
    try {
      await this.readRest();
      for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) {
        await this.checksum?.update(chunk);
        await this.add(chunk);
      }
      const isWrong = this.checksum !== undefined && (body.isBroken || !(await this.checksum.matches()));
      if (isWrong) throw new Stopped('mismatch');
      return { outcome: 'kept', upload: await this.end() };
    } catch (error) {
      if (error instanceof PartsLostError) {
        return { outcome: 'lost', upload: await lose(this.archive, this.upload, Date.now()) };
      }
      if (!(error instanceof Stopped)) throw error;
      await this.abortUnnoted();
      return { outcome: error.outcome, upload: await this.archive.uploads.find(this.upload.id) };
    }
  }

  /** Keeps the lease while the request works. */
  async renew(): Promise<void> {
    const until = Date.now() + LEASE_MS;
    try {
      if (await this.archive.uploads.renew(this.upload.id, this.lease, until)) this.leasedUntil = until;
      else this.isSuperseded = true;
    } catch {
      // The index is asked again, at the latest before the next part is written.
    }
  }

  /** Gives the lease back; what was noted stays. If that fails, the lease runs out. */
  async giveBack(): Promise<void> {
    if (this.isDone) return;
    await this.archive.uploads.renew(this.upload.id, this.lease, 0).catch(() => undefined);
  }

  /** Frees the part at once: requests follow each other faster than the garbage collector runs. */
  discardBuffer(): void {
    discard(this.buffer);
  }

  private async readRest(): Promise<void> {
    const { rest } = this.upload;
    if (rest === undefined) return;
    const body = await this.archive.objects.read(restKey(rest.version));
    if (body === null) throw new PartsLostError('the rest is missing');
    const reader = body.getReader({ mode: 'byob' });
    while (this.filled < rest.length) {
      const room = new Uint8Array(this.buffer.buffer, this.filled, rest.length - this.filled);
      const { value, done } = await reader.read(room);
      if (done || value === undefined) throw new PartsLostError('the rest is not complete');
      this.buffer = new Uint8Array(value.buffer as ArrayBuffer);
      this.filled += value.length;
    }
    reader.releaseLock();
  }

  private async add(chunk: Uint8Array): Promise<void> {
    if (this.offset + chunk.length > this.upload.byteLength) throw new Stopped('too-long');
    for (let at = 0; at < chunk.length; ) {
      // Not earlier: the last part may be shorter than the others, and it may be the whole object.
      if (this.filled === this.upload.partBytes) await this.sendWholePart();
      const some = chunk.subarray(at, at + this.buffer.length - this.filled);
      this.buffer.set(some, this.filled);
      this.filled += some.length;
      at += some.length;
    }
  }

  private async sendWholePart(): Promise<void> {
    await this.sendPart();
    const now = Date.now();
    if (this.checksum === undefined && now - this.notedAt >= NOTE_MS) await this.note(undefined, now + LEASE_MS);
  }

  private async sendPart(): Promise<void> {
    // Without the lease, the part could replace the one that another request has written meanwhile.
    if (Date.now() >= this.leasedUntil) await this.renew();
    if (this.isSuperseded || Date.now() >= this.leasedUntil) throw new Stopped('superseded');
    const { objects } = this.archive;
    this.version ??= this.lease;
    const key = unfiledKey(this.version, 'dcm');
    this.multipartID ??= await objects.beginResumable(key);
    const number = Math.floor(this.parted / this.upload.partBytes) + 1;
    const bytes = this.buffer.subarray(0, this.filled);
    const sending = objects.resume(key, this.multipartID).part(number, bytes);
    // The buffer is not free before both are done, whether the part arrives or not.
    const [sent] = await Promise.allSettled([sending, this.partReader?.read(bytes)]);
    if (sent.status === 'rejected') throw sent.reason;
    this.parts.push(sent.value);
    this.parted += this.filled;
    this.filled = 0;
  }

  /** @throws Stopped when another request has the lease */
  private async end(): Promise<Upload | undefined> {
    const { id, byteLength, partBytes } = this.upload;
    const isWhole = this.offset === byteLength;
    if (isWhole && this.multipartID === undefined) return await this.putWhole();
    if (isWhole) return await this.completeWhole();
    if (this.filled === partBytes) await this.sendPart();
    await this.note(await this.putRest(), 0);
    this.isDone = true;
    return await this.archive.uploads.find(id);
  }

  /** The file fits one part, so this is the object. */
  private async putWhole(): Promise<Upload | undefined> {
    const { uploads, objects } = this.archive;
    const { id } = this.upload;
    await objects.create(unfiledKey(this.lease, 'dcm'), this.buffer.subarray(0, this.filled));
    if (!(await uploads.finish(id, this.lease, this.lease, Date.now()))) throw new Stopped('superseded');
    this.isDone = true;
    return await uploads.find(id);
  }

  /** The index notes the last part before the object is completed, so that another request can complete it. */
  private async completeWhole(): Promise<Upload | undefined> {
    if (this.filled > 0) await this.sendPart();
    await this.note(undefined, Date.now() + LEASE_MS);
    const { version = '', multipartID = '' } = this;
    const completed = await completeObject(this.archive, { ...this.upload, version, multipartID }, Date.now());
    this.isDone = true;
    if (completed === undefined) throw new Stopped('superseded');
    if (completed.state === 'failed') throw new Stopped('lost');
    return completed;
  }

  /** @returns the bytes after the last whole part; as they were, if this request has added none */
  private async putRest(): Promise<Progress['rest']> {
    if (this.filled === 0) return undefined;
    const { offset, rest } = this.noted;
    if (this.offset === offset) return rest;
    await this.archive.objects.create(restKey(this.lease), this.buffer.subarray(0, this.filled));
    return { version: this.lease, length: this.filled };
  }

  /** @throws Stopped when another request has the lease */
  private async note(rest: Progress['rest'], until: number): Promise<void> {
    const { id, createdAt } = this.upload;
    const now = Date.now();
    const { version, multipartID, parts } = this;
    const noted = { offset: this.parted + (rest?.length ?? 0), rest, version, multipartID };
    const progress: Progress = { ...noted, parts, until, expiresAt: expiryOf(createdAt, now) };
    if (!(await this.archive.uploads.advance(id, this.lease, progress, now))) throw new Stopped('superseded');
    this.noted = noted;
    this.notedAt = now;
    this.parts = [];
    this.leasedUntil = until;
  }

  /** Ends a multipart upload that the index has not noted. */
  private async abortUnnoted(): Promise<void> {
    const { version, multipartID } = this;
    if (version === undefined || multipartID === undefined || multipartID === this.noted.multipartID) return;
    const upload = this.archive.objects.resume(unfiledKey(version, 'dcm'), multipartID);
    await upload.abort().catch(() => undefined);
  }

  private get offset(): number {
    return this.parted + this.filled;
  }
}
