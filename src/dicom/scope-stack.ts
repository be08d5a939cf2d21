import type { DataSetResults } from './data-set-results';
import { tagText } from './dictionary';
import type { DataSetScope, Scope, SequenceScope } from './scope';

/** What an abandoned sequence costs of the metadata's limit, so that a file cannot be made of nothing else. */
const ABANDONED_CHARACTERS = 240;

/** What an item costs beside its attributes: memory more than text. */
const ITEM_CHARACTERS = 20;

/** What is open around the next byte, the data set itself at the bottom. */
export class ScopeStack {
  readonly root: DataSetScope;
  top: Scope;
  readonly #scopes: Scope[];
  readonly #results: DataSetResults;

  constructor(root: DataSetScope, results: DataSetResults) {
    this.root = root;
    this.top = root;
    this.#scopes = [root];
    this.#results = results;
  }

  /** Sequences that are open: each has an item around all but its last. */
  get depth(): number {
    return this.#scopes.length / 2;
  }

  push(scope: Scope): void {
    this.#scopes.push(scope);
    this.top = scope;
  }

  /** The attribute that was last begun. */
  get tag(): number {
    const { top } = this;
    if (top.kind !== 'data-set') return top.tag;
    const around = this.#scopes[this.#scopes.length - 2];
    return top.lastTag < 0 && around !== undefined ? (around as SequenceScope).tag : Math.max(0, top.lastTag);
  }

  pop(): Scope {
    this.#scopes.pop();
    this.top = this.#scopes[this.#scopes.length - 1]!;
    return this.top;
  }

  /** The data set that the innermost sequence is an attribute of. */
  aroundSequence(): DataSetScope {
    return this.#scopes[this.#scopes.length - 2] as DataSetScope;
  }

  /** Tags and item numbers that lead to an element of the innermost data set, as BulkDataURIs spell them. */
  path(tag: number): string {
    let path = '';
    for (const scope of this.#scopes) {
      if (scope.kind === 'sequence') path += `${tagText(scope.tag)}/${scope.count}/`;
    }
    return path + tagText(tag);
  }

  /** Keeps a value of the innermost data set outside the metadata. */
  addBulk(tag: number, vr: string, offset: number, length: number, word: number): void {
    (this.top as DataSetScope).add(tag, this.#results.addBulk(tag, vr, this.path(tag), offset, length, word));
  }

  /** Ends the innermost scope, an item or a sequence, and hands its JSON to the one around it. */
  close(delimiterMissing: boolean): void {
    const scope = this.top;
    const around = this.pop();
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

  /**
   * Gives up the innermost sequence whose length is known, because its contents are no items: it is kept as bulk data.
   *
   * @returns where to go on; undefined when there is no such sequence
   */
  abandon(): number | undefined {
    const depth = this.#scopes.findLastIndex((scope) => scope.kind === 'sequence' && Number.isFinite(scope.end));
    if (depth <= 0) return undefined;
    const { tag, start, end, unwanted, bulkCount } = this.#scopes[depth] as SequenceScope;
    this.#scopes.length = depth + 1;
    this.pop();
    this.#results.bulk.length = bulkCount;
    this.#results.warn(tag, 'unreadable');
    this.#results.count(tag, ABANDONED_CHARACTERS);
    if (!unwanted) this.addBulk(tag, 'UN', start, end - start, 1);
    return end;
  }
}
