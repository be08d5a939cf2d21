import type { SeriesIdentity } from '../archive/identities';
import type { CompactionQueue } from '../archive/ports';

/** What a queue message says: the metadata of this series lies in several segments. */
export interface CompactionMessage extends SeriesIdentity {
  readonly archive: string;
}

/** What a queue message says: there is something for the re-index job to do. */
export interface ReindexMessage {
  readonly archive: string;
  readonly kind: 'reindex';
}

/** What a queue message says: frames of this series have no compressed copies yet. */
export interface FrameCopiesMessage extends SeriesIdentity {
  readonly archive: string;
  readonly kind: 'frame-copies';
}

export type QueueMessage = CompactionMessage | ReindexMessage | FrameCopiesMessage;

/** Requests for work in the background, by a Cloudflare queue. */
export function compactionQueue(queue: Queue, archive: string): CompactionQueue {
  return {
    async request(series, delayMs = 0) {
      const delaySeconds = Math.min(Math.ceil(delayMs / 1000), LONGEST_DELAY);
      for (let at = 0; at < series.length; at += BATCH_LIMIT) {
        await queue.sendBatch(
          series.slice(at, at + BATCH_LIMIT).map(({ studyInstanceUID, seriesInstanceUID }) => ({
            body: { archive, studyInstanceUID, seriesInstanceUID } satisfies CompactionMessage,
            ...(delaySeconds > 0 && { delaySeconds }),
          })),
        );
      }
    },

    async requestFrameCopies(series) {
      for (let at = 0; at < series.length; at += BATCH_LIMIT) {
        await queue.sendBatch(
          series.slice(at, at + BATCH_LIMIT).map(({ studyInstanceUID, seriesInstanceUID }) => ({
            body: { archive, kind: 'frame-copies', studyInstanceUID, seriesInstanceUID } satisfies FrameCopiesMessage,
          })),
          { delaySeconds: STILL_SECONDS },
        );
      }
    },

    async requestReindex() {
      await queue.sendBatch([{ body: { archive, kind: 'reindex' } satisfies ReindexMessage }]);
    },
  };
}

/** So long after a store its frames are copied: by then most of the series is there, and its sender is done. */
export const STILL_SECONDS = 15;

/** A queue takes at most 100 messages a call. */
const BATCH_LIMIT = 100;

/** A queue holds a message back for at most 12 hours, in seconds. */
const LONGEST_DELAY = 12 * 60 * 60;
