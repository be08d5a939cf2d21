import type { ByteWindow } from './byte-window';
import { characterSetOf, DEFAULT_CHARACTER_SET } from './character-sets';
import { DataSetResults } from './data-set-results';
import { tagText } from './dictionary';
import {
  ElementHeader,
  ITEM,
  ITEM_DELIMITER,
  readTag,
  readUint16,
  SEQUENCE_DELIMITER,
  UNDEFINED_LENGTH,
} from './element-header';
import { DicomError } from './errors';
import { FragmentReader } from './fragment-reader';
import { FragmentTable } from './fragment-table';
import { readItemHeader } from './item-header';
import { correctEncoding, isLeftOut, isPastPixels, isPixelData, isTrailing } from './oddities';
import type { ReaderLimits } from './reader-limits';
import { DataSetScope, type Encoding, SequenceScope } from './scope';
import { ScopeStack } from './scope-stack';
import { attributeJson, decodeText } from './value-json';
import { SQ } from './value-representations';
import type { WarningList } from './warnings';

const SPECIFIC_CHARACTER_SET = 0x00080005;
const PIXEL_REPRESENTATION = 0x00280103;
/** What an attribute of the data set itself costs beside its text, kept apart as it is until the end. */
const ROOT_ELEMENT_CHARACTERS = 60;
const UNLIMITED = Number.POSITIVE_INFINITY;

/**
 * Reads the elements of a data set (PS3.5 section 7) from a window that is fed piece by piece. What is open is kept on
 * a stack, so that no depth of nesting can exhaust the engine's own; a value that is not wanted costs nothing but its
 * count.
 */
export class DataSetReader {
  readonly root: DataSetScope;
  readonly results: DataSetResults;
  /** The attribute that the file ends in, when it is cut short outside its pixels. */
  truncatedIn: number | undefined;

  readonly #window: ByteWindow;
  readonly #limits: ReaderLimits;
  readonly #onRootElement: (tag: number, text: string) => void;
  readonly #scopes: ScopeStack;
  readonly #header = new ElementHeader();
  /** What the bytes to come are: a value that is kept, bytes that only count, or what follows the data set. */
  #state: 'header' | 'value' | 'skip' | 'ignore' = 'header';
  /** Bytes of the current value not yet passed. */
  #left = 0;
  /** The value being skipped is the instance's pixel data, in which the file may end. */
  #inPixels = false;

  /** @param onRootElement called with the JSON text of each attribute of the data set itself that is kept in it */
  constructor(
    window: ByteWindow,
    encoding: Encoding,
    limits: ReaderLimits,
    warnings: WarningList,
    onRootElement: (tag: number, text: string) => void,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.results = new DataSetResults(limits, warnings);
    this.#onRootElement = onRootElement;
    this.root = new DataSetScope(UNLIMITED, UNLIMITED, encoding, DEFAULT_CHARACTER_SET, undefined);
    this.#scopes = new ScopeStack(this.root, this.results);
  }

