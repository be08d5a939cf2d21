import type { ByteWindow } from '../data-set/byte-window';
import { explicitForm, lengthOf, readUint16, readUint32 } from '../data-set/header-form';
import { type Fit, fitOfNext, type Judge, strangeForm } from '../data-set/strange-header';
import { transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import { DicomError } from '../errors';
import { decodeText } from '../values/value-json';
import type { WarningList } from '../warnings';
import { dataSetSyntax, fileStart, PREAMBLE_AND_PREFIX } from './file-start';

const GROUP = 0x0002;
const GROUP_LENGTH = '00020000';
const TRANSFER_SYNTAX_UID = '00020010';

/** No value that the reader needs is longer. */
const MAX_UID_BYTES = 128;

/**
 * The number of first bytes of a data set from which its transfer syntax is guessed when the meta information is
 * missing.
 */
const TELLING_BYTES = 128;

/**
 * Reads everything before the data set: preamble, prefix and File Meta Information (PS3.10 7.1). The latter is explicit
 * VR little endian, whatever follows. All of them may be missing. The group length is not trusted: the group ends where
 * another group begins.
 */
export class FileMetaReader {
  transferSyntaxUID: string | undefined;
  sopClassUID: string | undefined;
  sopInstanceUID: string | undefined;
  /** The file names no transfer syntax; it was guessed from the data set. */
  guessed = false;

  readonly #warnings: WarningList;
  #begun = false;
  #empty = true;
  #bigEndian = false;
  #skip = 0;
  #groupEnd = -1;

  constructor(warnings: WarningList) {
    this.#warnings = warnings;
  }

  /**
   * @returns whether the data set begins at the window's next byte; false when more bytes are needed
   * @throws DicomError `not-part10` when the file is not a DICOM file
   */
  read(window: ByteWindow): boolean {
    return this.#read(window, false);
  }

  /** The file has no more bytes; the remaining bytes are in the window. */
  finish(window: ByteWindow): void {
    window.ended = true;
    if (!this.#read(window, true)) throw new DicomError('truncated', 'the file ends inside the file meta information');
  }

  #read(window: ByteWindow, ended: boolean): boolean {
    if (!this.#begun) {
      if (!window.peek(PREAMBLE_AND_PREFIX) && !ended) return false;
      this.#begin(window);
      if (this.transferSyntaxUID !== undefined) return true;
    }
    for (;;) {
      this.#skip -= window.skip(this.#skip);
      if (this.#skip > 0) return false;
      // A deflated data set could happen to begin with the bytes of a tag of this group.
      const deflated = this.transferSyntaxUID !== undefined && transferSyntaxOf(this.transferSyntaxUID)?.deflated;
      if (deflated && window.offset === this.#groupEnd) return true;
      const more = window.peek(2);
      if (!more && !ended) return false;
      if (!more || !this.#isOfGroup(window)) return this.#end(window, ended);
      if (!this.#readElement(window)) return false;
    }
  }

  /** The file's first bytes are in the window. */
  #begin(window: ByteWindow): void {
    const available = Math.min(window.available, PREAMBLE_AND_PREFIX);
    window.peek(available);
    const start = fileStart(window.bytes, window.at, available);
    if (start === undefined) throw new DicomError('not-part10', 'not a DICOM file');
    this.#begun = true;
    if (start.kind === 'data-set') {
      this.#guess(start.transferSyntaxUID);
      return;
    }
    if (start.skip < PREAMBLE_AND_PREFIX) this.#warnings.add(GROUP_LENGTH, 'missing-meta');
    window.consume(start.skip);
  }

  #guess(transferSyntaxUID: string): void {
    this.transferSyntaxUID = transferSyntaxUID;
    this.guessed = true;
    this.#warnings.add(TRANSFER_SYNTAX_UID, 'missing-meta');
  }

  #isOfGroup({ bytes, at }: ByteWindow): boolean {
    if (readUint16(bytes, at, this.#bigEndian) === GROUP) return true;
    if (this.#empty && readUint16(bytes, at, true) === GROUP) {
      this.#bigEndian = true;
      this.#warnings.add(GROUP_LENGTH, 'wrong-meta');
    }
    return this.#bigEndian && this.#empty;
  }

  /**
   * Ends the group: the next element belongs to another group, or there is none. @returns false when more bytes are
   * needed
   */
  #end(window: ByteWindow, ended: boolean): boolean {
    if (this.#groupEnd >= 0 && window.offset !== this.#groupEnd) this.#warnings.add(GROUP_LENGTH, 'wrong-meta');
    if (this.transferSyntaxUID !== undefined) return true;
    if (!window.peek(TELLING_BYTES) && !ended) return false;
    const { bytes, at, available } = window;
    const uid = available < 8 ? undefined : dataSetSyntax(bytes, at, Math.min(available, TELLING_BYTES));
    if (uid === undefined) {
      throw new DicomError(
        'malformed',
        'the file meta information names no usable transfer syntax',
        TRANSFER_SYNTAX_UID,
      );
    }
    this.#guess(uid);
    return true;
  }

  #readElement(window: ByteWindow): boolean {
    if (!window.peek(8)) return false;
    const place = { bigEndian: this.#bigEndian, limit: Number.POSITIVE_INFINITY };
    const form = explicitForm(window.bytes, window.at) ?? strangeForm(window, place, this.#fitOfNext);
    if (form === undefined) return false;
    if (form === 'none') throw new DicomError('malformed', 'the file meta information cannot be read', GROUP_LENGTH);
    if (!window.peek(form.size)) return false;
    const element = readUint16(window.bytes, window.at + 2, this.#bigEndian);
    const length = lengthOf(form, window.bytes, window.at, this.#bigEndian);
    if (form.vr === undefined) this.#warnings.add(GROUP_LENGTH, 'wrong-meta');
    const wanted = element === 0x0000 || element === 0x0002 || element === 0x0003 || element === 0x0010;
    if (wanted && length <= MAX_UID_BYTES) {
      if (!window.peek(form.size + length)) return false;
      this.#take(element, window, window.at + form.size, length);
      window.consume(form.size + length);
    } else {
      window.consume(form.size);
      this.#skip = length;
    }
    this.#empty = false;
    return true;
  }

  /** The data set that comes after the last element may have another byte order, or be deflated. */
  readonly #fitOfNext: Judge = (window, distance, tag, place): Fit => {
    if (window.offset + distance === this.#groupEnd) return 3;
    const fit = fitOfNext(window, distance, tag, place);
    if (fit > 0) return fit;
    return fitOfNext(window, distance, tag, { ...place, bigEndian: !place.bigEndian }) || 1;
  };

  /** @param start offset of the value in the window's bytes */
  #take(element: number, window: ByteWindow, start: number, length: number): void {
    if (element === 0x0000) {
      const header = start - window.at;
      if (length === 4) {
        this.#groupEnd = window.offset + header + length + readUint32(window.bytes, start, this.#bigEndian);
      }
      return;
    }
    const uid = decodeText(window.bytes, start, start + length, undefined, false, false).trim();
    if (element === 0x0002) this.sopClassUID ??= uid;
    else if (element === 0x0003) this.sopInstanceUID ??= uid;
    else if (/^[0-9.]{1,64}$/.test(uid)) this.transferSyntaxUID ??= uid;
    else this.#warnings.add(TRANSFER_SYNTAX_UID, 'wrong-meta');
  }
}
