import type { Budget } from './budget';
import type { BufferPool } from './buffer-pool';
import type { SegmentRecord } from './commit';
import { type SegmentLocation, SegmentWriter } from './metadata-segment';
import { segmentKey } from './object-keys';
import type { ObjectStore, SeriesIdentity } from './ports';

/** What the open segments may hold together before they are written out. */
const HELD_BYTES = 4 * 1024 * 1024;

/** So many segments of one request may be kept in the index: together they stay well under what D1 takes in one value. */
const SHORT_SEGMENTS = 64;

/**
 * The metadata segments of one request: one for each series, unless they hold too much together; then those open are
 * written out and their series begin new ones.
 */
export class SegmentSet {
  private readonly open = new Map<string, SegmentWriter>();
  private readonly finished: SegmentRecord[] = [];
  private asked = 0;

  constructor(
    private readonly objects: ObjectStore,
    private readonly partBytes: number,
    private readonly budget: Budget,
    private readonly pool: BufferPool,
  ) {}

  /** @param text the instance's data set as UTF-8 JSON text */
  async add(instance: SeriesIdentity, text: Uint8Array): Promise<SegmentLocation> {
    const { studyInstanceUID, seriesInstanceUID } = instance;
    const key = `${studyInstanceUID}/${seriesInstanceUID}`;
    let segment = this.open.get(key);
    if (segment === undefined) {
      segment = new SegmentWriter(
        { studyInstanceUID, seriesInstanceUID },
        this.objects,
        this.partBytes,
        this.budget,
        this.pool,
      );
      this.open.set(key, segment);
    }
    const location = await segment.add(text);
    let held = 0;
    for (const { held: bytes } of this.open.values()) held += bytes;
    if (held > HELD_BYTES) await this.finish();
    return location;
  }

  /** Writes out every open segment. @returns all the segments of the request */
  async finish(): Promise<readonly SegmentRecord[]> {
    const open = [...this.open.values()];
    this.open.clear();
    for (let at = 0; at < open.length; at += CONCURRENT_WRITES) {
      const group = open.slice(at, at + CONCURRENT_WRITES);
      this.finished.push(...(await Promise.all(group.map((segment) => segment.finish(this.mayBeShort())))));
    }
    return this.finished;
  }

  private mayBeShort(): boolean {
    this.asked += 1;
    return this.asked <= SHORT_SEGMENTS;
  }

  /** The keys of the objects of finished segments whose names pass. */
  keys(pass: (name: string) => boolean): readonly string[] {
    const objects = this.finished.filter(({ name, content }) => content === undefined && pass(name));
    return objects.map((segment) => segmentKey(segment, segment.name));
  }
}

const CONCURRENT_WRITES = 5;
