import type { ByteWindow } from './byte-window';
import { characterSetOf, DEFAULT_CHARACTER_SET } from './character-sets';
import { tagText, vrOfTag } from './dictionary';
import {
  explicitForm,
  ITEM,
  ITEM_DELIMITER,
  impliedVr,
  looksExplicit,
  looksImplicit,
  readTag,
  readUint16,
  readUint32,
  SEQUENCE_DELIMITER,
  UNDEFINED_LENGTH,
} from './element-header';
import { DicomError } from './errors';
import { beginsCodeStream, FragmentTable, SIGNATURE_BYTES } from './fragment-table';
import type { BulkRange } from './pixel-layout';
import type { ReaderLimits } from './reader-limits';
import { DataSetScope, type Encoding, FragmentScope, type Scope, SequenceScope } from './scope';
import { attributeJson, decodeText } from './value-json';
import { SQ, UN, type ValueRepresentation, vrNamed } from './value-representations';
import type { WarningList } from './warnings';

const PIXEL_DATA = 0x7fe00010;
const SPECIFIC_CHARACTER_SET = 0x00080005;
const PIXEL_REPRESENTATION = 0x00280103;
const TRAILING_PADDING = 0xfffcfffc;

/** Starts the value of a BulkDataURI, before the path; no other text in the JSON holds the raw character. */
export const BULK_MARK = '\u0001';

/** The top-level pixel data: its value as stored, or its fragments. */
export interface PixelValue {
  readonly tag: number;
  readonly vr: string;
  readonly offset: number;
  /** Bytes that are there. */
  length: number;
  readonly fragments?: FragmentTable;
}

/** What the reader does with the bytes to come. */
type State =
  | 'header'
  /** A value that is kept: all of it is needed at once. */
  | 'value'
  /** Bytes that only count. */
  | 'skip'
  | 'offset-table'
  | 'signature'
  /** After the end of the data set. */
  | 'ignore';

/**
 * Reads the elements of a data set (PS3.5 section 7) from a window that is fed piece by piece. What is open is kept on
 * a stack, so that no depth of nesting can exhaust the engine's own; a value that is not wanted costs nothing but its
 * count.
 */
export class DataSetReader {
  readonly root: DataSetScope;
  readonly bulk: BulkRange[] = [];
  /** Float, double float and integer pixel data of the data set itself, the first of each. */
  readonly pixels: PixelValue[] = [];

  readonly #window: ByteWindow;
  readonly #limits: ReaderLimits;
  readonly #warnings: WarningList;
  readonly #onRootElement: (tag: number, text: string) => void;
  readonly #stack: Scope[];
  #top: Scope;
  #state: State = 'header';
  /** Bytes of the current value not yet passed. */
  #left = 0;
  #tag = 0;
  #vr: ValueRepresentation = UN;
  /** UN has the byte order of implicit VR little endian whatever surrounds it (PS3.5 6.2.2 note 2). */
  #valueBigEndian = false;
  #characters = 0;
  #layoutCharacters = 0;
  /** The top-level value being skipped is pixel data, so the file may end in it. */
  #inPixels: PixelValue | undefined;

  /** @param onRootElement called with the JSON text of each attribute of the data set itself, sequences aside */
  constructor(
    window: ByteWindow,
    encoding: Encoding,
    limits: ReaderLimits,
    warnings: WarningList,
    onRootElement: (tag: number, text: string) => void,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#warnings = warnings;
    this.#onRootElement = onRootElement;
    this.root = new DataSetScope(
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      encoding,
      DEFAULT_CHARACTER_SET,
      undefined,
    );
    this.#stack = [this.root];
    this.#top = this.root;
  }

