import type { ByteReader } from '../store/incoming-instance';

/**
 * Hands bytes to a reader as they come, without a copy: the giver waits until the reader is done with them. The reader may end
 * before the bytes do.
 */
export class PieceByPiece implements ByteReader {
  /** What the reader waits for. */
  private next: PromiseWithResolvers<Uint8Array | null> | undefined;
  /** Resolves when the reader waits, or takes nothing more. */
  private asked = Promise.withResolvers<void>();
  /** The reader has ended, and takes nothing more. */
  isOver = false;
  private failure: Error | undefined;

  async read(): Promise<Uint8Array | null> {
    if (this.failure !== undefined) throw this.failure;
    this.next = Promise.withResolvers();
    this.asked.resolve();
    return await this.next.promise;
  }

  /** Resolves when the reader does not need the piece any more. */
  async give(piece: Uint8Array): Promise<void> {
    await this.hand(piece);
    await this.asked.promise;
  }

  /** Says that no more bytes come. */
  async end(): Promise<void> {
    await this.hand(null);
  }

  /** The reader fails instead of getting more bytes. */
  fail(failure: Error): void {
    this.failure = failure;
    this.next?.reject(failure);
  }

  /** Says that the reader has ended. */
  over(): void {
    this.isOver = true;
    this.asked.resolve();
  }

  private async hand(piece: Uint8Array | null): Promise<void> {
    await this.asked.promise;
    if (this.isOver) return;
    this.asked = Promise.withResolvers();
    this.next?.resolve(piece);
  }
}
