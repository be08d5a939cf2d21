import { tagText, vrOfTag } from '../dictionary/dictionary';
import { DicomError } from '../errors';
import type { ByteWindow } from './byte-window';
import type { DataSetResults } from './data-set-results';
import { type ElementHeader, UNDEFINED_LENGTH } from './element-header';
import { FragmentReader } from './fragment-reader';
import { FragmentTable } from './fragment-table';
import type { ReaderLimits } from './reader-limits';
import { DataSetScope, type Encoding, type Scope, SequenceScope, UNLIMITED } from './scope';

/**
 * What an abandoned sequence counts against the limit of the metadata, so that a file cannot consist of abandoned
 * sequences without reaching the limit.
 */
const ABANDONED_CHARACTERS = 240;

/** What an item counts besides its attributes, in characters: mostly for its memory. */
const ITEM_CHARACTERS = 20;

/** The data sets and sequences that are open around the next byte; the top-level data set is at the bottom. */
export class ScopeStack {
  readonly root: DataSetScope;
  top: Scope;
  readonly #scopes: Scope[];
  readonly #window: ByteWindow;
  readonly #limits: ReaderLimits;
  readonly #results: DataSetResults;

  constructor(root: DataSetScope, window: ByteWindow, limits: ReaderLimits, results: DataSetResults) {
    this.root = root;
    this.top = root;
    this.#scopes = [root];
    this.#window = window;
    this.#limits = limits;
    this.#results = results;
  }

  /** The attribute that was begun last. */
  get tag(): number {
    const { top } = this;
    if (top.kind !== 'data-set') return top.tag;
    const around = this.#scopes[this.#scopes.length - 2];
    return top.lastTag < 0 && around !== undefined ? (around as SequenceScope).tag : Math.max(0, top.lastTag);
  }

  /** Keeps a value of the innermost data set as bulk data, outside the metadata. */
  addBulk(tag: number, vr: string, offset: number, length: number, word: number): void {
    (this.top as DataSetScope).add(tag, this.#results.addBulk(tag, vr, this.#path(tag), offset, length, word));
  }

  /** Begins a sequence whose value is next. A sequence of length zero ends at once. */
  openSequence(header: ElementHeader, unwanted: boolean): void {
    const { tag, length, unknown, bigEndian } = header;
    const scope = this.top as DataSetScope;
    if (length === 0) {
      if (!unwanted) scope.add(tag, this.#results.counted(tag, '{"vr":"SQ"}'));
      return;
    }
    // Each open sequence but the innermost has an open item.
    if (this.#scopes.length / 2 >= this.#limits.maxDepth) {
      throw new DicomError('too-large', 'sequences are nested too deeply', tagText(tag));
    }
    const { offset } = this.#window;
    const end = length === UNDEFINED_LENGTH ? UNLIMITED : offset + length;
    const encoding = { implicit: scope.implicit || unknown, bigEndian };
    const limit = Math.min(end, scope.limit);
    const bulkCount = this.#results.bulk.length;
    this.#push(new SequenceScope(tag, offset, end, limit, encoding, unknown, unwanted, bulkCount));
  }

  /** Begins an item of the innermost sequence. */
  openItem(encoding: Encoding, end: number): void {
    const around = this.#scopes[this.#scopes.length - 2] as DataSetScope;
    const limit = Math.min(end, (this.top as SequenceScope).limit);
    this.#push(new DataSetScope(end, limit, encoding, around.characterSet, around.pixelRepresentation));
  }

  /** Ends the innermost scope (an item or a sequence) and adds its JSON to the scope around it. */
  close(delimiterMissing: boolean): void {
    const scope = this.top;
    const around = this.#pop();
    const sequence = (scope.kind === 'data-set' ? around : scope) as SequenceScope;
    if (delimiterMissing) this.#results.warn(sequence.tag, 'missing-delimiter');
    if (scope.kind === 'data-set') {
      this.#results.count(sequence.tag, ITEM_CHARACTERS);
      sequence.add(scope.json());
    } else if (sequence.unwanted) {
      this.#results.bulk.length = sequence.bulkCount;
    } else {
      this.#results.count(sequence.tag, 40);
      (around as DataSetScope).add(sequence.tag, sequence.json());
    }
  }

  /** Begins an encapsulated value. @param pixels the value is the instance's pixel data, so its frames are recorded */
  openFragments(header: ElementHeader, pixels: boolean, unwanted: boolean): void {
    const { tag } = header;
    const { implicit, bigEndian, limit } = this.top as DataSetScope;
    const { offset } = this.#window;
    const end = header.length === UNDEFINED_LENGTH ? UNLIMITED : offset + header.length;
    if (end !== UNLIMITED) this.#results.warn(tag, 'wrong-encoding');
    const { maxFragments } = this.#limits;
    // Compressed pixel data is OB whatever the dictionary says (PS3.5 A.4).
    const vr = (implicit || header.strangeVr) && header.vr.name === 'OW' ? 'OB' : header.vr.name;
    const fragments = pixels ? new FragmentTable(maxFragments) : undefined;
    if (fragments) this.#results.pixels.push({ tag, vr, offset, length: 0, fragments });
    this.#push(
      new FragmentReader(this.#window, tag, vr, offset, end, limit, bigEndian, fragments, unwanted, maxFragments),
    );
  }

  /** Ends the open encapsulated value at the position of the window. */
  closeFragments(): void {
    const { tag, vr, start, table, unwanted } = this.top as FragmentReader;
    const length = this.#window.offset - start;
    const around = this.#pop() as DataSetScope;
    if (unwanted) return;
    if (table === undefined) {
      this.addBulk(tag, vr, start, length, 1);
      return;
    }
    this.#results.pixels.at(-1)!.length = length;
    around.add(tag, this.#results.bulkText(tag, vr, this.#path(tag)));
  }

  /** Ends everything that is open except the top-level data set. */
  closeAll(): void {
    while (this.top !== this.root) {
      if (this.top.kind === 'fragments') this.closeFragments();
      else this.close(false);
    }
  }

  /**
   * Gives up the innermost sequence of known length, because its contents are not items. The sequence is kept as bulk
   * data.
   *
   * @returns the offset at which to continue; undefined when there is no such sequence
   */
  abandon(): number | undefined {
    const depth = this.#scopes.findLastIndex((scope) => scope.kind === 'sequence' && Number.isFinite(scope.end));
    if (depth <= 0) return undefined;
    const { tag, start, end, guessed, unwanted, bulkCount } = this.#scopes[depth] as SequenceScope;
    this.#scopes.length = depth + 1;
    this.#pop();
    this.#results.bulk.length = bulkCount;
    // A private value that looked like a sequence need not be one.
    if (!guessed || vrOfTag(tag) !== undefined) this.#results.warn(tag, 'unreadable');
    this.#results.count(tag, ABANDONED_CHARACTERS);
    if (!unwanted) this.addBulk(tag, 'UN', start, end - start, 1);
    return end;
  }

  /** The tags and item numbers that lead to an element of the innermost data set, as written in BulkDataURIs. */
  #path(tag: number): string {
    let path = '';
    for (const scope of this.#scopes) {
      if (scope.kind === 'sequence') path += `${tagText(scope.tag)}/${scope.count}/`;
    }
    return path + tagText(tag);
  }

  #push(scope: Scope): void {
    this.#scopes.push(scope);
    this.top = scope;
  }

  #pop(): Scope {
    this.#scopes.pop();
    this.top = this.#scopes[this.#scopes.length - 1]!;
    return this.top;
  }
}
