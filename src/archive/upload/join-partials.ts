import { ObjectMissing } from '../body/stream-pieces';
import type { Lease, Ledger } from '../memory/ledger';
import { newUnfiledVersion, unfiledKey } from '../object-keys';
import { type ObjectStore, PartsLostError } from '../object-store';
import type { Archive } from '../ports';
import type { Claim } from './claim';
import { isThere } from './complete';
import type { ClaimedUpload } from './ingest/ingests';
import { ObjectBytes } from './object-bytes';
import type { Upload, UploadedPart } from './uploads';

/** An upload whose file is whole. */
export type WholeUpload = ClaimedUpload & { readonly version: string };

/** Parts that are noted together: what an interruption costs at most. */
const NOTED_PARTS = 8;

/** Parts of one run: a run may send 1,000 statements to D1. */
const RUN_PARTS = 1000;

/** What a run that joins needs. */
export interface Joining {
  readonly archive: Archive;
  /** The archive's objects; calls are counted. */
  readonly objects: ObjectStore;
  readonly ledger: Ledger;
  readonly gone?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/**
 * Makes the file of a final upload from its partial uploads (tus 1.0 "Concatenation"), unless it is whole. R2 cannot join
 * objects, so the bytes are read and written once more, part by part, and an interrupted run is continued after its last noted
 * part.
 * @returns undefined when there is no time left
 * @throws ObjectMissing, ClaimLost, UnavailableError
 */
export async function joinPartials(
  joining: Joining,
  upload: ClaimedUpload,
  claim: Claim,
): Promise<WholeUpload | undefined> {
  const { partials, version, multipartID } = upload;
  if (version !== undefined && multipartID === undefined) return { ...upload, version };
  if (partials === undefined) throw new ObjectMissing('upload');
  const { ledger, gone } = joining;
  const memory: Lease = await ledger.take(upload.partBytes + BASE_BYTES, { purpose: 'upload', gone });
  try {
    const begun = version === undefined || multipartID === undefined ? await begin(joining, upload, claim) : upload;
    return await new PartialsJoin(joining, begun as BegunUpload, claim).all();
  } catch (error) {
    if (error instanceof PartsLostError) throw new ObjectMissing(unfiledKey(version ?? '', 'dcm'));
    throw error;
  } finally {
    memory.release();
  }
}

/** Bytes that are held beside a part: a chunk of the object that is read. */
const BASE_BYTES = 1024 * 1024;

type BegunUpload = WholeUpload & { readonly multipartID: string; readonly partials: readonly string[] };

async function begin({ archive, objects }: Joining, upload: ClaimedUpload, claim: Claim): Promise<ClaimedUpload> {
  const version = newUnfiledVersion();
  const multipartID = await objects.beginResumable(unfiledKey(version, 'dcm'));
  claim.hold(await archive.ingests.begin(upload.id, claim.run, version, multipartID));
  return { ...upload, version, multipartID };
}

class PartialsJoin {
  private readonly key: string;

  constructor(
    private readonly joining: Joining,
    private readonly upload: BegunUpload,
    private readonly claim: Claim,
  ) {
    this.key = unfiledKey(upload.version, 'dcm');
  }

  async all(): Promise<WholeUpload | undefined> {
    const { archive, objects, deadline } = this.joining;
    const { id, byteLength, partBytes, multipartID } = this.upload;
    const parts = [...(await archive.uploads.parts(id))];
    const from = parts.length;
    const source = await PartialBytes.of(objects, await this.partials(), from * partBytes);
    const buffer = new Uint8Array(Math.min(partBytes, byteLength));
    let unnoted: UploadedPart[] = [];
    try {
      for (let at = from * partBytes; at < byteLength || parts.length === 0; at += partBytes) {
        const part = buffer.subarray(0, Math.min(partBytes, byteLength - at));
        await source.fill(part);
        const sent = await objects.resume(this.key, multipartID).part(parts.length + 1, part);
        parts.push(sent);
        unnoted.push(sent);
        const isTimeUp = Date.now() >= deadline || parts.length - from >= RUN_PARTS;
        if (unnoted.length === NOTED_PARTS || isTimeUp) {
          this.claim.hold(await archive.ingests.noteParts(id, this.claim.run, unnoted, this.claim.next()));
          unnoted = [];
        }
        if (isTimeUp && at + partBytes < byteLength) return undefined;
      }
    } finally {
      await source.close();
    }
    if (unnoted.length > 0) {
      this.claim.hold(await archive.ingests.noteParts(id, this.claim.run, unnoted, this.claim.next()));
    }
    await this.complete(parts);
    this.claim.hold(await archive.ingests.complete(id, this.claim.run));
    return this.upload;
  }

  /** @throws ObjectMissing */
  private async partials(): Promise<readonly Upload[]> {
    const { partials } = this.upload;
    const found = await this.joining.archive.uploads.findAll([...new Set(partials)]);
    const byID = new Map(found.map((partial) => [partial.id, partial]));
    return partials.map((id) => {
      const partial = byID.get(id);
      if (partial?.version === undefined || partial.state !== 'received') throw new ObjectMissing('partial upload');
      return partial;
    });
  }

  /** An interrupted run may have completed the object: only this upload writes under its key. */
  private async complete(parts: readonly UploadedPart[]): Promise<void> {
    const { archive, objects } = this.joining;
    try {
      await objects.resume(this.key, this.upload.multipartID).complete(parts);
    } catch (error) {
      if (!(error instanceof PartsLostError) || !(await isThere(archive, this.key))) throw error;
    }
  }
}

/** The bytes of several uploads, one after the other. */
class PartialBytes {
  private open: ObjectBytes | undefined;

  private constructor(
    private readonly objects: ObjectStore,
    private readonly left: Upload[],
  ) {}

  /** @param from the first byte that is wanted */
  static async of(objects: ObjectStore, partials: readonly Upload[], from: number): Promise<PartialBytes> {
    const left = [...partials];
    let skipped = from;
    while (left[0] !== undefined && skipped >= left[0].byteLength) skipped -= left.shift()!.byteLength;
    const bytes = new PartialBytes(objects, left);
    bytes.next()?.seek(skipped);
    return bytes;
  }

  /** Fills a part. @throws ObjectMissing when the uploads end before */
  async fill(part: Uint8Array): Promise<void> {
    for (let filled = 0; filled < part.length; ) {
      const bytes = await this.open?.read(part.length - filled);
      if (bytes == null) {
        await this.close();
        if (this.next() === undefined) throw new ObjectMissing('partial upload');
        continue;
      }
      part.set(bytes, filled);
      filled += bytes.length;
    }
  }

  async close(): Promise<void> {
    await this.open?.close();
    this.open = undefined;
  }

  private next(): ObjectBytes | undefined {
    const partial = this.left.shift();
    if (partial === undefined) return undefined;
    this.open = new ObjectBytes(this.objects, unfiledKey(partial.version ?? '', 'dcm'), partial.byteLength);
    return this.open;
  }
}
