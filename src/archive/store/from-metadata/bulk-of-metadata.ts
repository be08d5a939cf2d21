import type { DicomJson } from '../../../dicom/json/json-model';
import { type CodeStream, transferSyntaxOfCodeStream } from '../../../dicom/pixels/code-stream';
import { describeImage } from '../../../dicom/pixels/image-description';
import type { ByteReader } from '../incoming/byte-reader';
import type { Spool, SpooledPiece } from './spool';

/** A part of bulk data as it arrives, with what its headers say. */
export interface IncomingBulk extends ByteReader {
  /** The media type in lower case, without parameters. */
  readonly mediaType?: string | undefined;
  readonly transferSyntaxUID?: string | undefined;
  /** URI by which metadata refers to it, absolute or relative. */
  readonly location?: string | undefined;
  /** Content-ID, for a URI of the scheme cid. */
  readonly id?: string | undefined;
}

/** One part of bulk data: a value, or one frame of a value. */
export interface BulkPart {
  readonly piece: SpooledPiece;
  /** The media type in lower case, without parameters. */
  readonly mediaType: string;
  /** The transfer syntax that the part's Content-Type names. */
  readonly transferSyntaxUID: string | undefined;
  /** Detected from the first bytes. */
  readonly codeStream: CodeStream | undefined;
  /** Image attributes read from the first bytes. */
  readonly image: DicomJson | undefined;
}

/** The media type of bytes of any kind (RFC 2046 4.5.1). */
export const OCTETS = 'application/octet-stream';

/** A frame of pixel data, named as a frame resource (PS3.18 10.4.1.1.6). */
const FRAME = /^(.*)\/frames\/([1-9]\d{0,8})$/;

/**
 * The bulk data parts of one request, by Content-Location (PS3.18 10.5.1.4, RFC 2557). A Content-Location and a
 * BulkDataURI match when they resolve to the same URI, each against the URI of the request, so either may be absolute
 * or relative. Content-ID is accepted too, for a URI of the scheme cid (RFC 2392). Several parts with one location are
 * frames, in the order in which they arrived.
 */
export class BulkOfMetadata {
  private readonly byLocation = new Map<string, BulkPart[]>();
  private readonly byFrame = new Map<string, Map<number, BulkPart>>();
  private readonly unused = new Set<BulkPart>();

  /** @param baseURI of the request */
  constructor(
    private readonly spool: Spool,
    private readonly baseURI: string,
  ) {}

  /**
   * @returns false when there are too many parts
   * @throws the error of reading the part; the part is then not added
   */
  async add(part: IncomingBulk): Promise<boolean> {
    const { mediaType = OCTETS, transferSyntaxUID, id, location } = part;
    const written = await this.spool.write(part);
    if (written === undefined) return false;
    const codeStream = transferSyntaxOfCodeStream(written.head);
    const bulk: BulkPart = {
      piece: written.piece,
      mediaType,
      transferSyntaxUID,
      codeStream,
      image: codeStream && describeImage(written.head.subarray(codeStream.offset)),
    };
    this.unused.add(bulk);
    if (id !== undefined) this.put(`cid:${id.trim().replace(/^<(.*)>$/, '$1')}`, bulk);
    if (location !== undefined) this.put(this.resolved(location), bulk);
    return true;
  }

  /**
   * The parts that a BulkDataURI stands for. Frames that are named by number are returned only if all of them are
   * there.
   */
  find(uri: string): readonly BulkPart[] | undefined {
    const key = this.resolved(uri);
    return this.used(this.byLocation.get(key) ?? inOrder(this.byFrame.get(key)));
  }

  /**
   * The frames that arrived under the URI of an instance, whatever its base is: the URI under which frames are
   * retrieved.
   */
  framesOf(sopInstanceUID: string): readonly BulkPart[] | undefined {
    for (const [key, frames] of this.byFrame) {
      if (key.endsWith(`/instances/${sopInstanceUID}`)) return this.used(inOrder(frames));
    }
    return undefined;
  }

  /** The number of parts that no metadata refers to. */
  get unreferenced(): number {
    return this.unused.size;
  }

  private put(location: string, bulk: BulkPart): void {
    const parts = this.byLocation.get(location);
    if (parts === undefined) this.byLocation.set(location, [bulk]);
    else parts.push(bulk);
    const [, of, number] = FRAME.exec(location) ?? [];
    if (of === undefined) return;
    const frames = this.byFrame.get(of) ?? new Map<number, BulkPart>();
    this.byFrame.set(of, frames.set(Number(number), bulk));
  }

  private used(parts: readonly BulkPart[] | undefined): readonly BulkPart[] | undefined {
    for (const part of parts ?? []) this.unused.delete(part);
    return parts;
  }

  private resolved(uri: string): string {
    const text = uri.trim().replace(/^<(.*)>$/, '$1');
    try {
      return new URL(text, this.baseURI).href;
    } catch {
      return text;
    }
  }
}

function inOrder(frames: ReadonlyMap<number, BulkPart> | undefined): BulkPart[] | undefined {
  if (frames === undefined) return undefined;
  const parts: BulkPart[] = [];
  for (let number = 1; number <= frames.size; number += 1) {
    const part = frames.get(number);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}
