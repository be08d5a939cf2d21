/**
 * Lets other requests of the isolate run during long work, which would otherwise block the only thread. The work
 * reports its progress, and pauses after each piece.
 */
export class Pauses {
  /** The number of pauses so far. */
  taken = 0;
  private done = 0;

  /** @param piece the amount of work between two pauses, in the same unit that `due` counts */
  constructor(private readonly piece: number) {}

  /** Counts work. @returns whether a pause is due */
  due(work: number): boolean {
    this.done += work;
    return this.done >= this.piece;
  }

  /** Pauses until everything else that is ready to run has run. */
  async pause(): Promise<void> {
    this.done = 0;
    this.taken += 1;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}

/** Samples of a picture between two pauses: about 3 to 8 milliseconds of work. */
export const PIECE_SAMPLES = 1 << 18;

/** Bytes to inflate or deflate between two pauses. */
export const PIECE_BYTES = 1 << 18;
