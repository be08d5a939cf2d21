import type { InstanceIdentity, Scope, SeriesIdentity } from '../identities';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';
import { LAYOUT_CACHE_BYTES, LAYOUT_CACHE_MS } from './cache-limits';
import { type IsCurrent, SharedLookUps } from './shared-look-ups';

/** Instances of the series, around the requested one, that are read along with it. */
const NEIGHBOURS = 1000;

interface KeptRow {
  readonly row: InstanceRow;
  readonly until: number;
}

/** Rows by SOP Instance UID. The rows that were read last are at the end. */
interface KeptSeries {
  readonly rows: Map<string, KeptRow>;
  bytes: number;
}

type Rows = ReadonlyMap<string, InstanceRow>;

/**
 * The rows of the series that an isolate last read frames of. A viewer that scrolls through 1000 slices asks D1 once,
 * and a hundred requests that arrive at the same time share one request to D1. The cache holds only rows of the index:
 * access is checked before a request reaches it.
 */
export class LayoutCache {
  /** Series in the order of their use. The one that was used last is at the end. */
  private readonly kept = new Map<string, KeptSeries>();
  private readonly lookUps = new SharedLookUps<Rows>();
  private keptBytes = 0;

  /** Bytes of memory that the rows take, roughly. */
  get bytes(): number {
    return this.keptBytes;
  }

  /** Drops all that is kept. */
  drop(): void {
    this.kept.clear();
    this.keptBytes = 0;
  }

  /**
   * Finds the row of an instance.
   * @returns undefined when there is no such instance
   */
  async find(archive: Archive, instance: InstanceIdentity): Promise<InstanceRow | undefined> {
    const key = keyOf(archive, instance);
    const { sopInstanceUID } = instance;
    const known = this.known(key, sopInstanceUID);
    if (known !== undefined) return known;
    const rows = await this.lookUps.share(
      key,
      (isCurrent) => this.look(archive, instance, key, isCurrent),
      (found) => found.has(sopInstanceUID),
    );
    return rows.get(sopInstanceUID);
  }

  /** Drops the rows of the instance's series. */
  forget(archive: Archive, instance: InstanceIdentity): void {
    this.forgetKeys((key) => key === keyOf(archive, instance));
  }

  /** Drops the rows of a study, or of one of its series. */
  forgetWithin(archive: Archive, { studyInstanceUID, seriesInstanceUID = '' }: Scope): void {
    const prefix = keyOf(archive, { studyInstanceUID, seriesInstanceUID });
    this.forgetKeys((key) => (seriesInstanceUID === '' ? key.startsWith(prefix) : key === prefix));
  }

  /** A look-up that is under way may have read the row before the change. So its result is not kept. */
  private forgetKeys(matches: (key: string) => boolean): void {
    for (const key of this.kept.keys()) if (matches(key)) this.dropSeries(key);
    this.lookUps.disown(matches);
  }

  private known(key: string, sopInstanceUID: string): InstanceRow | undefined {
    const series = this.kept.get(key);
    const found = series?.rows.get(sopInstanceUID);
    if (series === undefined || found === undefined || found.until <= Date.now()) return undefined;
    this.kept.delete(key);
    this.kept.set(key, series);
    return found.row;
  }

  private async look(archive: Archive, instance: InstanceIdentity, key: string, isCurrent: IsCurrent): Promise<Rows> {
    const until = Date.now() + LAYOUT_CACHE_MS;
    const rows = new Map<string, InstanceRow>();
    for (const row of await archive.index.layouts(instance, NEIGHBOURS)) rows.set(row.sopInstanceUID, row);
    if (isCurrent()) this.keep(key, rows, until);
    return rows;
  }

  private keep(key: string, rows: Rows, until: number): void {
    const series = this.kept.get(key) ?? { rows: new Map<string, KeptRow>(), bytes: 0 };
    this.kept.delete(key);
    this.kept.set(key, series);
    for (const [sopInstanceUID, row] of rows) {
      this.dropRow(series, sopInstanceUID);
      series.rows.set(sopInstanceUID, { row, until });
      this.count(series, bytesOf(row));
    }
    for (const oldest of [...this.kept.keys()]) {
      if (this.keptBytes <= LAYOUT_CACHE_BYTES) return;
      if (oldest !== key) this.dropSeries(oldest);
    }
    for (const oldest of series.rows.keys()) {
      if (this.keptBytes <= LAYOUT_CACHE_BYTES) return;
      this.dropRow(series, oldest);
    }
  }

  private dropRow(series: KeptSeries, sopInstanceUID: string): void {
    const before = series.rows.get(sopInstanceUID);
    if (before === undefined) return;
    series.rows.delete(sopInstanceUID);
    this.count(series, -bytesOf(before.row));
  }

  private count(series: KeptSeries, bytes: number): void {
    series.bytes += bytes;
    this.keptBytes += bytes;
  }

  private dropSeries(key: string): void {
    this.keptBytes -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
  }
}

function keyOf(archive: Archive, { studyInstanceUID, seriesInstanceUID }: SeriesIdentity): string {
  return `${archive.name}\n${studyInstanceUID}\n${seriesInstanceUID}`;
}

/**
 * Bytes of memory that a row takes, roughly: its texts and objects, and the places of the values outside its metadata.
 */
function bytesOf({ layoutLength }: InstanceRow): number {
  return 800 + 2 * layoutLength;
}
