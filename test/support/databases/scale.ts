import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { type Billed, billing } from '../platform/billed';
import { replacing } from '../platform/replacing';

/** A client whose costs are measured, and the bytes that it writes into the bucket. */
export interface Measured {
  readonly client: ArchiveClient;
  costOf(work: () => Promise<unknown>): Promise<Billed & { readonly bytes: number }>;
  /** Merges the metadata of a series, as the queue's consumer does. @param atRest the series grows no longer */
  merge(
    series: { readonly studyInstanceUID: string; readonly seriesInstanceUID: string },
    atRest: boolean,
  ): Promise<void>;
}

const HOUR = 60 * 60 * 1000;

export function measured(): Measured {
  const { over, costOf } = billing();
  let bytes = 0;
  const weighed = ({ bucket, ...more }: ArchiveBindings): ArchiveBindings => ({
    ...more,
    bucket: replacing(bucket, {
      put: (key: string, value: Uint8Array, ...rest: [R2PutOptions]) => {
        bytes += value.byteLength;
        return bucket.put(key, value, ...rest);
      },
    }),
  });
  const client = archiveClient({ FRAME_COPIES: 'none' }, (real) => over(weighed(real)));
  const archive = openArchive(client.prefix, client.bindings);
  return {
    client,
    async costOf(work) {
      bytes = 0;
      const cost = await costOf(work);
      return { ...cost, bytes };
    },
    async merge(series, atRest) {
      const now = Date.now() + (atRest ? HOUR : 0);
      for (let runs = 0; runs < 20; runs += 1) {
        if ((await compactSeries(archive, series, DEFAULT_LIMITS, now)).reads === 0) return;
      }
      throw new Error('merging does not end');
    },
  };
}

/** Adds up what is measured. */
export function sum(costs: readonly (Billed & { readonly bytes: number })[]): Billed & { readonly bytes: number } {
  const [first, ...others] = costs;
  const total: Record<string, number> = { ...first };
  for (const cost of others) for (const [name, value] of Object.entries(cost)) total[name] = (total[name] ?? 0) + value;
  return total as unknown as Billed & { readonly bytes: number };
}
