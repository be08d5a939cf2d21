import type { InstanceIdentity, Scope, SeriesIdentity } from '../identities';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';
import { LAYOUT_CACHE_BYTES, LAYOUT_CACHE_MS, LAYOUT_REFRESH_MS } from './cache-limits';
import { RecentValues } from './recent-values';
import { type IsCurrent, SharedLookUps } from './shared-look-ups';

/** Instances of the series, around the requested one, that are read along with it. */
const NEIGHBOURS = 1000;

interface KeptRow {
  readonly row: InstanceRow;
  readonly until: number;
}

type Rows = ReadonlyMap<string, InstanceRow>;

/**
 * The rows of the series that an isolate last read frames of. A viewer that scrolls through 1000 slices asks D1 once,
 * and a hundred requests that arrive at the same time share one request to D1. The cache holds only rows of the index, and
 * the rows of each view of the archive apart: what one principal may see is not found for another one.
 */
export class LayoutCache {
  /** The rows of each series, by SOP Instance UID. */
  private readonly kept = new RecentValues<RecentValues<KeptRow>>();
  private readonly lookUps = new SharedLookUps<Rows>();

  /** Bytes of memory that the rows take, roughly. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /** Drops all that is kept. */
  drop(): void {
    this.kept.drop();
  }

  /**
   * Finds the row of an instance.
   * @param background keeps the request alive for work that its answer does not wait for
   * @returns undefined when there is no such instance
   */
  async find(
    archive: Archive,
    instance: InstanceIdentity,
    background: (work: Promise<unknown>) => void = () => undefined,
  ): Promise<InstanceRow | undefined> {
    const key = keyOf(archive, instance);
    const { sopInstanceUID } = instance;
    const now = Date.now();
    const known = this.kept.use(key)?.use(sopInstanceUID);
    if (known !== undefined && known.until > now) {
      if (known.until - now <= LAYOUT_CACHE_MS - LAYOUT_REFRESH_MS && !this.lookUps.isUnderWay(key)) {
        const refresh = this.lookUps.share(key, (isCurrent) => this.look(archive, instance, key, isCurrent));
        // Without a result, a later request asks for itself.
        background(refresh.catch(() => undefined));
      }
      return known.row;
    }
    const rows = await this.lookUps.share(
      key,
      (isCurrent) => this.look(archive, instance, key, isCurrent),
      (found) => found.has(sopInstanceUID),
    );
    return rows.get(sopInstanceUID);
  }

  /** Drops the rows of the instance's series, in every view. */
  forget(archive: Archive, instance: InstanceIdentity): void {
    const prefix = prefixOf(archive, instance);
    this.forgetKeys((key) => key.startsWith(prefix));
  }

  /** Drops the rows of a study, or of one of its series, in every view. */
  forgetWithin(archive: Archive, { studyInstanceUID, seriesInstanceUID }: Scope): void {
    const prefix = prefixOf(archive, { studyInstanceUID, seriesInstanceUID });
    this.forgetKeys((key) => key.startsWith(prefix));
  }

  /** A look-up that is under way may have read the row before the change. So its result is not kept. */
  private forgetKeys(matches: (key: string) => boolean): void {
    for (const key of this.kept.keys()) if (matches(key)) this.kept.forget(key);
    this.lookUps.disown(matches);
  }

  private async look(archive: Archive, instance: InstanceIdentity, key: string, isCurrent: IsCurrent): Promise<Rows> {
    const until = Date.now() + LAYOUT_CACHE_MS;
    const rows = new Map<string, InstanceRow>();
    for (const row of await archive.index.layouts(instance, NEIGHBOURS)) rows.set(row.sopInstanceUID, row);
    if (isCurrent()) this.keep(key, rows, until);
    return rows;
  }

  private keep(key: string, rows: Rows, until: number): void {
    const series = this.kept.use(key) ?? new RecentValues<KeptRow>();
    for (const [sopInstanceUID, row] of rows) series.keep(sopInstanceUID, { row, until }, bytesOf(row));
    series.shrinkTo(LAYOUT_CACHE_BYTES);
    this.kept.keep(key, series, series.bytes);
    this.kept.shrinkTo(LAYOUT_CACHE_BYTES);
  }
}

function keyOf(archive: Archive, series: SeriesIdentity): string {
  return `${prefixOf(archive, series)}${archive.isNearest ? 'nearest' : ''}\n${archive.view}`;
}

/** The beginning of the keys of a study, or of one of its series. */
function prefixOf({ name }: Archive, { studyInstanceUID, seriesInstanceUID }: Scope): string {
  const study = `${name}\n${studyInstanceUID}\n`;
  return seriesInstanceUID === undefined ? study : `${study}${seriesInstanceUID}\n`;
}

/**
 * Bytes of memory that a row takes, roughly: its texts and objects, and the places of the values outside its metadata.
 */
function bytesOf({ layoutLength }: InstanceRow): number {
  return 800 + 2 * layoutLength;
}
