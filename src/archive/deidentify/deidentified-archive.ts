import type { Deidentification } from '../../dicom/deidentify/deidentification';
import { deidentify } from '../../dicom/deidentify/deidentify';
import type { InstanceIdentity } from '../identities';
import type { ObjectStore } from '../object-store';
import type { Archive, ArchiveIndex, BackgroundQueue } from '../ports';
import type { RemovalIndex } from '../remove/removals';
import type { InstanceRow } from '../rows';
import { ArchiveUIDs } from './archive-uids';
import { deidentifiedObjects } from './deidentified-objects';
import { DeidentifiedRows, type SeenRows } from './deidentified-rows';
import { deidentifiedSearch } from './deidentified-search';
import { type DeidentifiedView, deidentificationOf } from './deidentified-view';
import type { SeenUIDs } from './seen-uids';
import { UIDMap } from './uid-map';
import { WithheldError } from './withheld';

/** A de-identified view of an archive. */
export interface DeidentifiedArchive {
  readonly archive: Archive;
  /** Names an instance that the archive behind has, and that the view shows. */
  nameOf(own: InstanceIdentity): Promise<InstanceIdentity>;
  /** Bytes of memory that it takes, roughly. */
  readonly bytes: () => number;
}

/**
 * An archive, or one study or series of it, as it is seen through a de-identification (PS3.15 E). It is an archive like
 * any other, so every handler that serves from an archive serves from this one. It has only the UIDs that replace the
 * archive's own, in what it takes and in what it returns; its rows name only bytes that may be served, and its objects
 * return no others; metadata is de-identified where it is read, and no other code can reach the archive behind; a
 * search compares no value that was replaced. It offers no method that changes something. A new way to read an archive
 * fails here until it is written to de-identify.
 *
 * Instances whose pixels may identify the patient are left out of answers with several instances, and an answer for one
 * of them fails with WithheldError. Their metadata is served.
 */
async function deidentifiedArchive(
  archive: Archive,
  by: Deidentification,
  of: DeidentifiedView['of'],
): Promise<DeidentifiedArchive> {
  const map = of === undefined ? undefined : new UIDMap(archive, by, of);
  const uids: SeenUIDs = map ?? new ArchiveUIDs(archive, by);
  const rows = new DeidentifiedRows(archive, by);
  const tag = await by.tag(`${of?.studyInstanceUID ?? ''}/${of?.seriesInstanceUID ?? ''}`);
  const seen: Archive = {
    name: `${archive.name}~${tag}`,
    view: archive.view,
    ...(archive.isNearest && { isNearest: true }),
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
    deidentifiedStudies: only({}),
    uploads: only({}),
    ingests: only({}),
    uploadSessions: only({}),
    status: only({}),
    shares: only({}),
    keys: only({}),
    accessCopies: only({}),
    sessions: only({}),
    sharers: only({}),
    record: only({}),
    confinedTo: () => {
      throw new Error('A de-identified archive is confined already.');
    },
    deidentified: {
      original: archive,
      originalOf: (scope) => uids.original(scope),
      versionOf: (version) => by.tag(version),
      dataSet: (original) => deidentify(original, by),
      tag,
      ownStudyUID: (replaced) => uids.ownStudyUID(replaced),
    },
  };
  const nameOf = async (own: InstanceIdentity) => {
    await map?.know(own);
    return await replacedUIDs(own, by);
  };
  return { archive: seen, nameOf, bytes: () => rows.bytes + uids.bytes + by.bytes };
}

async function replacedUIDs(own: InstanceIdentity, by: Deidentification): Promise<InstanceIdentity> {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = own;
  return {
    studyInstanceUID: await by.uid(studyInstanceUID),
    seriesInstanceUID: await by.uid(seriesInstanceUID),
    sopInstanceUID: await by.uid(sopInstanceUID),
  };
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

  /** @param archive as the principal sees it */
  async of(archive: Archive, view: DeidentifiedView): Promise<DeidentifiedArchive> {
    const { options, share = '', of } = view;
    // Principals may see different parts of the archive.
    const name = [
      archive.name,
      String(archive.isNearest),
      archive.view,
      share,
      of?.studyInstanceUID ?? '',
      of?.seriesInstanceUID ?? '',
    ];
    const key = [...name, JSON.stringify(options)].join('\n');
    const found =
      this.#kept.get(key) ?? (await deidentifiedArchive(archive, await deidentificationOf(archive, view), of));
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

function indexOf(
  archive: Archive,
  by: Deidentification,
  uids: SeenUIDs,
  rows: DeidentifiedRows,
): Partial<ArchiveIndex> {
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
