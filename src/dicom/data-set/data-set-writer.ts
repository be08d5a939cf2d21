import {
  DOUBLE_FLOAT_PIXEL_DATA,
  FLOAT_PIXEL_DATA,
  ITEM,
  PIXEL_DATA,
  SPECIFIC_CHARACTER_SET,
} from '../dictionary/tags';
import type { TransferSyntax } from '../dictionary/transfer-syntaxes';
import { DicomError } from '../errors';
import type { DicomJson, DicomJsonAttribute } from '../json/json-model';
import type { Part10Layout, Sized } from '../part10/part10-layout';
import type { Progress, Steps } from '../steps';
import { decodeBase64 } from '../values/base64';
import { encodeValues } from '../values/value-encoder';
import { SQ, type ValueRepresentation, vrNamed, vrOfName } from '../values/value-representations';
import { writeEncapsulated, writeEncapsulatedItems } from './encapsulated-writer';
import { isWritten } from './written-attributes';

/** What the writer needs to write the elements of one file. */
export interface WriterOptions<Source extends Sized> {
  readonly syntax: TransferSyntax;
  /**
   * Some text is not ASCII: all text is written as UTF-8, and items have no character set of their own (PS3.18 F.2.2).
   */
  readonly unicode: boolean;
  /** @see Part10Options.bulk */
  bulk(uri: string): readonly (Source | Uint8Array)[] | undefined;
  /** @see Part10Options.items */
  readonly items: Source | undefined;
  readonly progress: Progress;
}

const UNICODE: DicomJsonAttribute = { vr: 'CS', Value: ['ISO_IR 192'] };
const MAX_SHORT = 0xfffe;
const MAX_LONG = 0xfffffffe;

/** Writes data elements of the DICOM JSON model (PS3.18 F.2) as PS3.5 section 7 encodes them, little-endian. */
export class DataSetWriter<Source extends Sized> {
  readonly #layout: Part10Layout<Source>;
  readonly #options: WriterOptions<Source>;

  constructor(layout: Part10Layout<Source>, options: WriterOptions<Source>) {
    this.#layout = layout;
    this.#options = options;
  }

  /**
   * Writes a data set or the data set of an item, piece by piece.
   *
   * @param root true for the data set of the file; only this one may hold encapsulated pixel data
   * @throws DicomError naming the attribute that cannot be written
   */
  *write(dataSet: DicomJson, root: boolean): Steps<void> {
    const { unicode, progress } = this.#options;
    const tags = Object.keys(dataSet).filter((tag) => isWritten(tag, root) && !(unicode && tag === '00080005'));
    if (unicode && root) tags.push('00080005');
    for (const tag of tags.sort()) {
      const number = Number.parseInt(tag, 16);
      const attribute = unicode && number === SPECIFIC_CHARACTER_SET ? UNICODE : dataSet[tag]!;
      if (this.#writesEncapsulated(dataSet, tag, number, attribute, root)) continue;
      const vr = writtenVr(dataSet, tag, attribute);
      const { BulkDataURI, InlineBinary } = attribute;
      if (BulkDataURI !== undefined) this.#bulk(tag, number, vr, this.#pieces(tag, attribute));
      else if (InlineBinary !== undefined) this.#value(tag, number, vr, binaryOf(InlineBinary, tag));
      else if (vr === SQ) yield* this.#sequence(tag, number, attribute);
      else this.#value(tag, number, vr, yield* encodeValues(vr, attribute.Value ?? [], tag, progress));
      if (progress.due()) yield;
    }
  }

  /** Writes encapsulated pixel data (PS3.5 A.4). @returns whether the attribute is that */
  #writesEncapsulated(
    dataSet: DicomJson,
    tag: string,
    number: number,
    attribute: DicomJsonAttribute,
    root: boolean,
  ): boolean {
    if (!root || number !== PIXEL_DATA || !this.#options.syntax.encapsulated) return false;
    if (this.#options.items !== undefined) {
      writeEncapsulatedItems(this.#layout, this.#options.items);
      return true;
    }
    const pieces = this.#pieces(tag, attribute);
    if (pieces.length === 0) return false;
    writeEncapsulated(this.#layout, pieces, numberOfFrames(dataSet), this.#options.syntax.uid);
    return true;
  }

  /** The bytes of a value that is given by a BulkDataURI or in base64. */
  #pieces(tag: string, { BulkDataURI, InlineBinary }: DicomJsonAttribute): readonly (Source | Uint8Array)[] {
    if (BulkDataURI !== undefined) {
      const pieces = this.#options.bulk(BulkDataURI);
      if (pieces === undefined) throw new DicomError('malformed', 'there is no bulk data for a BulkDataURI', tag);
      return pieces;
    }
    if (InlineBinary === undefined || InlineBinary === '') return [];
    return [binaryOf(InlineBinary, tag)];
  }

  #value(tag: string, number: number, vr: ValueRepresentation, value: Uint8Array): void {
    const odd = value.length % 2;
    this.#header(tag, number, vr, value.length + odd);
    this.#layout.bytes(value);
    this.#layout.fill(paddingOf(vr), odd);
  }

  #bulk(tag: string, number: number, vr: ValueRepresentation, pieces: readonly (Source | Uint8Array)[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const odd = length % 2;
    this.#header(tag, number, vr, length + odd);
    for (const piece of pieces) this.#layout.bulk(piece);
    this.#layout.fill(paddingOf(vr), odd);
  }