  /** Reads as far as the window's bytes go. */
  read(): void {
    for (;;) {
      try {
        while (this.#step());
        return;
      } catch (error) {
        const next = error instanceof DicomError && error.code === 'malformed' ? this.#scopes.abandon() : undefined;
        if (next === undefined) throw error;
        this.#skip(next - this.#window.offset);
      }
    }
  }

  /** The window has no more bytes to come: what is open now is cut off. */
  finish(): void {
    this.read();
    const scope = this.#scopes.top;
    if (this.#state === 'ignore') return;
    if (this.#state === 'skip' && this.#inPixels) {
      const pixel = this.results.pixels.at(-1)!;
      pixel.length -= this.#left;
      const [path, offset, , word] = this.results.bulk.pop()!;
      this.results.bulk.push([path, offset, pixel.length, word]);
      this.results.warn(pixel.tag, 'short-pixel-data');
      return;
    }
    if (scope.kind === 'fragments' && scope.table !== undefined) {
      this.results.warn(scope.tag, 'short-pixel-data');
      scope.cutOff();
      this.#closeFragments(scope);
      return;
    }
    if (scope === this.root && this.#state === 'header') {
      if (this.#window.available === 0) return;
      this.#window.peek(8);
      const { bytes, at, available } = this.#window;
      if (isPastPixels(this.root) || bytes.subarray(at, at + available).every((byte) => byte === 0)) {
        this.#ignoreRest();
        return;
      }
    }
    this.#cutOff();
  }

  /** Keeps what arrived of the element that the file ends in, as other readers do, and of all that is around it. */
  #cutOff(): void {
    this.truncatedIn = this.#openTag();
    this.results.warn(this.truncatedIn, 'truncated');
    const { offset, available } = this.#window;
    this.results.clip(offset + available);
    if (this.#state === 'value' && available > 0) {
      this.#left = available;
      this.#readValue(this.#scopes.top as DataSetScope);
    }
    while (this.#scopes.top !== this.root) {
      const { top } = this.#scopes;
      if (top.kind === 'fragments') this.#closeFragments(top);
      else this.#scopes.close(false);
    }
  }

  #openTag(): number {
    return this.#state === 'header' ? this.#scopes.tag : this.#header.tag;
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
        return this.#readValue(this.#scopes.top as DataSetScope);
    }
    const top = this.#scopes.top;
    if (top.kind === 'fragments') return this.#readFragments(top);
    if (window.offset >= top.limit) {
      this.#scopes.close(top.end > window.offset);
      return true;
    }
    if (top.limit - window.offset < 8) {
      // No element is this short: padding of the item.
      this.results.warn(this.#openTag(), 'trailing-data');
      this.#skip(top.limit - window.offset);
      return true;
    }
    if (!window.peek(8)) return false;
    return top.kind === 'data-set' ? this.#readElement(top) : this.#readItem(top);
  }

  // ---- Elements -------------------------------------------------------------------------------------------------

  #readElement(scope: DataSetScope): boolean {
    const window = this.#window;
    const header = this.#header;
    const tag = readTag(window.bytes, window.at, scope.bigEndian);
    if (!scope.detected && correctEncoding(scope, window, scope === this.root) && scope === this.root) {
      this.results.warn(tag, 'wrong-encoding');
    }
    if (tag >= ITEM && tag <= SEQUENCE_DELIMITER) return this.#readStrayDelimiter(scope, tag);
    if (!header.read(window, scope)) return false;
    if (scope === this.root && isTrailing(this.root, header)) {
      this.#ignoreRest();
      return true;
    }
    if (header.end(window) > scope.limit) throw header.malformed();
    window.consume(header.size);
    this.#begin(scope);
    return true;
  }

  /** Decides what becomes of the value that follows. */
  #begin(scope: DataSetScope): void {
    const { tag, vr, length, unknown } = this.#header;
    const unwanted = this.#isUnwanted(scope, tag);
    const pixels = scope === this.root && !unwanted && isPixelData(tag);
    if (vr === SQ) this.#beginSequence(scope, unwanted);
    else if (length === UNDEFINED_LENGTH) this.#beginFragments(scope, pixels, unwanted);
    else if (unwanted) this.#skip(length);
    else if (
      (pixels && length > 0) ||
      length > this.#limits.maxValueBytes ||
      (vr.kind === 'bytes' && length > this.#limits.maxInlineBytes)
    ) {
      const { offset } = this.#window;
      if (pixels) this.results.pixels.push({ tag, vr: vr.name, offset, length });
      this.#scopes.addBulk(tag, vr.name, offset, length, scope.bigEndian && !unknown ? vr.word : 1);
      this.#skip(length);
      this.#inPixels = pixels;
    } else {
      this.#left = length;
      this.#state = 'value';
    }
  }

  #readValue(scope: DataSetScope): boolean {
    const window = this.#window;
    const length = this.#left;
    if (!window.peek(length)) return false;
    const { bytes, at } = window;
    const { tag, vr, unknown } = this.#header;
    const bigEndian = scope.bigEndian && !unknown;
    const text = attributeJson(vr, bytes, at, at + length, scope.characterSet, bigEndian, this.#invalidValue);
    if (tag === SPECIFIC_CHARACTER_SET) {
      const value = decodeText(bytes, at, at + length, undefined, false, true);
      scope.characterSet = characterSetOf(value, () => this.results.warn(tag, 'unknown-character-set'));
    } else if (tag === PIXEL_REPRESENTATION && length >= 2) {
      scope.pixelRepresentation = readUint16(bytes, at, bigEndian);
    }
    window.consume(length);
    this.#left = 0;
    this.#state = 'header';
    scope.add(tag, this.results.counted(tag, text));
    if (scope === this.root) {
      this.results.count(tag, ROOT_ELEMENT_CHARACTERS);
      this.#onRootElement(tag, text);
    }
    return true;
  }

  readonly #invalidValue = (): void => this.results.warn(this.#header.tag, 'invalid-value');

