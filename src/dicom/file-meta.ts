import type { ByteWindow } from './byte-window';
import { explicitForm, readUint16, readUint32 } from './element-header';
import { DicomError } from './errors';
import { transferSyntaxOf } from './transfer-syntaxes';
import { decodeText } from './value-json';

const PREFIX_OFFSET = 128;
const PREFIX = [0x44, 0x49, 0x43, 0x4d];

/** No value that is of interest is longer. */
const MAX_UID_BYTES = 128;

/**
 * Reads preamble, prefix and File Meta Information (PS3.10 7.1), which is explicit VR little endian whatever follows.
 * The group length is not trusted: the group ends where another begins.
 */
export class FileMetaReader {
  transferSyntaxUID: string | undefined;
  sopClassUID: string | undefined;
  sopInstanceUID: string | undefined;

  #prefixed = false;
  #skip = 0;
  #groupEnd = -1;

  /** @returns whether the data set begins at the window's next byte; false when more bytes are needed */
  read(window: ByteWindow): boolean {
    if (!this.#prefixed) {
      if (!window.peek(PREFIX_OFFSET + PREFIX.length)) return false;
      const { bytes, at } = window;
      if (!PREFIX.every((byte, index) => bytes[at + PREFIX_OFFSET + index] === byte)) throw notPart10();
      window.consume(PREFIX_OFFSET + PREFIX.length);
      this.#prefixed = true;
    }
    for (;;) {
      this.#skip -= window.skip(this.#skip);
      if (this.#skip > 0) return false;
      // A deflated data set could begin with the very bytes of a tag of this group.
      const deflated = this.transferSyntaxUID !== undefined && transferSyntaxOf(this.transferSyntaxUID)?.deflated;
      if (deflated && window.offset === this.#groupEnd) return this.#complete();
      if (!window.peek(2)) return false;
      if (readUint16(window.bytes, window.at, false) !== 0x0002) return this.#complete();
      if (!this.#readElement(window)) return false;
    }
  }

  /** The file has no more bytes. */
  finish(window: ByteWindow): void {
    if (!this.#prefixed) throw notPart10();
    if (this.#skip === 0 && window.available === 0) {
      this.#complete();
      return;
    }
    throw new DicomError('truncated', 'the file ends inside the file meta information');
  }

  #complete(): true {
    if (this.transferSyntaxUID === undefined || !/^[0-9.]{1,64}$/.test(this.transferSyntaxUID)) {
      throw new DicomError('malformed', 'the file meta information names no usable transfer syntax', '00020010');
    }
    return true;
  }

  #readElement(window: ByteWindow): boolean {
    if (!window.peek(8)) return false;
    const form = explicitForm(window.bytes, window.at);
    if (!window.peek(form.size)) return false;
    const element = readUint16(window.bytes, window.at + 2, false);
    const lengthAt = window.at + form.lengthAt;
    const length =
      form.lengthAt === 6 ? readUint16(window.bytes, lengthAt, false) : readUint32(window.bytes, lengthAt, false);
    const wanted = element === 0x0000 || element === 0x0002 || element === 0x0003 || element === 0x0010;
    if (!wanted || length > MAX_UID_BYTES) {
      window.consume(form.size);
      this.#skip = length;
      return true;
    }
    if (!window.peek(form.size + length)) return false;
    const start = window.at + form.size;
    const text = (): string => decodeText(window.bytes, start, start + length, undefined, false, false).trim();
    if (element === 0x0002) this.sopClassUID ??= text();
    else if (element === 0x0003) this.sopInstanceUID ??= text();
    else if (element === 0x0010) this.transferSyntaxUID ??= text();
    else if (length === 4) {
      this.#groupEnd = window.offset + form.size + length + readUint32(window.bytes, start, false);
    }
    window.consume(form.size + length);
    return true;
  }
}

function notPart10(): DicomError {
  return new DicomError('not-part10', 'not a DICOM file: the prefix DICM is missing');
}
