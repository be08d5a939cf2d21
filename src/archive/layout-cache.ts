import type { Archive, InstanceIdentity, Scope, SeriesIdentity } from './ports';
import type { InstanceRow } from './rows';

/** Rows kept by an isolate: under 1 KB each. */
const KEPT_ROWS = 4000;

/** Other instances of a series that are read along with the one asked for. */
const NEIGHBOURS = 1000;

/**
 * Rows are believed for so long: what was deleted or replaced through another isolate can be had from this one no longer
 * than that. A viewer's requests come faster.
 */
const KEPT_MS = 2000;

interface KeptSeries {
  readonly rows: Map<string, InstanceRow>;
  readonly until: number;
}

/**
 * The rows of the series that an isolate last read frames of, so that a viewer scrolling through 1000 slices asks D1
 * once. It holds what the index says and no more: who may see it is decided before.
 */
export class LayoutCache {
  private readonly kept = new Map<string, KeptSeries>();
  private count = 0;

  /** Memory that the rows take, bytes, roughly. */
  get bytes(): number {
    return 1024 * this.count;
  }

  /** Gives up all that is kept. */
  drop(): void {
    this.kept.clear();
    this.count = 0;
  }

  /** @returns undefined when there is no such instance */
  async find(archive: Archive, instance: InstanceIdentity): Promise<InstanceRow | undefined> {
    const key = keyOf(archive, instance);
    const kept = this.kept.get(key);
    const row = kept !== undefined && kept.until > Date.now() ? kept.rows.get(instance.sopInstanceUID) : undefined;
    if (kept !== undefined && row !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, kept);
      return row;
    }
    this.forget(archive, instance);
    const rows = new Map<string, InstanceRow>();
    for (const found of await archive.index.layouts(instance, NEIGHBOURS)) rows.set(found.sopInstanceUID, found);
    if (rows.size > 0) this.keep(key, { rows, until: Date.now() + KEPT_MS });
    return rows.get(instance.sopInstanceUID);
  }

  /** Drops what is known of the instance's series. */
  forget(archive: Archive, instance: InstanceIdentity): void {
    this.dropSeries(keyOf(archive, instance));
  }

  /** Drops what is known of a study, or of a series of it. */
  forgetWithin(archive: Archive, { studyInstanceUID, seriesInstanceUID = '' }: Scope): void {
    const prefix = keyOf(archive, { studyInstanceUID, seriesInstanceUID });
    for (const key of this.kept.keys())
      if (seriesInstanceUID === '' ? key.startsWith(prefix) : key === prefix) this.dropSeries(key);
  }

  private keep(key: string, series: KeptSeries): void {
    this.dropSeries(key);
    this.kept.set(key, series);
    this.count += series.rows.size;
    for (const oldest of this.kept.keys()) {
      if (this.count <= KEPT_ROWS || oldest === key) break;
      this.dropSeries(oldest);
    }
  }

  private dropSeries(key: string): void {
    this.count -= this.kept.get(key)?.rows.size ?? 0;
    this.kept.delete(key);
  }
}

function keyOf(archive: Archive, { studyInstanceUID, seriesInstanceUID }: SeriesIdentity): string {
  return `${archive.name}\n${studyInstanceUID}\n${seriesInstanceUID}`;
}
