import type { QueueMessage } from '../archive/background-messages';
import type { BackgroundQueue } from '../archive/ports';

/** Requests for work in the background, through a Cloudflare queue. */
export function backgroundQueue(queue: Queue, archive: string): BackgroundQueue {
  /** Sends messages, as many at once as a queue takes. */
  const send = async (messages: readonly QueueMessage[], delayMs = 0): Promise<void> => {
    const delaySeconds = Math.min(Math.ceil(delayMs / 1000), LONGEST_DELAY);
    for (let at = 0; at < messages.length; at += BATCH_LIMIT) {
      const some = messages.slice(at, at + BATCH_LIMIT);
      await queue.sendBatch(some.map((body) => ({ body, ...(delaySeconds > 0 && { delaySeconds }) })));
    }
  };

  return {
    async requestCompaction(series, delayMs) {
      await send(
        series.map(({ studyInstanceUID, seriesInstanceUID }) => ({ archive, studyInstanceUID, seriesInstanceUID })),
        delayMs,
      );
    },
    async requestRemake(series) {
      await send(
        series.map(({ studyInstanceUID, seriesInstanceUID }) => ({
          archive,
          kind: 'remake',
          studyInstanceUID,
          seriesInstanceUID,
        })),
      );
    },
    async requestIngest(uploads, delayMs) {
      await send(
        uploads.map((upload) => ({ archive, kind: 'ingest', upload })),
        delayMs,
      );
    },
    async requestFrameCopies(series, since) {
      await send(
        series.map(({ studyInstanceUID, seriesInstanceUID }) => ({
          archive,
          kind: 'frame-copies',
          studyInstanceUID,
          seriesInstanceUID,
          since,
        })),
        STILL_SECONDS * 1000,
      );
    },
    async requestSnapshots() {
      await send([{ archive, kind: 'snapshots' }]);
    },
    async requestMoves(delayMs) {
      await send([{ archive, kind: 'moves' }], delayMs);
    },
    async requestReindex() {
      await send([{ archive, kind: 'reindex' }]);
    },
  };
}

/** Seconds from a store until its frames are copied. By then most of the series has arrived. */
const STILL_SECONDS = 15;

/** The most messages of one call. */
const BATCH_LIMIT = 100;

/** The longest delay of a message, seconds: 12 hours. */
const LONGEST_DELAY = 12 * 60 * 60;
