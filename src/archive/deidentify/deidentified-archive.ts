import type { Deidentification } from '../../dicom/deidentify/deidentification';
import { deidentify } from '../../dicom/deidentify/deidentify';
import type { Scope } from '../identities';
import type { Archive, ArchiveIndex, BackgroundQueue, ObjectStore } from '../ports';
import type { RemovalIndex } from '../remove/removals';
import type { InstanceRow } from '../rows';
import { deidentifiedObjects } from './deidentified-objects';
import { DeidentifiedRows, type SeenRows } from './deidentified-rows';
import { deidentifiedSearch } from './deidentified-search';
import { UIDMap } from './uid-map';
import { WithheldError } from './withheld';

/** A study or one of its series, by the archive's own UIDs. */
export type SharedScope = Pick<Scope, 'studyInstanceUID' | 'seriesInstanceUID'>;

/** A study or a series that is seen only de-identified, with the options and the key. */
export interface SharedDeidentification {
  readonly by: Deidentification;
  readonly of: SharedScope;
}

/** An archive as it is seen through a de-identification. */
export interface DeidentifiedArchive {
  readonly archive: Archive;
  readonly uids: UIDMap;
  /** Bytes of memory that it takes, roughly. */
  readonly bytes: () => number;
}

/**
 * One study, or one series, of an archive as it is seen through a de-identification (PS3.15 E). It is an archive like any
 * other, so every handler that serves from an archive serves from this one. It has only the UIDs that replace the
 * archive's own, in what it takes and in what it returns; its rows name only bytes that may be served, and its objects
 * give no others; metadata is de-identified by its readers, which alone can reach the archive behind; a search compares
 * no value that was replaced. It offers no method that changes something. A new way to read an archive fails here until
 * it is written to de-identify.
 *
 * Instances whose pixels may identify the patient are left out of answers with several instances, and an answer for one
 * of them fails with WithheldError. Their metadata is served.
 */
async function deidentifiedArchive(
  archive: Archive,
  by: Deidentification,
  of: SharedScope,
): Promise<DeidentifiedArchive> {
  const uids = new UIDMap(archive, by, of);
  const rows = new DeidentifiedRows(archive, by);
  const tag = await nameOf(by, of);
  const seen: Archive = {
    name: `${archive.name}~${tag}`,
    view: archive.view,
    objects: only<ObjectStore>(deidentifiedObjects(archive, rows, uids)),
    index: only(indexOf(archive, by, uids, rows)),
    searchAttributes: only({}),
    removals: only<RemovalIndex>({ holds: async () => false }),
    holds: only({}),
    retention: only({}),
    sweeps: only({}),
    verification: only({}),
    snapshots: only({}),
    marks: archive.marks,
    // The copies of frames are made for the archive behind: a request for them that names replaced UIDs finds nothing.
    background: only<BackgroundQueue>({ requestFrameCopies: async () => undefined }),
    answers: only({}),
    commitments: only({}),
    uploads: only({}),
    ingests: only({}),
    uploadSessions: only({}),
    status: only({}),
    shares: only({}),
    keys: only({}),
    sessions: only({}),
    record: only({}),
    confinedTo: () => {
      throw new Error('A de-identified archive is confined to one study already.');
    },
    deidentified: {
      original: archive,
      originalOf: (scope) => uids.original(scope),
      versionOf: (version) => by.tag(version),
      dataSet: (original) => deidentify(original, by),
      tag,
    },
  };
  return { archive: seen, uids, bytes: () => rows.bytes + uids.bytes };
}

async function nameOf(by: Deidentification, { studyInstanceUID, seriesInstanceUID = '' }: SharedScope) {
  return await by.tag(`${studyInstanceUID}/${seriesInstanceUID}`);
}

/**
 * The de-identified archives that an isolate has served last, with the UIDs and the verdicts that they have read.
 */
export class DeidentifiedArchives {
  readonly #kept = new Map<string, DeidentifiedArchive>();

  /** Bytes of memory that they take, roughly. */
  get bytes(): number {
    let bytes = 0;
    for (const each of this.#kept.values()) bytes += each.bytes();
    return bytes;
  }

  /** Drops all that is kept. Requests that are under way go on. */
  drop(): void {
    this.#kept.clear();
  }

  /** @param of the study or the series that can be seen, by the archive's own UIDs */
  async of(archive: Archive, by: Deidentification, of: SharedScope): Promise<DeidentifiedArchive> {
    // Principals may see different parts of the study.
    const key = [archive.name, archive.view, await nameOf(by, of)].join('\n');
    const known = this.#kept.get(key);
    const found = known ?? (await deidentifiedArchive(archive, by, of));
    this.#kept.delete(key);
    this.#kept.set(key, found);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return found;
  }
}

const MOST_KEPT = 16;

/** Neighbours of an instance at most: the metadata of each is read to decide whether the instance is withheld. */
const MOST_NEIGHBOURS = 250;

function indexOf(archive: Archive, by: Deidentification, uids: UIDMap, rows: DeidentifiedRows): Partial<ArchiveIndex> {
  const { index } = archive;
  return {
    ...deidentifiedSearch(archive, by, uids),

    async instances(scope, after, limit) {
      const original = await uids.original(scope);
      const found: InstanceRow[] = [];
      let withheld: string | undefined;
      // Rows that are left out make a page shorter, and a short page is the last one: so pages are filled.
      for (let from = after; original !== undefined && found.length < limit; ) {
        const page = await index.instances(original, from, limit - found.length);
        const some = await rows.seen(page);
        found.push(...some.rows);
        withheld ??= some.withheld;
        if (page.length < limit - (found.length - some.rows.length)) break;
        from = page.at(-1)?.id ?? from;
      }
      if (found.length === 0 && withheld !== undefined && after === 0) throw new WithheldError(withheld);
      return found;
    },

    async layouts(instance, neighbours) {
      const original = await uids.originalInstance(instance);
      if (original === undefined) return [];
      const [wanted, ...others] = await index.layouts(original, Math.min(neighbours, MOST_NEIGHBOURS));
      if (wanted?.sopInstanceUID !== original.sopInstanceUID) return [];
      const first = served(await rows.seen([wanted]));
      return [...first, ...(await rows.seen(others)).rows];
    },

    async representative(scope) {
      const original = await uids.original(scope);
      const row = original && (await index.representative(original));
      return row && served(await rows.seen([row]))[0];
    },
  };
}

/** @throws WithheldError when the only row is withheld */
function served({ rows, withheld }: SeenRows): readonly InstanceRow[] {
  if (rows.length === 0 && withheld !== undefined) throw new WithheldError(withheld);
  return rows;
}

/** A port with only these methods. Calling another one is an error. */
function only<Port extends object>(methods: Partial<Port>): Port {
  return new Proxy(methods, {
    get(target, name) {
      if (name in target || name === 'then') return Reflect.get(target, name);
      return () => {
        throw new Error('A de-identified archive does not do this.');
      };
    },
  }) as Port;
}