  /** Reads as far as the window's bytes go. */
  read(): void {
    for (;;) {
      try {
        while (this.#step());
        return;
      } catch (error) {
        if (!(error instanceof DicomError && error.code === 'malformed' && this.#abandon())) throw error;
      }
    }
  }

  /** The window has no more bytes to come: what is open now is cut off. */
  finish(): void {
    this.read();
    if (this.#state === 'ignore') return;
    const scope = this.#top;
    if (this.#state === 'skip' && this.#inPixels !== undefined && scope === this.root) {
      this.#inPixels.length -= this.#left;
      const [path, offset, , word] = this.bulk.pop()!;
      this.bulk.push([path, offset, this.#inPixels.length, word]);
      this.#warn(this.#inPixels.tag, 'short-pixel-data');
      return;
    }
    if (scope.kind === 'fragments' && scope.frames && this.#stack.length === 2) {
      if (this.#state === 'skip') this.#inPixels?.fragments?.cut(this.#left);
      this.#warn(scope.tag, 'short-pixel-data');
      this.#window.discard();
      this.#closeFragments(scope);
      return;
    }
    if (scope === this.root && this.#state === 'header') {
      if (this.#window.available === 0) return;
      this.#window.peek(8);
      const rest = this.#window.bytes.subarray(this.#window.at, this.#window.at + this.#window.available);
      if (this.#pastPixels() || rest.every((byte) => byte === 0)) {
        this.#ignoreRest();
        return;
      }
    }
    throw new DicomError('truncated', 'the file ends inside a data element', tagText(this.#openTag()));
  }

  #openTag(): number {
    if (this.#state !== 'header') return this.#tag;
    return this.#top.kind === 'data-set' ? Math.max(0, this.#top.lastTag) : this.#top.tag;
  }

  /** One step of reading. @returns false when more bytes are needed */
  #step(): boolean {
    const window = this.#window;
    switch (this.#state) {
      case 'ignore':
        window.discard();
        return false;
      case 'skip':
        this.#left -= window.skip(this.#left);
        if (this.#left > 0) return false;
        this.#state = 'header';
        return true;
      case 'value':
        return this.#readValue();
      case 'offset-table':
        return this.#readOffsetTable();
      case 'signature':
        return this.#readSignature();
      default: {
        const top = this.#top;
        if (window.offset >= top.limit) {
          this.#close(top.end > window.offset);
          return true;
        }
        if (top.limit - window.offset < 8) {
          // No element is this short: padding of the item.
          this.#warn(this.#openTag(), 'trailing-data');
          this.#skip(top.limit - window.offset);
          return true;
        }
        if (!window.peek(8)) return false;
        if (top.kind === 'data-set') return this.#readElement(top);
        if (top.kind === 'sequence') return this.#readItem(top);
        return this.#readFragment(top);
      }
    }
  }

  // ---- Elements -------------------------------------------------------------------------------------------------

  #readElement(scope: DataSetScope): boolean {
    const window = this.#window;
    if (!scope.detected) this.#detect(scope);
    const { bigEndian } = scope;
    let at = window.at;
    let bytes = window.bytes;
    const tag = readTag(bytes, at, bigEndian);
    if (tag >= ITEM && tag <= SEQUENCE_DELIMITER) return this.#readStrayDelimiter(scope, tag);

    const form = scope.implicit ? undefined : explicitForm(bytes, at);
    if (scope === this.root && this.#isTrailing(tag, form !== undefined && form.vr === undefined)) {
      this.#ignoreRest();
      return true;
    }
    let vr = form?.vr;
    let length: number;
    let size = 8;
    if (form === undefined || form.vr === undefined) {
      length = readUint32(bytes, at + 4, bigEndian);
    } else if (form.size === 12) {
      if (window.offset + 12 > scope.limit) throw this.#malformed(tag);
      if (!window.peek(12)) return false;
      ({ bytes, at } = window);
      length = readUint32(bytes, at + 8, bigEndian);
      size = 12;
    } else {
      length = readUint16(bytes, at + 6, bigEndian);
    }

    let unknown = false;
    if (vr === undefined) vr = impliedVr(tag, scope.pixelRepresentation);
    else if (vr === UN) {
      vr = impliedVr(tag, scope.pixelRepresentation);
      unknown = true;
    }
    if (vr === UN && length === UNDEFINED_LENGTH) vr = SQ;
    const end = window.offset + size + (length === UNDEFINED_LENGTH ? 0 : length);
    if (end > scope.limit) throw this.#malformed(tag);
    window.consume(size);
    this.#tag = tag;
    this.#vr = vr;
    this.#valueBigEndian = bigEndian && !unknown;
    this.#begin(scope, length, unknown);
    return true;
  }

  /** Decides what becomes of the value that follows. */
  #begin(scope: DataSetScope, length: number, unknown: boolean): void {
    const tag = this.#tag;
    const vr = this.#vr;
    const root = scope === this.root;
    this.#inPixels = undefined;
    const unwanted =
      (tag & 0xffff) === 0 || tag >>> 16 === 0x0002 || tag === TRAILING_PADDING || this.#isDuplicate(scope, tag);
    if (vr === SQ) {
      this.#beginSequence(scope, length, unknown, unwanted);
      return;
    }
    const pixels = root && !unwanted && isPixelData(tag);
    if (length === UNDEFINED_LENGTH) {
      this.#beginFragments(scope, pixels, unwanted);
      return;
    }
    if (pixels) {
      this.#inPixels = { tag, vr: vr.name, offset: this.#window.offset, length };
      this.pixels.push(this.#inPixels);
      if (length === 0) scope.add(tag, this.#counted(`{"vr":"${vr.name}"}`));
      else this.#addBulk(scope, length, this.#valueBigEndian ? vr.word : 1);
      this.#skip(length);
      return;
    }
    if (unwanted) {
      this.#skip(length);
      return;
    }
    if (length > this.#limits.maxValueBytes || (vr.kind === 'bytes' && length > this.#limits.maxInlineBytes)) {
      this.#addBulk(scope, length, this.#valueBigEndian ? vr.word : 1);
      this.#skip(length);
      return;
    }
    this.#left = length;
    this.#state = 'value';
  }

  #readValue(): boolean {
    const window = this.#window;
    const length = this.#left;
    if (!window.peek(length)) return false;
    const scope = this.#top as DataSetScope;
    const { bytes, at } = window;
    const tag = this.#tag;
    const text = attributeJson(
      this.#vr,
      bytes,
      at,
      at + length,
      scope.characterSet,
      this.#valueBigEndian,
      this.#invalidValue,
    );
    if (tag === SPECIFIC_CHARACTER_SET) {
      const value = decodeText(bytes, at, at + length, undefined, false, true);
      scope.characterSet = characterSetOf(value, () => this.#warn(tag, 'unknown-character-set'));
    } else if (tag === PIXEL_REPRESENTATION && length >= 2) {
      scope.pixelRepresentation = readUint16(bytes, at, this.#valueBigEndian);
    }
    window.consume(length);
    this.#left = 0;
    this.#state = 'header';
    scope.add(tag, this.#counted(text));
    if (scope === this.root) this.#onRootElement(tag, text);
    return true;
  }

  readonly #invalidValue = (): void => this.#warn(this.#tag, 'invalid-value');

  #isDuplicate(scope: DataSetScope, tag: number): boolean {
    if (!scope.has(tag)) return false;
    this.#warn(tag, 'duplicate');
    return true;
  }

  /**
   * Checks on its first element whether a data set is encoded as it should be: files exist whose transfer syntax is
   * wrong, and writers that put implicit items into explicit sequences.
   */
  #detect(scope: DataSetScope): void {
    const { bytes, at } = this.#window;
    scope.detected = true;
    if (readTag(bytes, at, scope.bigEndian) >= ITEM) return;
    if (scope.implicit && scope === this.root && looksExplicit(bytes, at)) scope.implicit = false;
    else if (!scope.implicit && looksImplicit(bytes, at)) scope.implicit = true;
    else return;
    if (scope === this.root) this.#warn(readTag(bytes, at, scope.bigEndian), 'wrong-encoding');
  }

  #readStrayDelimiter(scope: DataSetScope, tag: number): boolean {
    const window = this.#window;
    const open = scope.end === Number.POSITIVE_INFINITY && scope !== this.root;
    if (open && tag === ITEM_DELIMITER) {
      window.consume(8);
      this.#close(false);
      return true;
    }
    if (open && (tag === ITEM || tag === SEQUENCE_DELIMITER)) {
      // The item's own delimiter is missing; what was found belongs to the sequence.
      this.#close(true);
      return true;
    }
    if (tag === ITEM) throw this.#malformed(tag);
    this.#warn(tag, 'unexpected-delimiter');
    window.consume(8);
    return true;
  }

  // ---- Sequences ------------------------------------------------------------------------------------------------

  #beginSequence(scope: DataSetScope, length: number, unknown: boolean, unwanted: boolean): void {
    const { offset } = this.#window;
    if (length === 0) {
      if (!unwanted) scope.add(this.#tag, this.#counted('{"vr":"SQ"}'));
      return;
    }
    if (this.#stack.length / 2 >= this.#limits.maxDepth) {
      throw new DicomError('too-large', 'sequences are nested too deeply', tagText(this.#tag));
    }
    const end = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : offset + length;
    const encoding = { implicit: scope.implicit || unknown, bigEndian: scope.bigEndian && !unknown };
    const limit = Math.min(end, scope.limit);
    this.#push(new SequenceScope(this.#tag, offset, end, limit, encoding, unknown, unwanted, this.bulk.length));
  }

  #readItem(scope: SequenceScope): boolean {
    const window = this.#window;
    const { bytes, at } = window;
    let { implicit, bigEndian } = scope.encoding;
    let tag = readTag(bytes, at, bigEndian);
    if (scope.guessed && tag === 0xfeff00e0) {
      // Not little-endian after all: the UN was put into a big-endian data set by its rules.
      bigEndian = !bigEndian;
      tag = ITEM;
    }
    const length = readUint32(bytes, at + 4, bigEndian);
    if (tag === SEQUENCE_DELIMITER || (scope.guessed && tag === 0xfeffdde0)) {
      window.consume(8);
      this.#close(false);
      if (scope.end !== Number.POSITIVE_INFINITY && window.offset < scope.end) this.#skip(scope.end - window.offset);
      return true;
    }
    if (tag === ITEM_DELIMITER) {
      this.#warn(scope.tag, 'unexpected-delimiter');
      window.consume(8);
      return true;
    }
    if (tag !== ITEM) throw this.#malformed(scope.tag);
    const start = window.offset + 8;
    const end = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : start + length;
    if (end !== Number.POSITIVE_INFINITY && end > scope.limit) throw this.#malformed(scope.tag);
    const around = this.#stack[this.#stack.length - 2] as DataSetScope;
    if (scope.guessed && length >= 8) {
      if (!window.peek(16)) return false;
      // By the standard it is implicit VR little endian; writers exist that leave it explicit.
      if (looksExplicit(window.bytes, window.at + 8)) implicit = false;
    }
    window.consume(8);
    const item = new DataSetScope(
      end,
      Math.min(end, scope.limit),
      { implicit, bigEndian },
      around.characterSet,
      around.pixelRepresentation,
    );
    this.#push(item);
    return true;
  }

  // ---- Encapsulated values --------------------------------------------------------------------------------------

  #beginFragments(scope: DataSetScope, pixels: boolean, unwanted: boolean): void {
    const { offset } = this.#window;
    const vr = scope.implicit && this.#vr.name === 'OW' ? vrNamed('OB') : this.#vr;
    if (pixels) {
      this.#inPixels = {
        tag: this.#tag,
        vr: vr.name,
        offset,
        length: 0,
        fragments: new FragmentTable(this.#limits.maxFragments),
      };
      this.pixels.push(this.#inPixels);
    }
    const end = Number.POSITIVE_INFINITY;
    this.#push(new FragmentScope(this.#tag, vr.name, offset, end, scope.limit, scope.bigEndian, pixels, unwanted));
  }

  #readFragment(scope: FragmentScope): boolean {
    const window = this.#window;
    const { bytes, at } = window;
    const tag = readTag(bytes, at, scope.bigEndian);
    if (tag === SEQUENCE_DELIMITER) {
      window.consume(8);
      this.#closeFragments(scope);
      return true;
    }
    if (tag !== ITEM) {
      if (!scope.frames || !scope.begun) throw this.#malformed(scope.tag);
      this.#warn(scope.tag, 'missing-delimiter');
      this.#closeFragments(scope);
      return true;
    }
    const length = readUint32(bytes, at + 4, scope.bigEndian);
    if (length === UNDEFINED_LENGTH || window.offset + 8 + length > scope.limit) throw this.#malformed(scope.tag);
    window.consume(8);
    this.#left = length;
    this.#tag = scope.tag;
    const first = !scope.begun;
    scope.begun = true;
    if (!scope.frames) this.#skip(length);
    else if (first) {
      this.#inPixels!.fragments!.start = window.offset + length;
      // A longer table could not belong to as many fragments as are allowed.
      this.#state = length > 4 * this.#limits.maxFragments ? 'skip' : 'offset-table';
    } else this.#state = 'signature';
    return true;
  }

  #readOffsetTable(): boolean {
    const window = this.#window;
    while (this.#left > 0) {
      const count = Math.min(this.#left, window.available);
      if (count === 0) return false;
      window.peek(count);
      this.#inPixels!.fragments!.addOffsets(window.bytes.subarray(window.at, window.at + count));
      window.consume(count);
      this.#left -= count;
    }
    this.#state = 'header';
    return true;
  }

  #readSignature(): boolean {
    const window = this.#window;
    const count = Math.min(this.#left, SIGNATURE_BYTES);
    if (!window.peek(count)) return false;
    this.#inPixels!.fragments!.add(this.#left, beginsCodeStream(window.bytes, window.at, count));
    this.#state = 'skip';
    return true;
  }

  #closeFragments(scope: FragmentScope): void {
    const length = this.#window.offset - scope.start;
    this.#pop();
    this.#state = 'header';
    const around = this.#top as DataSetScope;
    if (scope.unwanted) return;
    this.#tag = scope.tag;
    this.#vr = vrNamed(scope.vr);
    if (!scope.frames) {
      this.#addBulk(around, length, 1, scope.start);
      return;
    }
    this.#inPixels!.length = length;
    around.add(scope.tag, this.#counted(this.#bulkText()));
  }

  // ---- Scopes ---------------------------------------------------------------------------------------------------

  #push(scope: Scope): void {
    this.#stack.push(scope);
    this.#top = scope;
  }

  #pop(): void {
    this.#stack.pop();
    this.#top = this.#stack[this.#stack.length - 1]!;
  }

  /** Ends the innermost scope and hands its JSON to the one around it. */
  #close(delimiterMissing: boolean): void {
    const scope = this.#top;
    if (scope.kind === 'fragments') {
      if (delimiterMissing) this.#warn(scope.tag, 'missing-delimiter');
      this.#closeFragments(scope);
      return;
    }
    this.#pop();
    const around = this.#top;
    if (scope.kind === 'data-set') {
      const sequence = around as SequenceScope;
      if (delimiterMissing) this.#warn(sequence.tag, 'missing-delimiter');
      this.#count(3);
      sequence.items.push(scope.json());
      return;
    }
    if (delimiterMissing) this.#warn(scope.tag, 'missing-delimiter');
    if (scope.unwanted) {
      this.bulk.length = scope.bulkCount;
      return;
    }
    this.#count(24);
    (around as DataSetScope).add(scope.tag, scope.json());
  }

  /**
   * Gives up a sequence whose contents are no items, when its own length tells where to go on: it is kept as bulk data.
   *
   * @returns false when there is none
   */
  #abandon(): boolean {
    let depth = this.#stack.length - 1;
    for (; depth > 0; depth--) {
      const scope = this.#stack[depth]!;
      if (scope.kind === 'sequence' && scope.end !== Number.POSITIVE_INFINITY) break;
    }
    if (depth <= 0) return false;
    const sequence = this.#stack[depth] as SequenceScope;
    this.#stack.length = depth;
    this.#top = this.#stack[depth - 1]!;
    this.bulk.length = sequence.bulkCount;
    this.#warn(sequence.tag, 'unreadable');
    this.#tag = sequence.tag;
    this.#vr = UN;
    if (!sequence.unwanted) this.#addBulk(this.#top as DataSetScope, sequence.end - sequence.start, 1, sequence.start);
    this.#skip(sequence.end - this.#window.offset);
    return true;
  }

  // ---- Ends -----------------------------------------------------------------------------------------------------

  /** Whether what stands where an element of the data set should is none, but junk after its end. */
  #isTrailing(tag: number, noVr: boolean): boolean {
    const group = tag >>> 16;
    // A command set (PS3.7 E) is never part of a file.
    if (group === 0) return true;
    if (tag > this.root.lastTag && !this.#pastPixels()) return false;
    const known = (group & 1) === 1 || vrOfTag(tag) !== undefined;
    return (noVr || this.root.implicit) && !(known && tag > this.root.lastTag);
  }

  #pastPixels(): boolean {
    return this.root.lastTag >= PIXEL_DATA;
  }

  #ignoreRest(): void {
    this.#warn(Math.max(0, this.root.lastTag), 'trailing-data');
    this.#state = 'ignore';
    this.#window.discard();
  }

  // ---- Results --------------------------------------------------------------------------------------------------

  #skip(length: number): void {
    this.#left = length;
    this.#state = 'skip';
  }

  #addBulk(scope: DataSetScope, length: number, word: number, offset = this.#window.offset): void {
    const path = this.#path();
    // Numbers, brackets and commas of the range.
    this.#layoutCharacters += path.length + 40;
    if (this.#layoutCharacters > this.#limits.maxLayoutCharacters) {
      throw new DicomError('too-large', 'too many values of bulk data', tagText(this.#tag));
    }
    this.bulk.push([path, offset, length, word]);
    scope.add(this.#tag, this.#counted(this.#bulkText()));
  }

  #bulkText(): string {
    // The URI is put together in the end; its UIDs are long.
    this.#count(240);
    return `{"vr":"${this.#vr.name}","BulkDataURI":"${BULK_MARK}${this.#path()}"}`;
  }

  /** Tags and item numbers that lead to the current element. */
  #path(): string {
    let path = '';
    for (const scope of this.#stack) {
      if (scope.kind === 'sequence') path += `${tagText(scope.tag)}/${scope.items.length}/`;
    }
    return path + tagText(this.#tag);
  }

  #counted(text: string): string {
    this.#count(text.length + 12);
    return text;
  }

  #count(characters: number): void {
    this.#characters += characters;
    if (this.#characters > this.#limits.maxMetadataCharacters) {
      throw new DicomError('too-large', 'the metadata is too long', tagText(this.#tag));
    }
  }

  #warn(tag: number, reason: Parameters<WarningList['add']>[1]): void {
    this.#warnings.add(tagText(tag), reason);
  }

  #malformed(tag: number): DicomError {
    return new DicomError('malformed', 'the data set cannot be read', tagText(tag));
  }
}

/** Pixel Data, Float Pixel Data and Double Float Pixel Data (PS3.5 8.1.1). */
function isPixelData(tag: number): boolean {
  return tag === PIXEL_DATA || tag === 0x7fe00008 || tag === 0x7fe00009;
}
