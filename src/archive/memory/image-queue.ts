import type { LedgerLimits } from './ledger-limits';
import type { Waiter } from './waiter';
import { WorkPace } from './work-pace';

/** Decides whether one more image may wait for its turn. */
export class ImageQueue {
  /** The pace of waiting work on images. */
  readonly pace = new WorkPace();
  /** When a request was last refused, milliseconds since 1970. */
  private turnedAway = Number.NEGATIVE_INFINITY;

  constructor(private readonly limits: LedgerLimits) {}

  /**
   * Whether the images that wait before this one are too much work. A few may always wait, whatever time they need. When a
   * request is refused, an overload begins: then no image may wait if the images before it take longer than the queue
   * allows.
   * @param bytes that the image needs
   * @param before the images that wait before it
   * @param held bytes of the images that are worked on
   * @param now milliseconds since 1970
   */
  isTooMuch(bytes: number, before: readonly Waiter[], held: number, now: number): boolean {
    const { waitingImages, fewImages, imageQueue, overload } = this.limits;
    const free = now - this.turnedAway < overload ? 0 : fewImages;
    if (before.length === 0) return false;
    const wanted = before.reduce((sum, waiter) => sum + waiter.bytes, bytes);
    const tooMuch =
      wanted > waitingImages || (before.length >= free && this.pace.timeFor(wanted + held, held, now) > imageQueue);
    if (tooMuch) this.turnedAway = now;
    return tooMuch;
  }
}
