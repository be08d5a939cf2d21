import { tagText, vrOfTag } from '../dictionary/dictionary';
import { ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { DicomError } from '../errors';
import { SQ } from '../values/value-representations';
import type { ByteWindow } from './byte-window';
import { CommandSet } from './command-set';
import type { DataSetResults } from './data-set-results';
import { mayFollow } from './displaced-element';
import { ElementHeader, readTag, readUint32, UNDEFINED_LENGTH } from './element-header';
import { ElementValues, isPixelData } from './element-values';
import type { FragmentReader } from './fragment-reader';
import { beginsItem, readItemHeader } from './item-header';
import { correctEncoding, isTrailing, warnOfHeader } from './oddities';
import type { ReaderLimits } from './reader-limits';
import { type DataSetScope, type SequenceScope, UNLIMITED } from './scope';
import type { ScopeStack } from './scope-stack';
import { fitOfNext } from './strange-header';

/** An element whose end must show whether its header was read as it was meant. */
interface Doubt {
  readonly tag: number;
  readonly scope: DataSetScope;
  /** The element was added to the scope. */
  readonly kept: boolean;
  /** The number of bulk ranges before it. */
  readonly ranges: number;
  /** The element is not in its place, so it may also be junk after the end of the data set. */
  readonly displaced: boolean;
}

/**
 * Parses elements and items step by step (PS3.5 section 7). Open sequences and items are kept on an explicit stack, so
 * deep nesting cannot overflow the call stack. A value that is not needed is only counted.
 */
export class DataSetParser {
  /**
   * What the next bytes are: a header, a value that is kept, bytes that are only counted (of the instance's pixel data,
   * or of anything else), or bytes after the data set.
   */
  state: 'header' | 'value' | 'pixels' | 'skip' | 'ignore' = 'header';
  /** Bytes of the current value that are still to come. */
  left = 0;

  readonly #window: ByteWindow;
  readonly #scopes: ScopeStack;
  readonly #results: DataSetResults;
  readonly #root: DataSetScope;
  readonly #encapsulates: boolean;
  readonly #header = new ElementHeader();
  readonly #values: ElementValues;
  readonly #commandSet = new CommandSet();
  #doubt: Doubt | undefined;

  constructor(
    window: ByteWindow,
    scopes: ScopeStack,
    limits: ReaderLimits,
    results: DataSetResults,
    onRootElement: (tag: number, text: string) => void,
    encapsulates: boolean,
  ) {
    this.#encapsulates = encapsulates;
    this.#window = window;
    this.#scopes = scopes;
    this.#results = results;
    this.#root = scopes.root;
    this.#values = new ElementValues(this.#header, scopes.root, limits, results, onRootElement);
  }

  /** The attribute that the next byte belongs to. */
  get openTag(): number {
    return this.state === 'header' ? this.#scopes.tag : this.#header.tag;
  }

  /** @returns false when more bytes are needed */
  step(): boolean {
    const window = this.#window;
    switch (this.state) {
      case 'ignore':
        window.discard();
        return false;
      case 'skip':
      case 'pixels':
        this.left -= window.skip(this.left);
        if (this.left > 0) return false;
        this.state = 'header';
        return true;
      case 'value':
        return this.#readValue();
    }
    const { top } = this.#scopes;
    if (top.kind === 'fragments') return this.#readFragments(top);
    if (window.offset >= top.limit) {
      this.#doubt = undefined;
      this.#scopes.close(top.end > window.offset);
      return true;
    }
    if (top.limit - window.offset < 8) {
      // No element is this short: these bytes are padding of the item.
      this.#results.warn(this.openTag, 'trailing-data');
      this.skip(top.limit - window.offset);
      return true;
    }
    if (!window.peek(8)) return false;
    return top.kind === 'data-set' ? this.#readElement(top) : this.#readItem(top);
  }

  /** No more bytes follow: the last value ends where its header says, or its header was read wrongly. */
  endDoubt(): void {
    if (this.#doubt !== undefined) this.#settleDoubt(this.state === 'header' && this.#window.available === 0);
  }

  /**
   * A header of strange VR has led here. When no element begins here, the header was read wrongly, so its value is not
   * kept: it could be pixel data that is shifted.
   */
  #settleDoubt(right: boolean): void {
    const { tag, scope, kept, ranges, displaced } = this.#doubt!;
    this.#doubt = undefined;
    if (right) return;
    if (kept) {
      scope.removeLast();
      this.#results.removeLast(ranges, scope === this.#root ? tag : undefined);
    }
    if (displaced) this.ignoreRest();
    else throw new DicomError('malformed', 'the data set cannot be read', tagText(tag));
  }

  #fitsAfter({ tag, displaced }: Doubt, scope: DataSetScope): boolean {
    const window = this.#window;
    return displaced ? mayFollow(scope, window.bytes, window.at) : fitOfNext(window, 0, tag, scope) >= 2;
  }

  /** Skips the next `length` bytes. */
  skip(length: number): void {
    this.left = length;
    this.state = 'skip';
  }

  /** Treats everything that follows as bytes after the end of the data set. */
  ignoreRest(): void {
    this.#results.warn(Math.max(0, this.#root.lastTag), 'trailing-data');
    this.#ignore();
  }

  /** `tag` cannot be read, so nothing after it can be read either. Everything before it is kept. */
  giveUp(tag: number): void {
    this.#results.warn(tag, 'unreadable');
    this.#scopes.closeAll();
    this.#ignore();
  }

  #ignore(): void {
    this.state = 'ignore';
    this.#window.discard();
  }

  /**
   * No more bytes follow: a value that is being read ends with the bytes that have arrived. A part of a UID is not kept: it may be
   * the UID of something else.
   */
  keepRest(): void {
    const { available } = this.#window;
    const { vr, tag } = this.#header;
    if (this.state !== 'value' || available === 0 || vr.name === 'UI' || vrOfTag(tag) === 'UI') return;
    this.left = available;
    this.#readValue();
  }

  #readElement(scope: DataSetScope): boolean {
    const window = this.#window;
    const header = this.#header;
    const isRoot = scope === this.#root;
    if (this.#doubt !== undefined) {
      this.#settleDoubt(this.#fitsAfter(this.#doubt, scope));
      if (this.state === 'ignore') return true;
    }
    const command = isRoot && scope.lastTag < 0 ? this.#commandSet.elementLength(window) : 0;
    if (command > 0) return this.#stepOver(command);
    const wrong = !scope.detected && correctEncoding(scope, window, isRoot);
    if (wrong === undefined) return false;
    const tag = readTag(window.bytes, window.at, scope.bigEndian);
    if (wrong) this.#results.warn(tag, 'wrong-encoding');
    if (tag >= ITEM && tag <= SEQUENCE_DELIMITER) return this.#readStrayDelimiter(scope, tag);
    if (!header.read(window, scope)) return false;
    const trailing = isRoot && isTrailing(scope, header, window);
    if (trailing === undefined) return false;
    if (trailing) {
      this.ignoreRest();
      return true;
    }
    if (!header.readable || header.end(window) > scope.limit) throw header.malformed();
    if (header.mayBeItems(isRoot && this.#encapsulates)) {
      if (!window.peek(header.size + 8)) return false;
      if (beginsItem(window.bytes, window.at + header.size, header.length, header.bigEndian)) header.beItems();
    }
    warnOfHeader(header, this.#results);
    window.consume(header.size);
    this.#begin(scope);
    return true;
  }

  /** Decides how the value that follows is treated. */
  #begin(scope: DataSetScope): void {
    const { tag, vr, length, encapsulated, doubtful, displaced } = this.#header;
    const unwanted = this.#values.isUnwanted(scope);
    const pixels = scope === this.#root && !unwanted && isPixelData(tag);
    if ((doubtful || displaced) && vr !== SQ)
      this.#doubt = { tag, scope, kept: !unwanted, ranges: this.#results.bulk.length, displaced };
    if (vr === SQ) {
      this.#scopes.openSequence(this.#header, unwanted);
    } else if (length === UNDEFINED_LENGTH || (encapsulated && !unwanted)) {
      this.#scopes.openFragments(this.#header, pixels, unwanted);
    } else if (unwanted) {
      this.skip(length);
    } else if ((pixels && length > 0) || this.#values.isLong()) {
      const { offset } = this.#window;
      if (pixels) this.#results.pixels.push({ tag, vr: vr.name, offset, length });
      this.#scopes.addBulk(tag, vr.name, offset, length, this.#header.bigEndian ? vr.word : 1);
      this.left = length;
      this.state = pixels ? 'pixels' : 'skip';
    } else {
      this.left = length;
      this.state = 'value';
    }
  }

  #readValue(): boolean {
    const window = this.#window;
    const length = this.left;
    if (!window.peek(length)) return false;
    this.#values.keep(this.#scopes.top as DataSetScope, window.bytes, window.at, length);
    window.consume(length);
    this.left = 0;
    this.state = 'header';
    return true;
  }

  #readStrayDelimiter(scope: DataSetScope, tag: number): boolean {
    if (scope.end === UNLIMITED && scope !== this.#root) {
      // A delimiter that is not the item's own belongs to the sequence and is left for the sequence.
      if (tag === ITEM_DELIMITER) this.#window.consume(8);
      this.#scopes.close(tag !== ITEM_DELIMITER);
      return true;
    }
    if (tag === ITEM) return this.#stepOverItem(scope);
    this.#results.warn(tag, 'unexpected-delimiter');
    this.#window.consume(8);
    return true;
  }

  /** Skips an item outside a sequence: its attributes do not belong to the data set. */
  #stepOverItem(scope: DataSetScope): boolean {
    const window = this.#window;
    const length = readUint32(window.bytes, window.at + 4, scope.bigEndian);
    if (scope !== this.#root || length === UNDEFINED_LENGTH) {
      throw new DicomError('malformed', 'an item is outside a sequence', tagText(this.openTag));
    }
    return this.#stepOver(8 + length);
  }

  /** Skips bytes that do not belong to the data set. */
  #stepOver(length: number): boolean {
    this.#results.warn(this.openTag, 'unexpected-item');
    this.skip(length);
    return true;
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
    if (item.kind === 'item') {
      this.#scopes.openItem(item.encoding, end);
    } else if (item.kind === 'item-delimiter') {
      this.#results.warn(scope.tag, 'unexpected-delimiter');
    } else {
      this.#scopes.close(false);
      if (scope.end !== UNLIMITED) this.skip(scope.end - start);
    }
    return true;
  }

  #readFragments(scope: FragmentReader): boolean {
    const outcome = scope.read();
    if (outcome === 'more') return false;
    if (outcome === 'undelimited') this.#results.warn(scope.tag, 'missing-delimiter');
    if (scope.odd) this.#results.warn(scope.tag, 'odd-length');
    this.#scopes.closeFragments();
    if (scope.end !== UNLIMITED) this.skip(scope.end - this.#window.offset);
    return true;
  }
}
