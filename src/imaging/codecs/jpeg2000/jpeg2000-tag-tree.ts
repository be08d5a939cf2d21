/** Reads a bit of a packet header. */
export type ReadBit = () => number;

interface Level {
  readonly across: number;
  /** For each node: the lower bound known so far. */
  readonly least: Int32Array;
  /** 1 when the node's value is exactly the bound. */
  readonly known: Uint8Array;
}

/** A tag tree (T.800 B.10.2): codes the numbers of a grid by the minimum of each group of four, level by level. */
export class TagTree {
  /** The leaves come first. */
  readonly #levels: Level[] = [];

  constructor(across: number, down: number) {
    for (
      let [wide, high] = [across, down];
      wide * high > 0;
      [wide, high] = [Math.ceil(wide / 2), Math.ceil(high / 2)]
    ) {
      this.#levels.push({ across: wide, least: new Int32Array(wide * high), known: new Uint8Array(wide * high) });
      if (wide * high === 1) break;
    }
  }

  /**
   * Reads just enough bits to decide whether a number is below a limit. @returns the number, or the limit when the
   * number is not below it
   */
  below(x: number, y: number, limit: number, readBit: ReadBit): number {
    let least = 0;
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      const level = this.#levels[depth]!;
      const at = (y >> depth) * level.across + (x >> depth);
      least = Math.max(least, level.least[at]!);
      while (least < limit && level.known[at] === 0) {
        if (readBit() === 1) level.known[at] = 1;
        else least++;
      }
      level.least[at] = least;
    }
    return Math.min(least, limit);
  }
}
