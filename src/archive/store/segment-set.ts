import type { SegmentRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';
import type { BufferPool } from '../memory/buffer-pool';
import type { HeldMemory } from '../memory/held-memory';
import { type SegmentLocation, SegmentWriter } from '../metadata/metadata-segment';
import { segmentKey } from '../object-keys';
import type { ObjectStore } from '../object-store';

/** Bytes that the open segments may hold together before they are written. */
const HELD_BYTES = 2 * 1024 * 1024;

/** Segments of one request that may be kept in the index, so that its transaction stays small. */
const SHORT_SEGMENTS = 64;

/**
 * The metadata segments of one request: one for each series. When the open segments hold too much together, they are
 * written, and their series begin new ones.
 */
export class SegmentSet {
  private readonly open = new Map<string, SegmentWriter>();
  private readonly finished: SegmentRecord[] = [];
  private asked = 0;
  /**
   * Segments that could not be written: their instances have no metadata. Objects of them that may exist have to be
   * deleted.
   */
  private readonly lost: SegmentWriter[] = [];

  constructor(
    private readonly objects: ObjectStore,
    private readonly partBytes: number,
    private readonly memory: HeldMemory,
    private readonly pool: BufferPool,
  ) {}

  /**
   * Adds an instance. A failure of R2 is reported only by `finish`, which leaves the segment out.
   * @param text the instance's data set as UTF-8 JSON text
   */
  async add(instance: SeriesIdentity, text: Uint8Array): Promise<SegmentLocation> {
    const { studyInstanceUID, seriesInstanceUID } = instance;
    const key = `${studyInstanceUID}/${seriesInstanceUID}`;
    let segment = this.open.get(key);
    if (segment === undefined) {
      segment = new SegmentWriter(
        { studyInstanceUID, seriesInstanceUID },
        this.objects,
        this.partBytes,
        this.memory,
        this.pool,
      );
      this.open.set(key, segment);
    }
    let location: SegmentLocation;
    try {
      location = await segment.add(text);
    } catch {
      this.open.delete(key);
      await this.lose(segment);
      return { segment: segment.name, offset: 0, length: 0, start: 0, end: 0 };
    }
    let held = 0;
    for (const { held: bytes } of this.open.values()) held += bytes;
    if (held > HELD_BYTES) await this.finish();
    return location;
  }

  /**
   * Writes every open segment.
   * @returns all the segments of the request that were written
   */
  async finish(): Promise<readonly SegmentRecord[]> {
    const open = [...this.open.values()];
    this.open.clear();
    for (let at = 0; at < open.length; at += CONCURRENT_WRITES) {
      await Promise.all(open.slice(at, at + CONCURRENT_WRITES).map((segment) => this.write(segment)));
    }
    return this.finished;
  }

  private mayBeShort(): boolean {
    this.asked += 1;
    return this.asked <= SHORT_SEGMENTS;
  }

  /** The number of segments that are still to be written. */
  get openCount(): number {
    return this.open.size;
  }

  /** Gives the open segments up. */
  async abandon(): Promise<void> {
    const open = [...this.open.values()];
    this.open.clear();
    for (const segment of open) await this.lose(segment);
  }

  /** The keys of the objects of the written and the lost segments whose names pass. */
  keys(pass: (name: string) => boolean): readonly string[] {
    const lost = this.lost.map(({ series, name }) => ({ ...series, name }));
    const objects = [...this.finished.filter(({ content }) => content === undefined), ...lost];
    return objects.filter(({ name }) => pass(name)).map((one) => segmentKey(one, one.name));
  }

  private async write(segment: SegmentWriter): Promise<void> {
    try {
      this.finished.push(await segment.finish(this.mayBeShort()));
    } catch {
      await this.lose(segment);
    }
  }

  private async lose(segment: SegmentWriter): Promise<void> {
    this.lost.push(segment);
    await segment.abort();
  }
}

const CONCURRENT_WRITES = 5;
