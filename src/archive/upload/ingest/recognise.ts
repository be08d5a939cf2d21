import { fileStart } from '../../../dicom/part10/file-start';
import type { ByteReader } from '../../store/incoming/byte-reader';

/**
 * What a file is, by its bytes. directory: a DICOMDIR (PS3.3 F), which names files and is no instance.
 */
export type FileKind = 'dicom' | 'directory' | 'zip' | 'other';

/** Bytes that are enough to recognise a file. */
export const HEAD_BYTES = 512;

/**
 * Recognises a file.
 * @param head its first HEAD_BYTES bytes, or all of a shorter file
 */
export function recognise(head: Uint8Array): FileKind {
  if (isZip(head)) return 'zip';
  if (fileStart(head, 0, head.length) === undefined) return 'other';
  return isDirectory(head) ? 'directory' : 'dicom';
}

/** The signatures with which an archive begins: a member, the end of an empty archive, or a split archive. */
function isZip(head: Uint8Array): boolean {
  if (head.length < 4 || head[0] !== 0x50 || head[1] !== 0x4b) return false;
  const rest = (head[2]! << 8) | head[3]!;
  return rest === 0x0304 || rest === 0x0506 || rest === 0x0708;
}

/** Media Storage SOP Class UID (0002,0002) in Explicit VR Little Endian, and the UID of a Media Storage Directory. */
const MEDIA_STORAGE_DIRECTORY = '\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10';

function isDirectory(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head).includes(MEDIA_STORAGE_DIRECTORY);
}

/** A source whose first bytes can be looked at before it is read. */
export class PeekedSource implements ByteReader {
  private rest: Uint8Array | undefined;
  private given = false;

  private constructor(
    private readonly source: ByteReader,
    /** The first HEAD_BYTES bytes, or all of a shorter source. */
    readonly head: Uint8Array,
    rest: Uint8Array,
  ) {
    this.rest = rest;
  }

  static async of(source: ByteReader): Promise<PeekedSource> {
    const head = new Uint8Array(HEAD_BYTES);
    let filled = 0;
    let rest: Uint8Array = new Uint8Array(0);
    while (filled < HEAD_BYTES) {
      const bytes = await source.read();
      if (bytes === null) break;
      const taken = Math.min(bytes.length, HEAD_BYTES - filled);
      head.set(bytes.subarray(0, taken), filled);
      filled += taken;
      rest = bytes.subarray(taken);
    }
    return new PeekedSource(source, head.subarray(0, filled), rest);
  }

  async read(): Promise<Uint8Array | null> {
    if (!this.given) {
      this.given = true;
      if (this.head.length > 0) return this.head;
    }
    const { rest } = this;
    this.rest = undefined;
    if (rest !== undefined && rest.length > 0) return rest;
    return await this.source.read();
  }
}
