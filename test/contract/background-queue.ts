import { describe, expect, it } from 'vitest';
import type { SeriesIdentity } from '../../src/archive/identities';
import type { BackgroundQueue } from '../../src/archive/ports';

/** What a queue was asked for, as its consumer sees it. */
export interface AskedWork {
  readonly kind: 'compaction' | 'remake' | 'frame-copies' | 'reindex' | 'ingest' | 'moves' | 'snapshots';
  readonly series?: SeriesIdentity;
  readonly upload?: string;
  /** Not before so many seconds have passed. */
  readonly delaySeconds: number;
}

const series = (count: number): SeriesIdentity[] =>
  Array.from({ length: count }, (_, at) => ({ studyInstanceUID: '1.2', seriesInstanceUID: `1.2.${at}` }));

/** What archive/ports.ts says of BackgroundQueue. @param open also tells what the consumer gets */
export function backgroundQueueContract(
  name: string,
  open: () => { queue: BackgroundQueue; asked: () => readonly AskedWork[] },
): void {
  describe(`BackgroundQueue: ${name}`, () => {
    it('asks for each of many series once', async () => {
      const { queue, asked } = open();
      await queue.requestCompaction(series(250));
      expect(asked()).toEqual(series(250).map((one) => ({ kind: 'compaction', series: one, delaySeconds: 0 })));
    });

    it('asks for the lost metadata of each of many series once', async () => {
      const { queue, asked } = open();
      await queue.requestRemake(series(101));
      expect(asked()).toEqual(series(101).map((one) => ({ kind: 'remake', series: one, delaySeconds: 0 })));
    });

    it('asks for nothing when there are none', async () => {
      const { queue, asked } = open();
      await queue.requestCompaction([]);
      await queue.requestRemake([]);
      await queue.requestFrameCopies([], 0);
      expect(asked()).toEqual([]);
    });

    it('holds a request back, whole seconds up, and not longer than a queue can', async () => {
      const { queue, asked } = open();
      await queue.requestCompaction(series(1), 1500);
      await queue.requestCompaction(series(1), 30 * 24 * 60 * 60 * 1000);
      expect(asked().map(({ delaySeconds }) => delaySeconds)).toEqual([2, 12 * 60 * 60]);
    });

    it('asks for copies of frames once a series has been still', async () => {
      const { queue, asked } = open();
      await queue.requestFrameCopies(series(101), 5);
      expect(asked().map((one) => one.series)).toEqual(series(101));
      for (const { kind, delaySeconds } of asked()) {
        expect(kind).toBe('frame-copies');
        expect(delaySeconds).toBeGreaterThan(0);
      }
    });

    it('asks to ingest each of many uploads', async () => {
      const { queue, asked } = open();
      const uploads = Array.from({ length: 150 }, (_, at) => `upload-${at}`);
      await queue.requestIngest([]);
      await queue.requestIngest(uploads);
      expect(asked()).toEqual(uploads.map((upload) => ({ kind: 'ingest', upload, delaySeconds: 0 })));
      await queue.requestIngest(['late'], 60_000);
      expect(asked().at(-1)).toEqual({ kind: 'ingest', upload: 'late', delaySeconds: 60 });
    });

    it('asks for a step of the moves, at once or later', async () => {
      const { queue, asked } = open();
      await queue.requestMoves(0);
      await queue.requestMoves(20_000);
      expect(asked()).toEqual([0, 20].map((delaySeconds) => ({ kind: 'moves', delaySeconds })));
    });

    it('asks for a run of the re-index job', async () => {
      const { queue, asked } = open();
      await queue.requestReindex();
      expect(asked()).toEqual([{ kind: 'reindex', delaySeconds: 0 }]);
    });
  });
}