  /** Whether the value is stepped over: it is not part of the metadata, or a duplicate. */
  #isUnwanted(scope: DataSetScope, tag: number): boolean {
    if (isLeftOut(tag)) return true;
    if (!scope.has(tag)) return false;
    this.results.warn(tag, 'duplicate');
    this.results.count(tag, 12);
    return true;
  }

  #readStrayDelimiter(scope: DataSetScope, tag: number): boolean {
    if (scope.end === UNLIMITED && scope !== this.root) {
      // What is not its own delimiter belongs to the sequence, and is left to it.
      if (tag === ITEM_DELIMITER) this.#window.consume(8);
      this.#scopes.close(tag !== ITEM_DELIMITER);
      return true;
    }
    if (tag === ITEM) throw new DicomError('malformed', 'an item lies outside a sequence', tagText(this.#openTag()));
    this.results.warn(tag, 'unexpected-delimiter');
    this.#window.consume(8);
    return true;
  }

  // ---- Sequences and encapsulated values ------------------------------------------------------------------------

  #beginSequence(scope: DataSetScope, unwanted: boolean): void {
    const { tag, length, unknown } = this.#header;
    const { offset } = this.#window;
    if (length === 0) {
      if (!unwanted) scope.add(tag, this.results.counted(tag, '{"vr":"SQ"}'));
      return;
    }
    if (this.#scopes.depth >= this.#limits.maxDepth) {
      throw new DicomError('too-large', 'sequences are nested too deeply', tagText(tag));
    }
    const end = length === UNDEFINED_LENGTH ? UNLIMITED : offset + length;
    const encoding = { implicit: scope.implicit || unknown, bigEndian: scope.bigEndian && !unknown };
    const limit = Math.min(end, scope.limit);
    const bulkCount = this.results.bulk.length;
    this.#scopes.push(new SequenceScope(tag, offset, end, limit, encoding, unknown, unwanted, bulkCount));
  }

  #readItem(scope: SequenceScope): boolean {
    const window = this.#window;
    const item = readItemHeader(window, scope.encoding, scope.guessed);
    if (item === undefined) return false;
    const start = window.offset + 8;
    const end = item.length === UNDEFINED_LENGTH ? UNLIMITED : start + item.length;
    if (item.kind === 'other' || (item.kind === 'item' && end !== UNLIMITED && end > scope.limit)) {
      throw new DicomError('malformed', 'the sequence cannot be read', tagText(scope.tag));
    }
    window.consume(8);
    if (item.kind === 'item-delimiter') this.results.warn(scope.tag, 'unexpected-delimiter');
    else if (item.kind === 'sequence-delimiter') {
      this.#scopes.close(false);
      if (scope.end !== UNLIMITED) this.#skip(scope.end - start);
    } else {
      const around = this.#scopes.aroundSequence();
      const limit = Math.min(end, scope.limit);
      this.#scopes.push(new DataSetScope(end, limit, item.encoding, around.characterSet, around.pixelRepresentation));
    }
    return true;
  }

  #beginFragments(scope: DataSetScope, pixels: boolean, unwanted: boolean): void {
    const { tag } = this.#header;
    const { offset } = this.#window;
    // Compressed pixel data is OB whatever the dictionary says (PS3.5 A.4).
    const vr = scope.implicit && this.#header.vr.name === 'OW' ? 'OB' : this.#header.vr.name;
    const maximum = this.#limits.maxFragments;
    const fragments = pixels ? new FragmentTable(maximum) : undefined;
    if (fragments) this.results.pixels.push({ tag, vr, offset, length: 0, fragments });
    this.#scopes.push(
      new FragmentReader(this.#window, tag, vr, offset, scope.limit, scope.bigEndian, fragments, unwanted, maximum),
    );
  }

  #readFragments(scope: FragmentReader): boolean {
    const outcome = scope.read();
    if (outcome === 'more') return false;
    if (outcome === 'undelimited') this.results.warn(scope.tag, 'missing-delimiter');
    this.#closeFragments(scope);
    return true;
  }

  #closeFragments(scope: FragmentReader): void {
    const length = this.#window.offset - scope.start;
    const around = this.#scopes.pop() as DataSetScope;
    if (scope.unwanted) return;
    if (scope.table === undefined) {
      this.#scopes.addBulk(scope.tag, scope.vr, scope.start, length, 1);
      return;
    }
    this.results.pixels.at(-1)!.length = length;
    around.add(scope.tag, this.results.bulkText(scope.tag, scope.vr, this.#scopes.path(scope.tag)));
  }

  // ---- Ends -------------------------------------------------------------------------------------------------------

  #ignoreRest(): void {
    this.results.warn(Math.max(0, this.root.lastTag), 'trailing-data');
    this.#state = 'ignore';
    this.#window.discard();
  }

  #skip(length: number): void {
    this.#left = length;
    this.#state = 'skip';
    this.#inPixels = false;
  }
}
