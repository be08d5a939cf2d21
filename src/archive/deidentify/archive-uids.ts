import type { Deidentification } from '../../dicom/deidentify/deidentification';
import type { InstanceIdentity, Scope } from '../identities';
import type { Archive } from '../ports';
import type { SearchRow } from '../rows';
import type { QueryLevel } from '../search/search-keys';
import type { SearchedPart, SeenUIDs } from './seen-uids';
import { UIDMap } from './uid-map';

/** Studies whose UIDs are remembered, and studies whose series and instances have a map, at most. */
const MOST_STUDIES = 10_000;
const MOST_MAPS = 50;

/** Bytes of memory of a study that is remembered, roughly. */
const BYTES_PER_STUDY = 400;

/**
 * Finds the original UIDs in an archive that is seen de-identified as a whole. A client can name a study after a search
 * has returned its replaced UID: the index then keeps to which study this UID belongs. Series and instances are found
 * as in a share of that study.
 */
export class ArchiveUIDs implements SeenUIDs {
  /** The archive's own UID of each study by its replaced UID. The index has each of these pairs. */
  readonly #studies = new Map<string, string>();
  /** The maps of studies by the archive's own Study Instance UIDs. */
  readonly #maps = new Map<string, UIDMap>();

  constructor(
    private readonly archive: Archive,
    private readonly by: Deidentification,
  ) {}

  get bytes(): number {
    let bytes = this.#studies.size * BYTES_PER_STUDY;
    for (const map of this.#maps.values()) bytes += map.bytes;
    return bytes;
  }

  async original(replaced: Scope): Promise<Scope | undefined> {
    if (this.by.options.retainUIDs) return replaced;
    const own = await this.#ownStudy(replaced.studyInstanceUID);
    return own === undefined ? undefined : await this.#mapOf(own).original(replaced);
  }

  async originalInstance(replaced: InstanceIdentity): Promise<InstanceIdentity | undefined> {
    return (await this.original(replaced)) as InstanceIdentity | undefined;
  }

  async searched({ studyInstanceUID, seriesInstanceUID }: SearchedPart): Promise<SearchedPart | undefined> {
    return studyInstanceUID === undefined ? {} : await this.original({ studyInstanceUID, seriesInstanceUID });
  }

  finds(level: QueryLevel, { studyInstanceUID }: SearchedPart): boolean {
    return level === 'study' || studyInstanceUID !== undefined || this.by.options.retainUIDs === true;
  }

  async originalOf(level: QueryLevel, replaced: string, { studyInstanceUID }: SearchedPart) {
    if (this.by.options.retainUIDs) return replaced;
    if (level === 'study') return await this.#ownStudy(replaced);
    return studyInstanceUID === undefined ? undefined : await this.#mapOf(studyInstanceUID).originalOf(level, replaced);
  }

  async tell(rows: readonly SearchRow[]): Promise<void> {
    if (this.by.options.retainUIDs) return;
    const further = new Map<string, string>();
    for (const { studyInstanceUID } of rows) {
      const replaced = await this.by.uid(studyInstanceUID);
      if (!this.#studies.has(replaced)) further.set(replaced, studyInstanceUID);
    }
    if (further.size === 0) return;
    await this.archive.deidentifiedStudies.keep(further);
    for (const [replaced, own] of further) this.#remember(replaced, own);
  }

  ownStudyUID(replaced: string): string | undefined {
    return this.by.options.retainUIDs ? replaced : this.#studies.get(replaced);
  }

  async #ownStudy(replaced: string): Promise<string | undefined> {
    const known = this.#studies.get(replaced);
    if (known !== undefined) return known;
    const own = (await this.archive.deidentifiedStudies.find([replaced])).get(replaced);
    if (own !== undefined) this.#remember(replaced, own);
    return own;
  }

  #remember(replaced: string, own: string): void {
    this.#studies.set(replaced, own);
    const [oldest] = this.#studies.keys();
    if (this.#studies.size > MOST_STUDIES && oldest !== undefined) this.#studies.delete(oldest);
  }

  #mapOf(studyInstanceUID: string): UIDMap {
    const map = this.#maps.get(studyInstanceUID) ?? new UIDMap(this.archive, this.by, { studyInstanceUID });
    this.#maps.delete(studyInstanceUID);
    this.#maps.set(studyInstanceUID, map);
    const [oldest] = this.#maps.keys();
    if (this.#maps.size > MOST_MAPS && oldest !== undefined) this.#maps.delete(oldest);
    return map;
  }
}
