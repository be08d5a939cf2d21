/** Reads a bit of a packet header. */
export type ReadBit = () => number;

interface Level {
  readonly across: number;
  /** What is known of each node: it is at least this. */
  readonly least: Int32Array;
  /** 1 where it is exactly that. */
  readonly known: Uint8Array;
}

/** Numbers of a grid, told as the least of each group of four, and so on upwards (T.800 B.10.2). */
export class TagTree {
  /** The leaves first. */
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

  /** Reads as much as tells whether a number is below a limit. @returns the number, or the limit where it is not below */
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
