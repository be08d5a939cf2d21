import type {
  CompactionMessage,
  FrameCopiesMessage,
  IngestMessage,
  MovesMessage,
  ReindexMessage,
  SnapshotsMessage,
} from '../archive/background-messages';
import type { BackgroundQueue } from '../archive/ports';

/** Requests for work in the background, through a Cloudflare queue. */
export function backgroundQueue(queue: Queue, archive: string): BackgroundQueue {
  return {
    async requestCompaction(series, delayMs = 0) {
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

    async requestIngest(uploads, delayMs = 0) {
      const delaySeconds = Math.min(Math.ceil(delayMs / 1000), LONGEST_DELAY);
      for (let at = 0; at < uploads.length; at += BATCH_LIMIT) {
        await queue.sendBatch(
          uploads.slice(at, at + BATCH_LIMIT).map((upload) => ({
            body: { archive, kind: 'ingest', upload } satisfies IngestMessage,
            ...(delaySeconds > 0 && { delaySeconds }),
          })),
        );
      }
    },

    async requestFrameCopies(series, since) {
      for (let at = 0; at < series.length; at += BATCH_LIMIT) {
        await queue.sendBatch(
          series.slice(at, at + BATCH_LIMIT).map(({ studyInstanceUID, seriesInstanceUID }) => ({
            body: {
              archive,
              kind: 'frame-copies',
              studyInstanceUID,
              seriesInstanceUID,
              since,
            } satisfies FrameCopiesMessage,
          })),
          { delaySeconds: STILL_SECONDS },
        );
      }
    },

    async requestSnapshots() {
      await queue.sendBatch([{ body: { archive, kind: 'snapshots' } satisfies SnapshotsMessage }]);
    },

    async requestMoves(delayMs) {
      const delaySeconds = Math.min(Math.ceil(delayMs / 1000), LONGEST_DELAY);
      await queue.sendBatch([
        { body: { archive, kind: 'moves' } satisfies MovesMessage, ...(delaySeconds > 0 && { delaySeconds }) },
      ]);
    },

    async requestReindex() {
      await queue.sendBatch([{ body: { archive, kind: 'reindex' } satisfies ReindexMessage }]);
    },
  };
}

/** Seconds from a store to the copying of its frames: by then most of the series is there. */
export const STILL_SECONDS = 15;

/** Messages that a queue takes in one call. */
const BATCH_LIMIT = 100;

/** Seconds for which a queue can hold a message back: 12 hours. */
const LONGEST_DELAY = 12 * 60 * 60;
