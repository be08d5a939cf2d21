/** Private data elements and their creators (PS3.5 7.8.1): (gggg,00bb) reserves (gggg,bb00) to (gggg,bbFF). */

/** Whether a tag, eight hexadecimal digits, belongs to a private group. */
export function isPrivate(tag: string): boolean {
  return Number.parseInt(tag[3]!, 16) % 2 === 1;
}

/** Whether a private tag, in upper case, is that of a private creator, which reserves a block. */
export function isPrivateCreator(tag: string): boolean {
  return isPrivate(tag) && tag.startsWith('00', 4) && tag >= `${tag.slice(0, 4)}0010`;
}

/** The tag of the private creator that reserves the block of a private tag; undefined when the tag is in no block. */
export function creatorTagOf(tag: string): string | undefined {
  return isPrivate(tag) && tag.slice(4, 6) >= '10' ? `${tag.slice(0, 4)}00${tag.slice(4, 6)}` : undefined;
}

/**
 * Assigns tags to private elements that are given with their creator's name but without a block, as in the Native DICOM
 * Model (PS3.19 table A.1.5-1): in the block that the creator has in the data set, otherwise in a free block.
 */
export class PrivateBlocks {
  /** Private creators that must be added to the data set for new blocks: name by tag. */
  readonly added = new Map<string, string>();
  readonly #creators = new Map<string, string>();
  readonly #taken: Set<string>;

  /**
   * @param creators the private creators in the data set: name by tag
   * @param taken the tags in the data set
   */
  constructor(creators: Iterable<readonly [tag: string, name: string]>, taken: Iterable<string>) {
    for (const [tag, name] of creators) this.#creators.set(tag, name.trimEnd());
    this.#taken = new Set(taken);
  }

  /**
   * Assigns a tag to an element; the tag is then taken.
   *
   * @param tag gggg00ee
   * @returns undefined when the group has no free block
   */
  place(tag: string, creator: string): string | undefined {
    const name = creator.trimEnd();
    const group = tag.slice(0, 4);
    const element = tag.slice(6);
    // One creator may have several blocks, with the same element in each.
    const own = [...this.#creators].filter(([of, each]) => of.startsWith(group) && each === name).sort();
    for (const [of] of own) {
      const placed = `${group}${of.slice(6)}${element}`;
      if (this.#take(placed)) return placed;
    }
    const block = own.length === 0 ? this.#freeBlock(group) : undefined;
    if (block === undefined) return undefined;
    this.#creators.set(`${group}00${block}`, name);
    this.added.set(`${group}00${block}`, name);
    const placed = `${group}${block}${element}`;
    this.#take(placed);
    return placed;
  }

  #take(tag: string): boolean {
    if (this.#taken.has(tag)) return false;
    this.#taken.add(tag);
    return true;
  }

  #freeBlock(group: string): string | undefined {
    const used = new Set([...this.#taken].filter((tag) => tag.startsWith(group)).map((tag) => tag.slice(4, 6)));
    for (let number = 0x10; number <= 0xff; number++) {
      const block = number.toString(16).toUpperCase();
      if (!used.has(block) && !this.#creators.has(`${group}00${block}`)) return block;
    }
    return undefined;
  }
}
