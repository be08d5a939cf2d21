import { DicomError } from '../errors';
import { DEFAULT_CHARACTER_SET } from '../values/character-sets';
import type { WarningList } from '../warnings';
import type { ByteWindow } from './byte-window';
import { DataSetParser } from './data-set-parser';
import { DataSetResults } from './data-set-results';
import { isTrailingRest } from './oddities';
import type { ReaderLimits } from './reader-limits';
import { DataSetScope, type Encoding, UNLIMITED } from './scope';
import { ScopeStack } from './scope-stack';

/**
 * Reads a data set (PS3.5 section 7) from a window that is fed piece by piece. It recovers as much as possible from a
 * faulty one: a sequence that cannot be read, missing bytes at the end, extra bytes after the end.
 */
export class DataSetReader {
  readonly root: DataSetScope;
  readonly results: DataSetResults;
  /** The attribute in which the file is cut off, when that is not pixel data. */
  truncatedIn: number | undefined;

  readonly #window: ByteWindow;
  readonly #scopes: ScopeStack;
  readonly #parser: DataSetParser;
  readonly #isIdentified: () => boolean;

  /**
   * @param onRootElement called with the JSON text of each attribute that is kept at the top level of the data set
   * @param isIdentified whether the elements read so far identify the instance, so that it can be kept
   */
  constructor(
    window: ByteWindow,
    encoding: Encoding & { readonly encapsulated: boolean },
    limits: ReaderLimits,
    warnings: WarningList,
    onRootElement: (tag: number, text: string) => void,
    isIdentified: () => boolean,
  ) {
    this.#window = window;
    this.#isIdentified = isIdentified;
    this.results = new DataSetResults(limits, warnings);
    this.root = new DataSetScope(UNLIMITED, UNLIMITED, encoding, DEFAULT_CHARACTER_SET, undefined);
    this.#scopes = new ScopeStack(this.root, window, limits, this.results);
    this.#parser = new DataSetParser(window, this.#scopes, limits, this.results, onRootElement, encoding.encapsulated);
  }

  /** Reads as many bytes as the window has. */
  read(): void {
    for (;;) {
      try {
        while (this.#parser.step());
        if (this.#window.ended) this.#parser.endDoubt();
        return;
      } catch (error) {
        if (!(error instanceof DicomError && error.code === 'malformed')) throw error;
        const next = this.#scopes.abandon();
        if (next !== undefined) this.#parser.skip(next - this.#window.offset);
        else if (this.#isIdentified()) this.#parser.giveUp(Number.parseInt(error.tag!, 16));
        else throw error;
      }
    }
  }

  /** The window gets no more bytes: elements that are still open are cut off. */
  finish(): void {
    this.#window.ended = true;
    this.read();
    const { state } = this.#parser;
    const { top } = this.#scopes;
    if (state === 'ignore') return;
    if (state === 'pixels') {
      this.results.cutPixels(this.#parser.left);
    } else if (top.kind === 'fragments' && top.table !== undefined) {
      this.results.warn(top.tag, 'short-pixel-data');
      top.cutOff();
      this.#scopes.closeFragments();
    } else if (top !== this.root || state !== 'header') {
      this.#cutOff();
    } else if (this.#window.available > 0) {
      if (isTrailingRest(this.root, this.#window)) this.#parser.ignoreRest();
      else this.#cutOff();
    }
  }

  /** Keeps the part that arrived of the last element, as other readers do, and all sequences and items around it. */
  #cutOff(): void {
    this.truncatedIn = this.#parser.openTag;
    this.results.warn(this.truncatedIn, 'truncated');
    this.results.clip(this.#window.offset + this.#window.available);
    this.#parser.keepRest();
    this.#scopes.closeAll();
  }
}
