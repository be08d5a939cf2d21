/**
 * Lets an isolate's other requests go on during long work, which would hold the only thread: the work counts what it does,
 * and pauses whenever it has done a piece.
 */
export class Turns {
  /** Pauses so far. */
  given = 0;
  private done = 0;

  /** @param piece work between two pauses, in whatever the work is counted in */
  constructor(private readonly piece: number) {}

  /** Counts work. @returns whether it is time to give way */
  due(work: number): boolean {
    this.done += work;
    return this.done >= this.piece;
  }

  /** Pauses until whatever else is ready to run has run. */
  async giveWay(): Promise<void> {
    this.done = 0;
    this.given += 1;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}

/** Samples of a picture between two pauses: some 10 to 30 milliseconds. */
export const PIECE_SAMPLES = 1 << 20;

/** Bytes to be inflated or deflated between two pauses. */
export const PIECE_BYTES = 1 << 20;
