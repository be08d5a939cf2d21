import { fileStart } from '../../../dicom/part10/file-start';
import { HEAD_BYTES, isDirectory, isZip } from '../../../dicom/part10/media-file';
import type { ByteReader } from '../../store/incoming/byte-reader';

/**
 * What a file is, by its bytes. directory: a DICOMDIR (PS3.3 F), which names files and is no instance.
 */
export type FileKind = 'dicom' | 'directory' | 'zip' | 'other';

/**
 * Recognises a file.
 * @param head its first HEAD_BYTES bytes, or all of a shorter file
 */
export function recognise(head: Uint8Array): FileKind {
  if (isZip(head)) return 'zip';
  if (fileStart(head, 0, head.length) === undefined) return 'other';
  return isDirectory(head) ? 'directory' : 'dicom';
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
