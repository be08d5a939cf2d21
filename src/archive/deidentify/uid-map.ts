import type { Deidentification } from '../../dicom/deidentify/deidentification';
import type { InstanceIdentity, Scope } from '../identities';
import type { Archive } from '../ports';
import type { SearchRow } from '../rows';
import type { QueryLevel } from '../search/search-keys';
import type { SearchQuery } from '../search/search-query';
import type { VisibleScope } from '../visibility';
import type { SearchedPart, SeenUIDs } from './seen-uids';

/** The most series of a study, or instances of a series, that are listed. */
const MOST_LISTED = 30_000;

/** Bytes of memory of a UID with its replacement, roughly, and of the digest between them. */
const BYTES_PER_UID = 600;

/**
 * Milliseconds for which a list is taken as complete, so that a client that guesses UIDs does not cause a list each time.
 * The time begins when the list is kept. Until then, each request that needs the list reads its own.
 */
const LIST_MS = 2000;

/**
 * Finds the original UIDs of a de-identified study. The replacements are digests, which cannot be reversed. So the map lists
 * the study's own UIDs and compares their replacements. It keeps the lists, and reads them again when a UID is not in them.
 */
export class UIDMap implements SeenUIDs {
  /** The UID of a series by its replacement. */
  readonly #series = new Map<string, string>();
  /** The UID of an instance by those of its series and its replacement. */
  readonly #instances = new Map<string, Map<string, string>>();

  readonly #listedAt = new Map<string, number>();

  /** @param of the study, or one of its series; everything else does not exist for this map */
  constructor(
    private readonly archive: Archive,
    private readonly by: Deidentification,
    private readonly of: VisibleScope,
  ) {}

  /** Bytes of memory that the map takes, roughly. */
  get bytes(): number {
    let entries = this.#series.size;
    for (const { size } of this.#instances.values()) entries += size;
    return entries * BYTES_PER_UID;
  }

  /** @returns the scope in the archive; undefined when there is none */
  async original(replaced: Scope): Promise<Scope | undefined> {
    const { studyInstanceUID, seriesInstanceUID: only } = this.of;
    if (replaced.studyInstanceUID !== (await this.by.uid(studyInstanceUID))) return undefined;
    if (replaced.seriesInstanceUID === undefined) return { studyInstanceUID, seriesInstanceUID: only };
    const seriesInstanceUID = await this.#seriesOf(replaced.seriesInstanceUID);
    if (seriesInstanceUID === undefined) return undefined;
    if (replaced.sopInstanceUID === undefined) return { studyInstanceUID, seriesInstanceUID };
    const sopInstanceUID = await this.#instanceOf(seriesInstanceUID, replaced.sopInstanceUID);
    return sopInstanceUID === undefined ? undefined : { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
  }

  async searched({ studyInstanceUID, seriesInstanceUID }: SearchedPart): Promise<SearchedPart | undefined> {
    const study = studyInstanceUID ?? (await this.by.uid(this.of.studyInstanceUID));
    return await this.original({ studyInstanceUID: study, seriesInstanceUID });
  }

  finds(): boolean {
    return true;
  }

  async originalOf(level: QueryLevel, replaced: string): Promise<string | undefined> {
    if (level === 'instance') return await this.#originalSOP(replaced);
    if (level === 'study') return (await this.original({ studyInstanceUID: replaced }))?.studyInstanceUID;
    const studyInstanceUID = await this.by.uid(this.of.studyInstanceUID);
    return (await this.original({ studyInstanceUID, seriesInstanceUID: replaced }))?.seriesInstanceUID;
  }

  /** Does nothing: the map is of a single study, whose UID is known. */
  async tell(): Promise<void> {}

  ownStudyUID(): string {
    return this.of.studyInstanceUID;
  }

  /** @returns the UID of an instance of the scope, whatever its series */
  async #originalSOP(replaced: string): Promise<string | undefined> {
    const known = this.#known(replaced);
    if (known !== undefined) return known;
    const { studyInstanceUID, seriesInstanceUID } = this.of;
    await this.#list({ level: 'instance', studyInstanceUID, seriesInstanceUID }, (row) =>
      this.#keep(row.seriesInstanceUID ?? '', row.sopInstanceUID ?? ''),
    );
    return this.#known(replaced);
  }

  /** Keeps an instance that is known to be in the archive, so that it need not be listed. */
  async know({ seriesInstanceUID, sopInstanceUID }: InstanceIdentity): Promise<void> {
    this.#series.set(await this.by.uid(seriesInstanceUID), seriesInstanceUID);
    await this.#keep(seriesInstanceUID, sopInstanceUID);
  }

  #known(replaced: string): string | undefined {
    for (const instances of this.#instances.values()) {
      const uid = instances.get(replaced);
      if (uid !== undefined) return uid;
    }
    return undefined;
  }

  async #keep(seriesInstanceUID: string, sopInstanceUID: string): Promise<void> {
    const instances = this.#instances.get(seriesInstanceUID) ?? new Map<string, string>();
    this.#instances.set(seriesInstanceUID, instances.set(await this.by.uid(sopInstanceUID), sopInstanceUID));
  }

  async originalInstance(replaced: InstanceIdentity): Promise<InstanceIdentity | undefined> {
    return (await this.original(replaced)) as InstanceIdentity | undefined;
  }

  async #seriesOf(replaced: string): Promise<string | undefined> {
    const known = this.#series.get(replaced);
    if (known !== undefined) return known;
    const { studyInstanceUID, seriesInstanceUID } = this.of;
    const keep = async (uid: string) => {
      this.#series.set(await this.by.uid(uid), uid);
    };
    if (seriesInstanceUID !== undefined) await keep(seriesInstanceUID);
    else await this.#list({ level: 'series', studyInstanceUID }, (row) => keep(row.seriesInstanceUID ?? ''));
    return this.#series.get(replaced);
  }

  async #instanceOf(seriesInstanceUID: string, replaced: string): Promise<string | undefined> {
    const known = this.#instances.get(seriesInstanceUID)?.get(replaced);
    if (known !== undefined) return known;
    const { studyInstanceUID } = this.of;
    await this.#list({ level: 'instance', studyInstanceUID, seriesInstanceUID }, ({ sopInstanceUID = '' }) =>
      this.#keep(seriesInstanceUID, sopInstanceUID),
    );
    return this.#instances.get(seriesInstanceUID)?.get(replaced);
  }

  async #list(
    within: Pick<SearchQuery, 'level' | 'studyInstanceUID' | 'seriesInstanceUID'>,
    keep: (row: SearchRow) => Promise<void>,
  ): Promise<void> {
    const name = `${within.level} ${within.seriesInstanceUID ?? ''}`;
    if (Date.now() - (this.#listedAt.get(name) ?? 0) < LIST_MS) return;
    const query: SearchQuery = {
      ...within,
      matches: [],
      fuzzyMatching: false,
      orderBy: [],
      limit: MOST_LISTED,
      offset: 0,
      caseSensitive: true,
      attributesOf: [],
    };
    for (const row of (await this.archive.index.search(query)).rows) await keep(row);
    this.#listedAt.set(name, Date.now());
  }
}