  /** Writes sequences and items with defined lengths (PS3.5 7.5.1), so that a reader can skip them. */
  *#sequence(tag: string, number: number, { Value = [] }: DicomJsonAttribute): Steps<void> {
    const layout = this.#layout;
    const setLength = this.#laterLength(tag, number);
    for (const item of Value) {
      if (item !== null && typeof item !== 'object')
        throw new DicomError('malformed', 'an item is not a data set', tag);
      layout.tag(ITEM);
      const setItemLength = this.#lengthHere(tag);
      yield* this.write((item ?? {}) as DicomJson, false);
      setItemLength();
      if (this.#options.progress.due()) yield;
    }
    setLength();
  }

  #laterLength(tag: string, number: number): () => void {
    this.#layout.tag(number);
    if (!this.#options.syntax.implicit) {
      this.#layout.vr('SQ');
      this.#layout.uint16(0);
    }
    return this.#lengthHere(tag);
  }

  /** Reserves a length field here. The function that is returned fills in the number of bytes written since. */
  #lengthHere(tag: string): () => void {
    const layout = this.#layout;
    const set = layout.laterUint32();
    const start = layout.length;
    return () => {
      const length = layout.length - start;
      if (length > MAX_LONG) throw new DicomError('too-large', 'a sequence is too long to be written', tag);
      set(length);
    };
  }

  #header(tag: string, number: number, vr: ValueRepresentation, length: number): void {
    const layout = this.#layout;
    if (length > MAX_LONG) throw new DicomError('too-large', 'a value is too long to be written', tag);
    layout.tag(number);
    if (this.#options.syntax.implicit) {
      layout.uint32(length);
    } else if (vr.long || length > MAX_SHORT) {
      // PS3.5 6.2.2: a value too long for a 16-bit length is written as UN with the same bytes. A private creator must
      // keep its VR.
      if (!vr.long && isPrivateCreator(number)) throw new DicomError('too-large', 'a private creator is too long', tag);
      layout.vr(vr.long ? vr.name : 'UN');
      layout.uint16(0);
      layout.uint32(length);
    } else {
      layout.vr(vr.name);
      layout.uint16(length);
    }
  }
}

/** The VR that is written to the file: native pixel data has its own rules (PS3.5 8.1.1, 8.1.2, A.2). */
function writtenVr(dataSet: DicomJson, tag: string, { vr: name }: DicomJsonAttribute): ValueRepresentation {
  const number = Number.parseInt(tag, 16);
  if (number === PIXEL_DATA) {
    const bits = dataSet['00280100']?.Value?.[0];
    return vrNamed(name === 'OB' && typeof bits === 'number' && bits <= 8 ? 'OB' : 'OW');
  }
  if (number === FLOAT_PIXEL_DATA) return vrNamed('OF');
  if (number === DOUBLE_FLOAT_PIXEL_DATA) return vrNamed('OD');
  const vr = vrOfName(name);
  if (vr === undefined) throw new DicomError('malformed', 'an attribute has no VR of PS3.5', tag);
  return vr;
}

function numberOfFrames(dataSet: DicomJson): number {
  const frames = Number(dataSet['00280008']?.Value?.[0] ?? 1);
  return Number.isInteger(frames) && frames > 0 ? frames : 1;
}

function binaryOf(text: string, tag: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new DicomError('malformed', 'InlineBinary is not base64', tag);
  return bytes;
}

/** PS3.5 6.2: text is padded with a space, UIDs and binary values with a zero byte. */
function paddingOf(vr: ValueRepresentation): number {
  return vr.name === 'UI' || vr.kind === 'bytes' || vr.kind === 'number' ? 0 : 0x20;
}

/** Whether the tag is that of a private creator (PS3.5 7.8.1). */
function isPrivateCreator(tag: number): boolean {
  const element = tag & 0xffff;
  return ((tag >>> 16) & 1) === 1 && element >= 0x10 && element <= 0xff;
}
