import { ROOM, SHARED_ROOM } from '../../imaging/codecs/codec-memory';

const MIB = 1024 * 1024;

/**
 * What memory is held for.
 *
 * - `upload`: a Store request, from its first byte to its commit.
 * - `extra`: an instance of a Store request whose metadata or inflated data set is longer than most.
 * - `answer`: metadata on its way to a client.
 * - `image`: work on one frame, and the result of the work until it has been sent.
 * - `coded`: the code stream of a frame whose request waits for an `image` lease. No request waits for `coded`.
 */
export type Purpose = 'upload' | 'extra' | 'image' | 'coded' | 'answer';

/** The limits of a ledger. */
export interface LedgerLimits {
  /** Bytes that all requests and caches of an isolate may hold together. */
  readonly shared: number;
  /**
   * The total that a single lease of more than `shared` may lead to. Such a lease begins when the others hold little.
   */
  readonly alone: number;
  /**
   * Bytes for each purpose. A single lease may have more while it is the only one of its purpose. Small leases may have
   * `small` bytes in addition.
   */
  readonly most: Readonly<Record<Purpose, number>>;
  /**
   * Milliseconds that a request waits while no request gets memory for its purpose. Then the client is told to try
   * again later.
   */
  readonly patience: Readonly<Record<Purpose, number>>;
  /** Milliseconds that a request waits at most while other requests get memory before it. */
  readonly longest: number;
  /** Requests that may wait. The client of the next one is told to try again later. */
  readonly waiting: number;
  /**
   * Bytes that all waiting work on images may ask for.
   */
  readonly waitingImages: number;
  /**
   * During an overload: the milliseconds that all waiting and running work on images may take, at the pace of the last
   * images. So the archive does not work long for clients that have given up, and a client is told within this time to
   * send the request again.
   */
  readonly imageQueue: number;
  /**
   * This number of images may wait, whatever time they need, before an overload begins: a short slow period refuses no
   * viewer.
   */
  readonly fewImages: number;
  /**
   * Milliseconds from the last refused request to the end of an overload. Clients were told to send the request again
   * within this time.
   */
  readonly overload: number;
  /**
   * A request that needs at most this many bytes may overtake a larger one, at first always, and later only if it leaves
   * enough room for the larger one. A slice of 512x512 is small in every compression.
   */
  readonly small: number;
}

/**
 * The viewers of a hospital at one isolate, each waiting for an image. They wait, because a refused image leaves a gap on
 * the screen.
 */
const FEW_IMAGES = 64;

/** The limits that the archive uses. */
export const LEDGER_LIMITS: LedgerLimits = {
  shared: SHARED_ROOM,
  alone: ROOM,
  most: { upload: 40 * MIB, extra: 64 * MIB, image: ROOM, coded: 12 * MIB, answer: 32 * MIB },
  patience: { upload: 60_000, extra: 25_000, image: 25_000, coded: 0, answer: 60_000 },
  longest: 90_000,
  waiting: 256,
  waitingImages: FEW_IMAGES * ROOM,
  imageQueue: 8000,
  fewImages: FEW_IMAGES,
  overload: 10_000,
  small: 10 * MIB,
};
